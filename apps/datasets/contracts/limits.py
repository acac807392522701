"""Ranges, lengths, sets and patterns: what they take from the document, and what is wrong with them by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

from apps.datasets.contracts.drafting import Drafting, Path
from apps.datasets.contracts.terms import Field
from apps.datasets.contracts.values import ORDERED, Value, read_value
from apps.datasets.intake.columns import INTEGER, STRING

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
LENGTHS = ("minLength", "maxLength")
MAX_VALUES = 10_000
MAX_PATTERN = 1_000


def bounds(draft: Drafting, column: Field, said: Mapping[str, Any], place: Path) -> dict[str, Any] | None:
    """The bounds that `said` has, as the document spells them; None where there are none or they are at fault."""
    found = {name: said[name] for name in BOUNDS if said.get(name) is not None}
    if not found:
        return None
    if column.type is not None and column.type not in ORDERED:
        draft.no((*place, next(iter(found))), f"“{column.name}” is {column.type}, which has no range.")
        return None
    values = {name: _value(draft, column.type, raw, (*place, name)) for name, raw in found.items()}
    if any(value is None for value in values.values()):
        return None
    fault = empty_range(values, column.type)
    if fault:
        draft.no((*place, next(iter(found))), fault)
        return None
    return found


def empty_range(values: Mapping[str, Any], type_: str | None) -> str | None:
    """Why nothing lies between the bounds; None where something does."""
    low, low_open = lowest(values, type_)
    high, high_open = highest(values, type_)
    if low is None or high is None:
        return None
    try:
        empty = low > high or (low == high and (low_open or high_open))
    except TypeError:
        return "The bounds are of different types."
    return f"Nothing is at least {low} and at most {high}: the smaller bound is the larger one." if empty else None


def lowest(values: Mapping[str, Any], type_: str | None) -> tuple[Any, bool]:
    """The lower bound in force, and whether it itself is outside. Whole numbers are bounded by whole numbers."""
    return _tightest(values, type_, "minimum", "exclusiveMinimum", upper=False)


def highest(values: Mapping[str, Any], type_: str | None) -> tuple[Any, bool]:
    """The upper bound in force, and whether it itself is outside."""
    return _tightest(values, type_, "maximum", "exclusiveMaximum", upper=True)


def lengths(draft: Drafting, column: Field, said: Mapping[str, Any], place: Path) -> dict[str, int] | None:
    """The least and greatest length of a text, in characters."""
    found = {name: said[name] for name in LENGTHS if said.get(name) is not None}
    if not found:
        return None
    if column.type not in (None, STRING):
        draft.no((*place, next(iter(found))), f"“{column.name}” is {column.type}; only text has a length.")
        return None
    for name, raw in found.items():
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < 0:
            draft.no((*place, name), "A length is a whole number from 0 on.")
            return None
    if found.get("minLength", 0) > found.get("maxLength", found.get("minLength", 0)):
        draft.no((*place, "minLength"), "The least length is greater than the greatest, so no text fits.")
        return None
    return found


def values(draft: Drafting, column: Field, raw: Any, place: Path) -> list[Any] | None:
    """The members of a set."""
    if not isinstance(raw, list) or not raw:
        draft.no(place, "This must be a list with at least one value.")
        return None
    if len(raw) > MAX_VALUES:
        draft.no(place, f"A set has at most {MAX_VALUES:,} values; use a referential check for more.")
        return None
    members = [_value(draft, column.type, item, (*place, at)) for at, item in enumerate(raw)]
    return None if any(member is None for member in members) else raw


def pattern(draft: Drafting, column: Field, raw: Any, place: Path) -> str | None:
    """A regular expression that DuckDB's engine (RE2) can read."""
    if column.type not in (None, STRING):
        draft.no(place, f"“{column.name}” is {column.type}; only text has a pattern.")
        return None
    if not isinstance(raw, str) or not 0 < len(raw) <= MAX_PATTERN:
        draft.no(place, f"A pattern is text of 1 to {MAX_PATTERN:,} characters.")
        return None
    fault = _unreadable(raw)
    if fault:
        draft.no(place, f"This pattern can't be used: {fault}. Look-around and back-references aren't known here.")
        return None
    return raw


def matching(expression: str, texts: list[str]) -> list[bool]:
    """For each text, whether the pattern is found in it; by the engine that will judge the rows."""
    import duckdb

    with duckdb.connect() as connection:
        sql = "SELECT regexp_matches(unnest(?::VARCHAR[]), ?)"
        return [row[0] for row in connection.execute(sql, [texts, expression]).fetchall()]


def _unreadable(expression: str) -> str | None:
    import duckdb

    try:
        matching(expression, [""])
    except duckdb.Error as error:
        return str(error).partition("Error: ")[2].split("\n")[0].rstrip(".") or "it isn't one"
    return None


def _value(draft: Drafting, type_: str | None, raw: Any, place: Path) -> Value | None:
    try:
        # a bound on whole numbers may itself lie between two of them
        bound = type_ == INTEGER and place[-1] in BOUNDS
        return read_value(raw, "number" if bound else type_)
    except ValueError as fault:
        draft.no(place, str(fault))
        return None


def _tightest(
    values: Mapping[str, Any], type_: str | None, closed: str, opened: str, *, upper: bool
) -> tuple[Any, bool]:
    sides = [(values[name], name == opened) for name in (closed, opened) if values.get(name) is not None]
    if type_ == INTEGER:
        sides = [(whole(value, is_open, upper=upper), False) for value, is_open in sides]
    if not sides:
        return None, False
    # of two at the same place the open one is the tighter
    return min(sides, key=lambda side: (side[0], not side[1])) if upper else max(sides)


def whole(value: float, is_open: bool, *, upper: bool) -> int:
    """The closed bound on whole numbers that a bound on numbers comes to: > 1.5 is >= 2, > 2 is >= 3."""
    if upper:
        return ceil(value) - 1 if is_open else floor(value)
    return floor(value) + 1 if is_open else ceil(value)
