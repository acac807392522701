"""Which type a CSV column has: the narrowest one that every cell of it agrees on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apps.datasets.intake.columns import BOOLEAN, DATE, INTEGER, NUMBER, STRING, TIMESTAMP
from apps.datasets.intake.engine import identifier
from apps.datasets.intake.limits import plural, refuse
from apps.datasets.intake.parquet import infinity

if TYPE_CHECKING:
    import duckdb

SAMPLE_ROWS = 20_000  # a column that is text here is text, and the whole file needs no more looking at it
NEARLY = 0.95  # of the cells are numbers: then the others are worth a note
MISSING = "('nan', '-nan', '+nan', 'na', 'n/a', '#n/a', '<na>', 'null', 'none')"  # in a column of another type
INFINITE = "('inf', '-inf', '+inf', 'infinity', '-infinity', '+infinity')"
DAY = r"\d{4}-\d{2}-\d{2}"
MOMENT = DAY + r"[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
INTEGRAL = r"[+-]?\d+"
NUMERAL = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
ZERO_LED = r"[+-]?0\d+"  # an identifier, a postcode: the zero matters

# What is counted in a column; {t} is the trimmed cell.
COUNTS = {
    "present": "count({t})",
    "missing": f"count(*) FILTER (lower({{t}}) IN {MISSING})",
    "infinite": f"count(*) FILTER (lower({{t}}) IN {INFINITE})",
    "numerals": f"count(*) FILTER (regexp_full_match({{t}}, '{NUMERAL}'))",
    "integers": f"count(*) FILTER (regexp_full_match({{t}}, '{INTEGRAL}'))",
    "codes": f"count(*) FILTER (regexp_full_match({{t}}, '{ZERO_LED}') "
    f"OR (regexp_full_match({{t}}, '{INTEGRAL}') AND try_cast({{t}} AS BIGINT) IS NULL))",
    "overflows": f"count(*) FILTER (regexp_full_match({{t}}, '{NUMERAL}') "
    "AND coalesce(isinf(try_cast({t} AS DOUBLE)), true))",
    "booleans": "count(*) FILTER (lower({t}) IN ('true', 'false'))",
    "days": f"count(*) FILTER (regexp_full_match({{t}}, '{DAY}') AND try_cast({{t}} AS DATE) IS NOT NULL)",
    "moments": f"count(*) FILTER (regexp_full_match({{t}}, '{MOMENT}') AND try_cast({{t}} AS TIMESTAMP) IS NOT NULL)",
    "instants": f"count(*) FILTER (regexp_full_match({{t}}, '{MOMENT}(Z|[+-]\\d{{2}}:?\\d{{2}})') "
    "AND try_cast({t} AS TIMESTAMPTZ) IS NOT NULL)",
}
CASTS = {
    INTEGER: "try_cast({t} AS BIGINT)",
    NUMBER: "try_cast({t} AS DOUBLE)",
    BOOLEAN: "lower({t}) = 'true'",
    DATE: "try_cast({t} AS DATE)",
    TIMESTAMP: "try_cast({t} AS TIMESTAMP)",
}
INSTANT = "try_cast({t} AS TIMESTAMPTZ)"


@dataclass(frozen=True)
class Kind:
    """A column's type, the SQL that makes it from the raw cell, and what is worth saying about it."""

    name: str
    type: str
    utc: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def sql(self) -> str:
        cell = identifier(self.name)
        if self.type == STRING:
            return cell
        trimmed = f"trim({cell})"
        cast = INSTANT if self.utc else CASTS[self.type]
        return f"CASE WHEN lower({trimmed}) NOT IN {MISSING} THEN {cast.replace('{t}', trimmed)} END AS {cell}"


def kinds(connection: duckdb.DuckDBPyConnection, source: str, names: list[str]) -> list[Kind]:
    """The kinds of the columns of a CSV source, in order.

    Args:
        source: SQL of a table whose columns are all text.

    Raises:
        BadInput: a column of numbers holds infinite ones.
        duckdb.Error: the file breaks the rules of CSV; only reading it to the end tells.
    """
    sample = _count(connection, f"(FROM {source} LIMIT {SAMPLE_ROWS})", names)
    open_names = [name for name in names if not _is_text(sample[name])]
    whole = _count(connection, source, open_names)
    return [_kind(name, whole.get(name) or sample[name]) for name in names]


def _count(connection: duckdb.DuckDBPyConnection, source: str, names: list[str]) -> dict[str, dict[str, int]]:
    cells = [count.replace("{t}", f"trim({identifier(name)})") for name in names for count in COUNTS.values()]
    row = connection.execute(f"SELECT count(*), {', '.join(cells) or 'NULL'} FROM {source}").fetchone()
    found = iter(row[1:])
    return {name: {what: next(found) for what in COUNTS} for name in names}


def _is_text(seen: dict[str, int]) -> bool:
    """A cell was seen that fits no narrower type, so the rest of the column can't change it."""
    return seen["present"] > seen["missing"] and _type(seen)[0] == STRING and not _numbers_only(seen)


def _numbers_only(seen: dict[str, int]) -> bool:
    return seen["numerals"] + seen["infinite"] == seen["present"] - seen["missing"]


def _type(seen: dict[str, int]) -> tuple[str, bool]:
    real = seen["present"] - seen["missing"]
    if not real:
        return STRING, False
    if _numbers_only(seen) and seen["numerals"] and not seen["codes"]:
        return (INTEGER if seen["integers"] == real else NUMBER), False
    for counted, type_, utc in (
        ("booleans", BOOLEAN, False),
        ("days", DATE, False),
        ("moments", TIMESTAMP, False),
        ("instants", TIMESTAMP, True),
    ):
        if seen[counted] == real:
            return type_, utc
    return STRING, False


def _kind(name: str, seen: dict[str, int]) -> Kind:
    type_, utc = _type(seen)
    endless = seen["infinite"] + seen["overflows"]
    if endless and type_ in (INTEGER, NUMBER):
        raise refuse(infinity(name, endless))
    notes = []
    if type_ != STRING and seen["missing"]:
        notes.append(f"{name}: {plural(seen['missing'], 'cell')} said “nan” or the like and count as missing.")
    real = seen["present"] - seen["missing"]
    if type_ == STRING and not seen["codes"] and real and NEARLY * real <= seen["numerals"] < real:
        notes.append(f"{name}: most cells are numbers, but some are not, so the column is text.")
    return Kind(name, type_, utc, notes)
