"""Which type a CSV column has: the narrowest one that every cell of it agrees on."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from apps.datasets.intake.columns import BOOLEAN, DATE, INTEGER, NUMBER, STRING, TIMESTAMP
from apps.datasets.intake.engine import identifier
from apps.datasets.intake.limits import plural, refuse
from apps.datasets.intake.storing import infinity

if TYPE_CHECKING:
    import duckdb

COLUMNS_AT_ONCE = 20  # a statement over many more takes longer to plan than to carry out
SAMPLE_ROWS = 20_000  # a column that is text here is text, and the whole file needs no more looking at it
NEARLY = 0.95  # of the cells are numbers: then the others are worth a note
MISSING = "('nan', '-nan', '+nan', 'na', 'n/a', '#n/a', '<na>', 'null', 'none')"  # in a column of another type
INFINITE = "('inf', '-inf', '+inf', 'infinity', '-infinity', '+infinity')"
DAY = r"\d{4}-\d{2}-\d{2}"
MOMENT = DAY + r"[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?"
NUMERAL = r"regexp_full_match({t}, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?')"
INTEGRAL = NUMERAL + " AND NOT contains({t}, '.') AND NOT contains({t}, 'e') AND NOT contains({t}, 'E')"
LOCAL = r"regexp_full_match({t}, '[+-]?(\d+,\d+|\d{1,3}([., ]\d{3})+([.,]\d+)?)')"  # 1,5 and 1.234,56
ZERO_LED = "starts_with(ltrim({t}, '+-'), '0') AND length(ltrim({t}, '+-')) > 1"  # a postcode: the zero matters

# What is counted in a column; {t} is the trimmed cell. Only counts of the family that a sample suggests are taken of
# the whole file: patterns cost more than all the rest of reading it.
ALWAYS = {"present": "count({t})", "missing": f"count(*) FILTER (lower({{t}}) IN {MISSING})"}
FAMILIES = {
    "numerals": {
        "numerals": f"count(*) FILTER ({NUMERAL})",
        "infinite": f"count(*) FILTER (lower({{t}}) IN {INFINITE})",
        "integers": f"count(*) FILTER ({INTEGRAL})",
        "codes": f"count(*) FILTER ({INTEGRAL} AND (({ZERO_LED}) OR try_cast({{t}} AS BIGINT) IS NULL))",
        "overflows": f"count(*) FILTER ({NUMERAL} AND coalesce(isinf(try_cast({{t}} AS DOUBLE)), true))",
    },
    "locals": {"locals": f"count(*) FILTER (({LOCAL}) OR ({NUMERAL}))"},
    "booleans": {"booleans": "count(*) FILTER (lower({t}) IN ('true', 'false'))"},
    "days": {"days": f"count(*) FILTER (regexp_full_match({{t}}, '{DAY}') AND try_cast({{t}} AS DATE) IS NOT NULL)"},
    "moments": {
        "moments": f"count(*) FILTER (regexp_full_match({{t}}, '{MOMENT}') "
        "AND try_cast({t} AS TIMESTAMP) IS NOT NULL)"
    },
    "instants": {
        "instants": f"count(*) FILTER (regexp_full_match({{t}}, '{MOMENT}(Z|[+-]\\d{{2}}:?\\d{{2}})') "
        "AND try_cast({t} AS TIMESTAMPTZ) IS NOT NULL)"
    },
}
EVERYTHING = tuple(FAMILIES)
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
    has_missing: bool = False
    blank: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def sql(self) -> str:
        cell = identifier(self.name)
        if self.type == STRING:
            return cell
        trimmed = f"trim({cell})"
        cast = (INSTANT if self.utc else CASTS[self.type]).replace("{t}", trimmed)
        if not self.has_missing:
            return f"{cast} AS {cell}"
        return f"CASE WHEN lower({trimmed}) NOT IN {MISSING} THEN {cast} END AS {cell}"


def kinds(connection: duckdb.DuckDBPyConnection, source: str, names: list[str]) -> list[Kind]:
    """The kinds of the columns of a CSV source, in order.

    Args:
        source: SQL of a table whose columns are all text.

    Raises:
        BadInput: a column of numbers holds infinite ones.
        duckdb.Error: the file breaks the rules of CSV; only reading it to the end tells.
    """
    sample = _count(connection, f"(FROM {source} LIMIT {SAMPLE_ROWS})", dict.fromkeys(names, EVERYTHING))
    open_families = {name: _families(seen) for name, seen in sample.items()}
    whole = _count(connection, source, {name: families for name, families in open_families.items() if families})
    return [_kind(name, whole.get(name, sample[name])) for name in names]


def _count(
    connection: duckdb.DuckDBPyConnection, source: str, wanted: dict[str, tuple[str, ...]]
) -> dict[str, Counter[str]]:
    """Counts by column, some columns at a time; families that are not wanted count as zero."""
    names = list(wanted)
    found: dict[str, Counter[str]] = {}
    for start in range(0, max(len(names), 1), COLUMNS_AT_ONCE):  # once at least: what is read to its end is whole
        group = {name: wanted[name] for name in names[start : start + COLUMNS_AT_ONCE]}
        found |= _count_group(connection, source, group)
    return found


def _count_group(
    connection: duckdb.DuckDBPyConnection, source: str, wanted: dict[str, tuple[str, ...]]
) -> dict[str, Counter[str]]:
    counts = [
        (name, what, sql.replace("{t}", identifier(name)))
        for name, families in wanted.items()
        for part in (ALWAYS, *(FAMILIES[family] for family in families))
        for what, sql in part.items()
    ]
    trimmed = ", ".join(f"trim({identifier(name)}) AS {identifier(name)}" for name in wanted) or "1"
    selected = ", ".join(sql for _, _, sql in counts) or "count(*)"
    row = connection.execute(f"SELECT {selected} FROM (SELECT {trimmed} FROM {source})").fetchone()
    found: dict[str, Counter[str]] = {name: Counter() for name in wanted}
    for (name, what, _), count in zip(counts, row, strict=False):
        found[name][what] = count
    return found


def _families(seen: Counter[str]) -> tuple[str, ...]:
    """The families of types that the column may still have; none where a cell settled that it is text."""
    real = seen["present"] - seen["missing"]
    if not real:
        return EVERYTHING
    if seen["codes"]:
        return ()
    if _numbers_only(seen):
        return ("numerals",)
    return tuple(family for family in EVERYTHING[1:] if seen[family] == real)


def _numbers_only(seen: Counter[str]) -> bool:
    return seen["numerals"] + seen["infinite"] == seen["present"] - seen["missing"]


def _type(seen: Counter[str]) -> tuple[str, bool]:
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


def _kind(name: str, seen: Counter[str]) -> Kind:
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
    if type_ == STRING and not seen["codes"] and real and NEARLY * real <= seen["locals"] > seen["numerals"]:
        notes = [f"{name}: looks like numbers with decimal commas or thousands separators; it was read as text."]
    return Kind(name, type_, utc, bool(seen["missing"]), not real, notes)
