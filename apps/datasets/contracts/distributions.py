"""Whether a column is distributed as in a reference: counts over the reference's cells, taken in the one scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.datasets.contracts.compiling import Types, Unfit
from apps.datasets.contracts.terms import Check
from apps.datasets.intake.columns import DATE, INTEGER, NUMBER, TIMESTAMP
from apps.datasets.intake.engine import identifier, literal

if TYPE_CHECKING:
    import duckdb
    import numpy as np

    from apps.measures.profiles import Axis

CELLS = 1_024
LEVELS = 52


@dataclass(frozen=True)
class Reference:
    """A column's cells, frozen on the reference, and how many of its rows fell into each."""

    axis: Axis
    counts: np.ndarray


def freeze(connection: duckdb.DuckDBPyConnection, table: str, column: str, types: Types) -> Reference:
    """Lay a reference's cells: of equal mass for numbers and moments, one a value for the rest.

    Raises:
        Unfit: the reference has no such column, or nothing in it.
    """
    import numpy as np

    from apps.measures.profiles import Axis

    if column not in types:
        raise Unfit(f"The reference has no column “{column}”.")
    if types[column] in (INTEGER, NUMBER, DATE, TIMESTAMP):
        sql = f"SELECT {_number(column, types)} AS v FROM {table} WHERE isfinite({_number(column, types)})"
        values = connection.execute(sql).fetchnumpy()["v"]
        axis = Axis.of_numbers(np.asarray(values, dtype=np.float64), CELLS)
    else:
        sql = f"SELECT {_text(column)}, count(*) FROM {table} WHERE {identifier(column)} IS NOT NULL GROUP BY 1"
        rows = connection.execute(sql).fetchall()
        axis = Axis.of_levels([row[0] for row in rows], np.array([row[1] for row in rows]), LEVELS)
    reference = Reference(axis, np.zeros(axis.size, dtype=np.int64))
    found = connection.execute(f"SELECT count(*), {counting(reference, column, types)} FROM {table}").fetchone()
    counts = cells(reference, found[1], found[2], found[0])
    if not counts[:-1].sum():
        raise Unfit(f"“{column}” of the reference holds no value.")
    return Reference(axis, counts)


def counting(reference: Reference, column: str, types: Types) -> str:
    """The two aggregates that a distribution check adds to the scan: rows present, and rows by cell.

    Raises:
        Unfit: the table has no such column, or one of another kind.
    """
    if column not in types:
        raise Unfit(f"The table has no column “{column}”.")
    ordered = types[column] in (INTEGER, NUMBER, DATE, TIMESTAMP)
    if ordered != (reference.axis.kind == "number"):
        raise Unfit(f"“{column}” is {types[column]}, and something else in the reference.")
    if ordered:
        value = _number(column, types)
        edges = ", ".join(f"{literal(repr(float(edge)))}::DOUBLE" for edge in reference.axis.edges)
        there = f"isfinite({value})"
        counted = f"histogram({value}, [{edges}])" if edges else "NULL"
    else:
        value, there = _text(column), f"{identifier(column)} IS NOT NULL"
        levels = ", ".join(literal(level) for level in reference.axis.levels)
        counted = f"histogram_exact({value}, [{levels}])" if levels else "NULL"
    return (
        f"count(*) FILTER (WHERE {there}), {counted} FILTER (WHERE {there})"
        if counted != "NULL"
        else (f"count(*) FILTER (WHERE {there}), NULL")
    )


def cells(reference: Reference, there: int, counted: Mapping[Any, int] | None, rows: int) -> np.ndarray:
    """Counts by cell of the axis, shape (axis.size,): unseen values next to last, missing ones last."""
    import numpy as np

    axis = reference.axis
    names = list(axis.edges) if axis.kind == "number" else list(axis.levels)
    inside = np.array([(counted or {}).get(name, 0) for name in names], dtype=np.int64)
    return np.concatenate([inside, [there - inside.sum(), rows - there]]).astype(np.int64)


def distance(check: Check, reference: Reference, counts: np.ndarray) -> float:
    """PSI over about ten bins of equal mass, missing values in one of their own; or KS over the fine cells.

    Raises:
        Unfit: KS of a column without an order, or a table without values.
    """
    from apps.measures.distances import coarse_places, kolmogorov_smirnov, pooled, population_stability_index
    from apps.measures.profiles import Cells

    if not counts.sum():
        raise Unfit("The table has no rows.")
    if check.arguments["measure"] == "psi":
        places = coarse_places(reference.axis, Cells(reference.counts))
        return float(population_stability_index(pooled(reference.counts, places), pooled(counts, places)))
    if reference.axis.kind != "number":
        raise Unfit("KS needs an order; this column has none. Use psi.")
    if not counts[:-1].sum():
        raise Unfit(f"“{check.columns[0]}” holds no value.")
    return float(kolmogorov_smirnov(reference.counts[:-1], counts[:-1]))


def _number(column: str, types: Types) -> str:
    name = identifier(column)
    return f"epoch({name})::DOUBLE" if types[column] in (DATE, TIMESTAMP) else f"{name}::DOUBLE"


def _text(column: str) -> str:
    return f"{identifier(column)}::VARCHAR"
