"""The key of an entity as text, the same from SQL and from a caller: each part with its length before it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from apps.datasets.intake.engine import identifier

PYTHON = {"integer": int, "string": str, "boolean": bool, "date": str}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = 2**63 - 1
LONGEST = 1_000  # characters of a key's text


class NoKey(ValueError):
    """What was sent is no key of this view; the sentence says why."""


def sql_key(names: Sequence[str], table: str = "") -> str:
    """SQL that gives the text of a row's key.

    Args:
        table: what stands before each column, its dot included.

    >>> sql_key(["a"])
    'concat(length(CAST("a" AS VARCHAR)), \':\', CAST("a" AS VARCHAR))'
    """
    parts = []
    for name in names:
        text = f"CAST({table}{identifier(name)} AS VARCHAR)"
        parts += [f"length({text})", "':'", text]
    return f"concat({', '.join(parts)})"


def key_text(said: Any, types: Mapping[str, str]) -> str:
    """The text of a key that a caller sends as {name: value}.

    Args:
        types: the key's columns in the view's order, each with its type.

    Raises:
        NoKey: a part is missing, unknown, or of another type.

    >>> key_text({"customer": 12, "branch": "x"}, {"customer": "integer", "branch": "string"})
    '2:121:x'
    """
    if not isinstance(said, Mapping) or set(said) != set(types):
        raise NoKey(f"A key here is {', '.join(types)}, each with its value.")
    text = "".join(_part(said[name], name, kind) for name, kind in types.items())
    if len(text) > LONGEST:
        raise NoKey(f"A key has at most {LONGEST:,} characters.")
    return text


def _part(value: Any, name: str, kind: str) -> str:
    wanted = PYTHON[kind]
    if not isinstance(value, wanted) or (kind == "integer" and isinstance(value, bool)):
        raise NoKey(f"“{name}” is {'an' if kind == 'integer' else 'a'} {kind}.")
    if kind == "integer" and abs(value) > LARGEST:
        raise NoKey(f"“{name}” is beyond 64 bits.")
    if kind == "date":
        value = _day(value, name)
    text = str(value).lower() if kind == "boolean" else str(value)
    return f"{len(text)}:{text}"


def _day(value: str, name: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise NoKey(f"“{name}” is a date such as 2026-11-24.") from None


def moment(micros: int) -> datetime:
    """A moment kept as microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970 of a moment."""
    return (moment - EPOCH) // timedelta(microseconds=1)
