"""What a stored table looks like, column by column, a few columns at a time: one scan to count, one to draw."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.datasets.intake.columns import BOOLEAN, DATE, NUMERIC, STRING, TIMESTAMP, Column, type_name
from apps.datasets.intake.engine import identifier, literal, reading

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

BINS = 20
FEW = 50  # different values at most for which they are listed: beyond it they are names and numbers of people
LABEL_CHARACTERS = 200
SAFE_INTEGER = 2**53 - 1
COUNTED_EXACTLY_UP_TO = 5_000_000  # rows; beyond it distinct values are estimated (HyperLogLog, about 2% off)
COLUMNS_AT_ONCE = 16  # each that is counted exactly has tables of its own, and a wide file would fill the memory
COUNTED = ("present", "distinct", "min", "max", "mean", "sd")


@dataclass
class Profile:
    """A table's columns, and what a page draws of each.

    Attributes:
        details: by column name {mean, sd, histogram: {edges (21), counts (20)}, top: [[value, rows]]}; each key only
            where it applies. `sd` divides by n - 1; bins are closed on the left, the last one on both sides.
    """

    rows: int
    columns: list[Column]
    details: dict[str, dict[str, Any]] = field(default_factory=dict)

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def profile(path: Path, schema: pa.Schema) -> Profile:
    """Profile the stored Parquet table at `path`."""
    import pyarrow.parquet as pq

    rows = pq.read_metadata(path).num_rows
    types = {item.name: type_name(item.type) for item in schema}
    counted: dict[str, dict[str, Any]] = {}
    drawn: dict[str, dict[str, Any]] = {}
    with reading(path) as connection:
        for group in _groups(types):
            counted |= _count(connection, _table(path), group, exact=rows <= COUNTED_EXACTLY_UP_TO)
            drawn |= _draw(connection, _table(path), group, counted)
    columns = [_column(name, type_, rows, counted[name]) for name, type_ in types.items()]
    return Profile(rows, columns, {name: _moments(counted[name]) | drawn[name] for name in types})


def _groups(types: dict[str, str]) -> Iterator[dict[str, str]]:
    names = list(types)
    for start in range(0, len(names), COLUMNS_AT_ONCE):
        yield {name: types[name] for name in names[start : start + COLUMNS_AT_ONCE]}


def distinct_values(path: Path, name: str, *, limit: int) -> list[Any]:
    """Up to `limit` different values of a column of the stored table at `path`, in order."""
    column = identifier(name)
    query = f"SELECT DISTINCT {column} FROM {_table(path)} WHERE {column} IS NOT NULL ORDER BY 1 LIMIT {int(limit)}"
    with reading(path) as connection:
        return [value for (value,) in connection.execute(query).fetchall()]


def distinct_count(path: Path, name: str) -> int:
    """Different values of a column, exactly, whatever the table's size."""
    with reading(path) as connection:
        return connection.execute(f"SELECT count(DISTINCT {identifier(name)}) FROM {_table(path)}").fetchone()[0]


def _table(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def _cell(name: str, type_: str) -> str:
    """A cell in SQL; instants as UTC without a zone, which need no other package on their way to Python."""
    return f"{identifier(name)}::TIMESTAMP" if type_ == TIMESTAMP else identifier(name)


def _count(
    connection: duckdb.DuckDBPyConnection, table: str, types: dict[str, str], *, exact: bool
) -> dict[str, dict[str, Any]]:
    wanted = [part for name, type_ in types.items() for part in _counts(_cell(name, type_), type_, exact=exact)]
    found = iter(connection.execute(f"SELECT {', '.join(wanted)} FROM {table}").fetchone())
    return {name: {what: next(found) for what in COUNTED} for name in types}


def _counts(cell: str, type_: str, *, exact: bool) -> list[str]:
    distinct = f"count(DISTINCT {cell})" if exact else f"approx_count_distinct({cell})"
    bounds = ["NULL", "NULL"] if type_ == STRING else [f"min({cell})", f"max({cell})"]
    moments = [f"avg({cell}::DOUBLE)", f"stddev_samp({cell}::DOUBLE)"] if type_ in NUMERIC else ["NULL", "NULL"]
    return [f"count({cell})", distinct, *bounds, *moments]


def _column(name: str, type_: str, rows: int, counted: dict[str, Any]) -> Column:
    low, high = spelled(counted["min"]), spelled(counted["max"])
    return Column(name, type_, rows - counted["present"], counted["distinct"], low, high)


def _moments(counted: dict[str, Any]) -> dict[str, float]:
    """Mean and spread; a column of extreme numbers, whose squares overflow, has none."""
    return {w: counted[w] for w in ("mean", "sd") if counted[w] is not None and math.isfinite(counted[w])}


def _draw(
    connection: duckdb.DuckDBPyConnection, table: str, types: dict[str, str], counted: dict[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    parts = {}
    for name, type_ in types.items():
        parts.update(_drawings(name, type_, counted[name]))
    if not parts:
        return {name: {} for name in types}
    row = connection.execute(f"SELECT {', '.join(sql for sql, _ in parts.values())} FROM {table}").fetchone()
    drawn: dict[str, dict[str, Any]] = {name: {} for name in types}
    for ((name, what), (_, edges)), cells in zip(parts.items(), row, strict=True):
        drawn[name][what] = _top(cells) if what == "top" else _histogram(cells, edges)
    return drawn


def _drawings(name: str, type_: str, counted: dict[str, Any]) -> Iterator[tuple[tuple[str, str], tuple[str, Any]]]:
    """(column, what) -> (SQL of a map from value or bin to rows, edges of the bins)."""
    cell = _cell(name, type_)
    if 0 < counted["distinct"] <= FEW:
        yield (name, "top"), (f"histogram({cell})", None)
    if type_ in (STRING, BOOLEAN) or counted["min"] is None:
        return
    number = f"epoch({cell})" if type_ in (DATE, TIMESTAMP) else f"{cell}::DOUBLE"
    low, high = _number(counted["min"]), _number(counted["max"])
    width = (high - low) / BINS
    if width > 0 and math.isfinite(width):
        bin_ = f"least({BINS - 1}, greatest(0, floor(({number} - ({low!r})) / {width!r})))::INTEGER"
        edges = [low + width * place for place in range(BINS)] + [high]
        if type_ in (DATE, TIMESTAMP):
            edges = [datetime.fromtimestamp(edge, UTC).isoformat() for edge in edges]
        yield (name, "histogram"), (f"histogram(CASE WHEN {cell} IS NOT NULL THEN {bin_} END)", edges)


def _top(cells: dict[Any, int]) -> list[list[Any]]:
    """The values with their rows, most frequent first."""
    return [
        [shortened(spelled(value), LABEL_CHARACTERS), rows]
        for value, rows in sorted(cells.items(), key=lambda cell: (-cell[1], str(cell[0])))
    ]


def _histogram(cells: dict[int, int], edges: list[Any]) -> dict[str, Any]:
    return {"edges": edges, "counts": [cells.get(place, 0) for place in range(BINS)]}


def _number(value: Any) -> float:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp()
    return float(value)


def shortened(value: Any, characters: int) -> Any:
    """A cell as it is, or the beginning of a long text."""
    if isinstance(value, str) and len(value) > characters:
        return value[:characters] + "…"
    return value


def spelled(value: Any) -> Any:
    """A cell's value as JSON spells it: integers beyond 2^53 as strings, dates and moments as ISO 8601."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE_INTEGER:
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
