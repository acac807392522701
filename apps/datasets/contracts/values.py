"""Values that a contract names, read as their column's type, and spelled as SQL."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

from apps.datasets.intake.columns import BOOLEAN, DATE, INTEGER, NUMBER, STRING, TIMESTAMP
from apps.datasets.intake.engine import literal

TYPES = (STRING, INTEGER, NUMBER, BOOLEAN, DATE, TIMESTAMP)
ORDERED = (INTEGER, NUMBER, DATE, TIMESTAMP)

Value = str | int | float | bool | date | datetime


def read_value(raw: Any, type_: str | None) -> Value:
    """A value of the document as its column's type has it.

    Raises:
        ValueError: it is of another type; the sentence says of which.
    """
    reader = _READERS.get(type_ or "")
    found = reader(raw) if reader else raw if isinstance(raw, str | int | float | bool) else None
    if found is None:
        raise ValueError(f"“{raw}” isn't {_NAMES.get(type_ or '', 'a single value')}.")
    return found


def spelled_value(value: Value) -> str:
    """A value as an SQL literal of its own type, to the last bit."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return f"({value})"
    if isinstance(value, float):
        return f"{literal(repr(value))}::DOUBLE"
    if isinstance(value, datetime):
        return f"TIMESTAMP {literal(value.isoformat(sep=' '))}"
    if isinstance(value, date):
        return f"DATE {literal(value.isoformat())}"
    return literal(value)


def _integer(raw: Any) -> int | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    return int(raw) if math.isfinite(raw) and raw == int(raw) else None


def _number(raw: Any) -> int | float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        return None
    return raw


def _text(raw: Any) -> str | None:
    return raw if isinstance(raw, str) else None


def _boolean(raw: Any) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _date(raw: Any) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def _timestamp(raw: Any) -> datetime | None:
    """In UTC, without saying so: as tables hold moments."""
    try:
        found = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
    if found is not None and found.tzinfo is not None:
        return found.astimezone(UTC).replace(tzinfo=None)
    return found


_READERS = {
    INTEGER: _integer,
    NUMBER: _number,
    STRING: _text,
    BOOLEAN: _boolean,
    DATE: _date,
    TIMESTAMP: _timestamp,
}
_NAMES = {
    INTEGER: "a whole number",
    NUMBER: "a number",
    STRING: "text; put it in quotes if it looks like a number",
    BOOLEAN: "true or false",
    DATE: "a date like 2026-11-24",
    TIMESTAMP: "a moment like 2026-11-24T10:00:00",
}
