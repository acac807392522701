"""Rows that fail a check, read from the table when somebody who may see them asks; none is ever stored."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from apps.datasets.contracts import compiling
from apps.datasets.contracts.compiling import ROW_BY_ROW, Types, Unfit
from apps.datasets.contracts.custom import first_rows
from apps.datasets.contracts.inspecting import types_of
from apps.datasets.contracts.terms import Check, Kind, Terms
from apps.datasets.intake.engine import identifier, literal, reading

SHOWN = 20


@dataclass(frozen=True)
class Examples:
    """Some of what fails.

    Attributes:
        names: of the columns shown; the first is the row's place in the table, or how often a key occurs.
        complete: whether these are all.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    complete: bool


def has_examples(check: Check) -> bool:
    """Whether single rows can fail this check."""
    return check.kind in (*ROW_BY_ROW, Kind.UNIQUE, Kind.REFERENTIAL) or check.arguments.get("gives") == "rows"


def failing_rows(
    path: Path,
    terms: Terms,
    check: Check,
    *,
    others: Mapping[str, Path] | None = None,
    limit: int = SHOWN,
    as_of: datetime,
    seconds: float = 30,
) -> Examples:
    """The first rows of the table at `path` that fail `check`.

    Args:
        others: as for `inspect`.
        as_of: the moment, for custom SQL.

    Raises:
        Unfit: the check can't be held against this table, or no single row fails it.
    """
    if check.kind == Kind.SQL:
        return _cut(*first_rows(check, terms.table, path, limit=limit + 1, as_of=as_of, seconds=seconds), limit)
    given = dict(others or {})
    with (
        tempfile.TemporaryDirectory(prefix="inspect-") as folder,
        reading(path, *given.values(), spill=Path(folder)) as connection,
    ):
        numbered = f"SELECT *, file_row_number + 1 AS {identifier(ROW)} FROM read_parquet({literal(str(path))})"
        connection.execute(f"CREATE TEMP VIEW checked AS {numbered}")
        sql = _statement(connection, check, types_of(path), given)
        found = connection.execute(f"{sql} LIMIT {limit + 1}")
        names = [column[0] for column in found.description]
        return _cut(names, found.fetchall(), limit)


ROW = "row of the table"
TIMES = "times"


def _statement(connection: Any, check: Check, types: Types, others: Mapping[str, Path]) -> str:
    shown = ", ".join(identifier(column) for column in check.columns)
    if check.kind in ROW_BY_ROW:
        return f"SELECT {identifier(ROW)}, {shown} FROM checked WHERE {compiling.failing(check, types)}"
    if check.kind == Kind.UNIQUE:
        compiling.require_columns(check, types)
        there = " AND ".join(compiling.present(column, types) for column in check.columns)
        counted = f"SELECT count(*) AS {identifier(TIMES)}, {shown} FROM checked WHERE {there}"
        return f"{counted} GROUP BY {shown} HAVING count(*) > 1 ORDER BY 1 DESC, {shown}"
    if check.kind == Kind.REFERENTIAL and check.arguments["dataset"] in others:
        other = others[check.arguments["dataset"]]
        connection.execute(f"CREATE TEMP VIEW other AS SELECT * FROM read_parquet({literal(str(other))})")
        return f"SELECT {identifier(ROW)}, {shown} {compiling.unmatched(check, types, types_of(other))}"
    raise Unfit("No single row fails this check.")


def _cut(names: list[str], rows: list[tuple[Any, ...]], limit: int) -> Examples:
    return Examples(tuple(names), tuple(rows[:limit]), complete=len(rows) <= limit)
