"""What goes into a join and what comes out of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from apps.features.definitions import FeatureDefinition


@dataclass(frozen=True)
class Labels:
    """The rows that are to be given features.

    Attributes:
        path: a Parquet file; its columns are all kept.
        time: the column of the moment for which a row's features are wanted.
        target: the column that is to be learnt, which no feature may tell; None where there is none.
    """

    path: Path
    time: str
    target: str | None = None


@dataclass(frozen=True)
class Chosen:
    """A feature and the column that holds it in the result."""

    feature: FeatureDefinition
    column: str


@dataclass(frozen=True)
class Rows:
    """The rows of one view, over which its chosen features are computed.

    Attributes:
        view: what refusals call it: FV-0001@2.
        path: a Parquet file.
        keys: the view's key columns, each with the column of the labels that it is matched with.
        event, created: the columns of both times.
        ttl: how long after its event a value may be used, the last moment included; None for ever.
        chosen: with expressions over one row of the file each.
    """

    view: str
    path: Path
    keys: Mapping[str, str]
    event: str
    created: str
    ttl: timedelta | None
    chosen: tuple[Chosen, ...]


@dataclass(frozen=True)
class Tally:
    """How the labels fared with one view.

    Attributes:
        keyless: labels that lack a key; unmatched: those of which nothing was known; expired: those whose newest row
            was past its time to live; matched: the others. They add up to all labels.
        empty: by feature, matched labels whose value is missing in the row itself.
        not_finite: by feature, how many of these are infinite or no number.
    """

    view: str
    keyless: int
    unmatched: int
    expired: int
    matched: int
    empty: dict[str, int]
    not_finite: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def missing(self, column: str) -> int:
        """Labels without a value in a column of the result."""
        return self.keyless + self.unmatched + self.expired + self.empty[column]


@dataclass(frozen=True)
class Joined:
    """A join's result beside its file: how many labels there are, and how they fared view by view."""

    labels: int
    tallies: tuple[Tally, ...]
