"""What holds the future out of a join: the refusals, each with its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from apps.core.errors import RuleViolated
from apps.datasets.intake.engine import identifier
from apps.datasets.intake.limits import plural
from apps.features.joining.engine import micros, parquet
from apps.features.joining.shapes import Chosen, Labels, Rows

if TYPE_CHECKING:
    import duckdb

CLASSES = 50  # different values of a target up to which a feature may be its target under other names
ROWS_TO_TELL = 20  # labels below which two columns may agree by chance


class Leak(RuleViolated):
    """A training set that would know what nobody knew at its labels' moments."""


def require_when(connection: duckdb.DuckDBPyConnection, labels: Labels) -> tuple[int, int]:
    """How many labels there are, and the last of their moments.

    Raises:
        Leak: a label has no moment, so that nobody can say what was known then.
    """
    moment = micros(identifier(labels.time))  # NULL where it is missing or infinite
    count, timed, last = connection.execute(
        f"SELECT count(*), count({moment}), max({moment}) FROM {parquet(labels.path)}"
    ).fetchone()
    if timed < count:
        raise Leak(
            f"{plural(count - timed, 'label')} of {count:,} have no moment in “{labels.time}”, "
            "so that nobody can say what was known then."
        )
    return count, last if last is not None else 0


def require_times(connection: duckdb.DuckDBPyConnection, rows: Rows, last: int) -> None:
    """Refuse rows of which it can't be said when they happened or were known, and views that came after all labels.

    Raises:
        Leak: with the sentence.
    """
    event, created = micros(identifier(rows.event)), micros(identifier(rows.created))
    count, happened, known, first = connection.execute(
        f"SELECT count(*), count({event}), count({created}), min(greatest({event}, {created})) "
        f"FROM {parquet(rows.path)}"
    ).fetchone()
    for name, there in ((rows.event, happened), (rows.created, known)):
        if there < count:
            raise Leak(
                f"{plural(count - there, 'row')} of {count:,} of {rows.view} have no “{name}”, "
                "so that nobody can say whether they were known at a label's moment."
            )
    if first is not None and first > last:
        raise Leak(
            f"Every row of {rows.view} happened, or was created, after the last label: nothing of it was known then."
        )


def require_no_target(
    connection: duckdb.DuckDBPyConnection, joined: Path, target: str, views: Sequence[Rows]
) -> None:
    """Refuse a feature that is the target itself, under the same values or other names for them.

    Raises:
        Leak: naming the feature.
    """
    for rows in views:
        for one in _suspects(connection, joined, target, rows):
            if _tells(connection, joined, target, one):
                raise Leak(
                    f"“{one.feature.name}” of {rows.view} tells “{target}” in every row that has both: "
                    "it is the target itself, or was made of it."
                )


def _suspects(connection: duckdb.DuckDBPyConnection, joined: Path, target: str, rows: Rows) -> list[Chosen]:
    """The features with about as many different values as the target has; one scan for all of them."""
    names = [target, *(one.column for one in rows.chosen)]
    counts = ", ".join(f"approx_count_distinct({identifier(name)})" for name in names)
    classes, *found = connection.execute(f"SELECT {counts} FROM {parquet(joined)}").fetchone()
    return [
        one for one, distinct in zip(rows.chosen, found, strict=True) if 0.7 * classes <= distinct <= 1.4 * classes
    ]


def _tells(connection: duckdb.DuckDBPyConnection, joined: Path, target: str, one: Chosen) -> bool:
    """Whether each value of the feature goes with one value of the target, and the other way round."""
    feature, target = identifier(one.column), identifier(target)
    table = f"{parquet(joined)} WHERE {feature} IS NOT NULL AND {target} IS NOT NULL"
    both, values, classes, pairs = connection.execute(
        f"SELECT count(*), count(DISTINCT {feature}), count(DISTINCT {target}), "
        f"count(DISTINCT ({feature}, {target})) FROM {table}"
    ).fetchone()
    if both < ROWS_TO_TELL or classes < 2:
        return False
    if classes <= CLASSES:
        return values == classes == pairs
    same = f"TRY_CAST({feature} AS VARCHAR) = TRY_CAST({target} AS VARCHAR)"
    return not connection.execute(f"SELECT count(*) FROM {table} AND NOT ({same})").fetchone()[0]
