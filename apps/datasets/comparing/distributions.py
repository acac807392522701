"""How the values of a column are spread in one table beside the other.

Numbers and dates are counted over cells of the earlier table's quantiles, categories by their levels, which the
stored profiles list already. Distances and what sampling alone would show come from apps.measures, as in monitoring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from apps.datasets.comparing.sides import ROW, Shared, Side
from apps.datasets.intake.columns import BOOLEAN, DATE, NUMERIC, STRING, TIMESTAMP
from apps.datasets.intake.engine import identifier

if TYPE_CHECKING:
    import duckdb
    import numpy as np

    from apps.measures.profiles import Axis

LEVELS = 256  # quantiles of the earlier table between which numbers are counted
SAMPLED = 1_000_000  # rows that the quantiles are taken of, at most; the counts are of all rows
CELLS_AT_ONCE = 12_000_000  # values held at once for the quantiles: about 100 MB
BINS = 20
ALPHA = 0.01  # how often sampling alone may lift any column over its floor
SEED = 1
Progress = Callable[[float], None]


def spread(
    connection: duckdb.DuckDBPyConnection,
    before: Side,
    after: Side,
    both: Sequence[Shared],
    progress: Progress,
) -> list[dict[str, Any]]:
    """What changed in the spread of each column whose cells aren't all the same, those that moved most first."""
    moved = [column for column in both if not column.same]
    numbers = [c for c in moved if _is_number(c.before) and _is_number(c.after)]
    level = ALPHA / max(len(moved), 1)
    found = [_of_levels(before, after, column, level) for column in moved if column not in numbers]
    found += _of_numbers(connection, before, after, numbers, level, progress)
    return sorted(found, key=lambda row: (-(row.get("psi") or 0.0), row["column"]))


def _is_number(type_: str) -> bool:
    return type_ in NUMERIC or type_ in (DATE, TIMESTAMP)


def _of_numbers(
    connection: duckdb.DuckDBPyConnection,
    before: Side,
    after: Side,
    numbers: Sequence[Shared],
    level: float,
    progress: Progress,
) -> Iterator[dict[str, Any]]:
    at_once = max(1, CELLS_AT_ONCE // max(min(before.rows, SAMPLED), 1))
    for start in range(0, len(numbers), at_once):
        progress(start / len(numbers))
        group = numbers[start : start + at_once]
        edges = _edges(connection, before, group)
        counted = [_count(connection, side, group, edges) for side in (before, after)]
        for column, (quantiles, even), old, new in zip(group, edges, *counted, strict=True):
            yield _numeric(column, quantiles, even, old, new, level)


def _number(column: Shared, type_: str) -> str:
    cell = identifier(column.name)
    return f"epoch({cell})" if type_ in (DATE, TIMESTAMP) else f"{cell}::DOUBLE"


def _edges(
    connection: duckdb.DuckDBPyConnection, before: Side, group: Sequence[Shared]
) -> list[tuple[list[float], list[float]]]:
    """For each column the quantiles of the earlier table, and edges of equal width between its least and greatest."""
    every = -(-before.rows // SAMPLED)
    sample = f"WHERE hash({ROW}) % {every} = 0" if every > 1 else ""
    levels = ", ".join(str(place / LEVELS) for place in range(1, LEVELS))
    parts = []
    for column in group:
        number = _number(column, column.before)
        parts += [f"min({number})", f"max({number})", f"quantile_disc({number}, [{levels}])"]
    found = iter(connection.execute(f"SELECT {', '.join(parts)} FROM {before.table} {sample}").fetchone() or ())
    return [_between(low, high, inner) for low, high, inner in zip(found, found, found, strict=False)]


def _between(low: float | None, high: float | None, inner: list[float] | None) -> tuple[list[float], list[float]]:
    if low is None or high is None:
        return [], []
    width = (high - low) / BINS
    even = [low + width * place for place in range(BINS)] if 0 < width < float("inf") else [low]
    return sorted({low, *(inner or []), high}), [*even, high] if len(even) > 1 else even


def _count(
    connection: duckdb.DuckDBPyConnection,
    side: Side,
    group: Sequence[Shared],
    edges: Sequence[tuple[list[float], list[float]]],
) -> list[tuple[int, list[int], list[int]]]:
    """For each column its missing cells, and its counts over both sorts of edges, closed on the right."""
    parts, given = [], []
    for column, cuts in zip(group, edges, strict=True):
        number = _number(column, side.type(column.name))
        histogram = f"histogram({number}, ?::DOUBLE[])" if cuts[0] else "NULL"
        parts += [f"count({number})", histogram, histogram]
        given += [*cuts] if cuts[0] else []
    found = iter(connection.execute(f"SELECT {', '.join(parts)} FROM {side.table}", given).fetchone() or ())
    return [
        (side.rows - present, _counts(fine, quantiles, present), _counts(coarse, even, present))
        for (quantiles, even), present, fine, coarse in zip(edges, found, found, found, strict=False)
    ]


def _counts(cells: dict[float, int] | None, edges: Sequence[float], present: int) -> list[int]:
    """Counts up to each edge, and above the last one."""
    within = [(cells or {}).get(edge, 0) for edge in edges]
    return [*within, present - sum(within)]


def _numeric(
    column: Shared,
    quantiles: list[float],
    even: list[float],
    old: tuple[int, list[int], list[int]],
    new: tuple[int, list[int], list[int]],
    level: float,
) -> dict[str, Any]:
    import numpy as np

    from apps.measures.distances import kolmogorov_smirnov, smirnov_floor
    from apps.measures.profiles import Axis

    axis = Axis("number", np.asarray(quantiles, dtype=np.float64))
    p, q = (np.asarray([*side[1], side[0]], dtype=np.int64) for side in (old, new))
    row = _distances(column, axis, p, q, level) | {"kind": "number"}
    n, m = int(p[:-1].sum()), int(q[:-1].sum())
    if n and m:
        row |= {"ks": float(kolmogorov_smirnov(p[:-1], q[:-1])), "ks_floor": smirnov_floor(n, m, level)}
    dated = column.before in (DATE, TIMESTAMP)
    return row | {"bins": _drawn(even, old[2], new[2], (old[0], new[0]), dated=dated)}


def _of_levels(before: Side, after: Side, column: Shared, level: float) -> dict[str, Any]:
    """A column of text or of true and false, by the levels that both profiles list; or that it has too many."""
    import numpy as np

    from apps.measures.profiles import Axis

    missing = [side.columns[column.name]["nulls"] for side in (before, after)]
    tops = [_listed(side, column) for side in (before, after)]
    if column.retyped or tops[0] is None or tops[1] is None:
        distinct = [side.columns[column.name]["distinct"] for side in (before, after)]
        why = "retyped" if column.retyped else "too_many_values"
        return _told(column, missing) | {"kind": why, "distinct": distinct}
    labels = sorted({*tops[0], *tops[1]})
    axis = Axis("category", np.empty(0), tuple(labels))
    p, q = (
        np.asarray([*(top.get(label, 0) for label in labels), 0, absent], dtype=np.int64)
        for top, absent in zip(tops, missing, strict=True)
    )
    bins = [[label, top_before, top_after] for label, top_before, top_after in zip(labels, p, q, strict=False)]
    commonest = sorted(bins, key=lambda row: (-int(row[1] + row[2]), row[0]))
    shown = [[label, int(a), int(b)] for label, a, b in commonest] + _missing(missing)
    return _distances(column, axis, p, q, level) | {"kind": "category", "bins": shown}


def _listed(side: Side, column: Shared) -> dict[str, int] | None:
    """Rows by level, where the profile lists them all."""
    if side.type(column.name) not in (STRING, BOOLEAN):
        return None
    top = side.details.get(column.name, {}).get("top")
    if top is None:
        return {} if not side.columns[column.name]["distinct"] else None
    counts: dict[str, int] = {}
    for value, rows in top:
        label = str(value).lower() if isinstance(value, bool) else str(value)
        counts[label] = counts.get(label, 0) + rows
    return counts


def _distances(column: Shared, axis: Axis, p: np.ndarray, q: np.ndarray, level: float) -> dict[str, Any]:
    from apps.measures.distances import (
        coarse_places,
        jensen_shannon,
        noise_floor,
        pooled,
        population_stability_index,
    )
    from apps.measures.profiles import Cells

    places = coarse_places(axis, Cells(p))
    old, new = pooled(p, places), pooled(q, places)
    return _told(column, [int(p[-1]), int(q[-1])]) | {
        "psi": float(population_stability_index(old, new)),
        "psi_floor": noise_floor(population_stability_index, old, new, level, SEED),
        "js": float(jensen_shannon(old, new)),
        "n": [int(p.sum()), int(q.sum())],
    }


def _told(column: Shared, missing: Sequence[int]) -> dict[str, Any]:
    return {"column": column.name, "type": column.after, "missing": list(missing)}


def _drawn(
    even: list[float], old: list[int], new: list[int], missing: tuple[int, int], *, dated: bool
) -> list[list[Any]]:
    """[label, rows before, rows after] for bins of equal width between the earlier table's least and greatest."""
    if not even:  # the earlier table has no value at all
        return [["any value", old[-1], new[-1]], *_missing(missing)]
    labels = [_spelled(edge, dated=dated) for edge in even]
    # the first cell ends with the least value; it belongs to the first bin unless the later table goes below it
    names = [f"up to {labels[0]}", *(f"{a} to {b}" for a, b in pairwise(labels))]
    rows = [[*row] for row in zip([*names, f"above {labels[-1]}"], old, new, strict=True)]
    return [row for place, row in enumerate(rows) if 0 < place < len(rows) - 1 or row[1] or row[2]] + _missing(
        missing
    )


def _missing(missing: Sequence[int]) -> list[list[Any]]:
    return [["missing", int(missing[0]), int(missing[1])]] if any(missing) else []


def _spelled(edge: float, *, dated: bool) -> str:
    if dated:
        return f"{datetime.fromtimestamp(edge, UTC):%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    return f"{edge:.5g}"
