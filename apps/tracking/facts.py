"""What a client hands in for a run, before it has a place there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Point(NamedTuple):
    """One value of a metric. `value` is NaN where it is no number."""

    key: str
    value: float
    timestamp: int
    step: int = 0
    model_id: str = ""
    dataset_name: str = ""
    dataset_digest: str = ""


@dataclass(frozen=True)
class Data:
    """Data that a run read, as the client describes it."""

    name: str
    digest: str
    source_type: str = ""
    source: str = ""
    schema: str = ""
    profile: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Use:
    """A logged model that a run made, or read."""

    model_id: str
    made: bool
    step: int = 0


@dataclass(frozen=True)
class Batch:
    """What is logged at once.

    Attributes:
        tags: what each is set to; None takes it away.
    """

    points: Sequence[Point] = ()
    params: Sequence[tuple[str, str]] = ()
    tags: Mapping[str, str | None] = field(default_factory=dict)
    data: Sequence[Data] = ()
    uses: Sequence[Use] = ()

    def words(self) -> str:
        """What is in it, for the note of an event: "3 metrics, 1 tag"."""
        counted = {
            "metric": len(self.points),
            "parameter": len(self.params),
            "tag": len(self.tags),
            "data input": len(self.data),
            "model": len(self.uses),
        }
        return ", ".join(f"{number} {name}{'s'[: number != 1]}" for name, number in counted.items() if number)
