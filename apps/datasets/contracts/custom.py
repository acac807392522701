"""Custom SQL of a contract, run through the wall for SQL that people write."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from apps.datasets.contracts.compiling import Unfit
from apps.datasets.contracts.queries import MOMENT, filled
from apps.datasets.contracts.terms import Check
from apps.datasets.selecting import StatementFailed, StatementRefused, select


def statement(check: Check, table: str) -> str:
    """What is run: the query itself where it gives a value, a count of its rows where it gives those that fail."""
    query = filled(check.arguments["query"], table, check.columns)
    if check.arguments["gives"] == "rows":
        # on lines of its own: a comment may stand at the query's end
        return f"SELECT count(*) FROM (\n{query.strip().rstrip(';')}\n) AS failing"
    return query


def first_rows(
    check: Check, table: str, path: Path, *, as_of: datetime, seconds: float, limit: int
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The first rows that a query of failing rows gives, with their columns' names.

    Raises:
        Unfit: it failed.
    """
    query = filled(check.arguments["query"], table, check.columns)
    try:
        with select(query, {table: path}, values={MOMENT: as_of}, seconds=seconds, batch_rows=limit) as reader:
            rows = next(iter(reader), None)
            names = reader.schema.names
    except (StatementRefused, StatementFailed) as refusal:
        raise Unfit(refusal.message) from None
    cells = [] if rows is None else [tuple(row.values()) for row in rows.slice(0, limit).to_pylist()]
    return names, cells


def measure_query(check: Check, table: str, path: Path, *, as_of: datetime, seconds: float) -> float:
    """The one value that a query gives; true and false are one and zero.

    Raises:
        Unfit: it failed, or gave something else.
    """
    try:
        with select(statement(check, table), {table: path}, values={MOMENT: as_of}, seconds=seconds) as reader:
            rows = reader.read_all().slice(0, 2)
    except (StatementRefused, StatementFailed) as refusal:
        raise Unfit(refusal.message) from None
    if rows.num_columns != 1 or rows.num_rows != 1:
        raise Unfit("The query must give one row with one value.")
    return _figure(rows.column(0)[0].as_py())


def _figure(value: Any) -> float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, int | float) and isfinite(value):
        return value
    raise Unfit("The query gave no number." if value is not None else "The query gave no value.")
