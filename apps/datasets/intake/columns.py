"""The six types a column can have, and the rules for its name."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from apps.datasets.intake.limits import Limits, plural, refuse

if TYPE_CHECKING:
    import pyarrow as pa

INTEGER, NUMBER, STRING, BOOLEAN, DATE, TIMESTAMP = "integer", "number", "string", "boolean", "date", "timestamp"
NUMERIC = (INTEGER, NUMBER)


@dataclass(frozen=True)
class Column:
    """One column of a stored table.

    Attributes:
        type: integer (64 bit), number (64-bit float), string, boolean, date or timestamp.
        nulls: cells without a value.
        distinct: different values, missing ones not counted.
        min, max: as JSON spells them (dates ISO 8601); None for strings, which may name people, and empty columns.
    """

    name: str
    type: str
    nulls: int
    distinct: int
    min: Any = None
    max: Any = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def arrow_type(name: str, *, utc: bool = False) -> pa.DataType:
    """The Arrow type that a column type is stored as."""
    import pyarrow as pa

    return {
        INTEGER: pa.int64(),
        NUMBER: pa.float64(),
        STRING: pa.string(),
        BOOLEAN: pa.bool_(),
        DATE: pa.date32(),
        TIMESTAMP: pa.timestamp("us", tz="UTC" if utc else None),
    }[name]


def type_name(stored: pa.DataType) -> str:
    """The column type of a stored Arrow type; the inverse of `arrow_type`."""
    import pyarrow.types as is_

    for test, name in (
        (is_.is_integer, INTEGER),
        (is_.is_floating, NUMBER),
        (is_.is_boolean, BOOLEAN),
        (is_.is_date, DATE),
        (is_.is_timestamp, TIMESTAMP),
    ):
        if test(stored):
            return name
    return STRING


def check_names(names: list[str], limits: Limits) -> list[str]:
    """Column names as they will be kept: outer blanks removed.

    Raises:
        BadInput: there are none or too many, or one is empty, too long, holds control characters or is repeated,
            be it in other capitals.
    """
    if len(names) > limits.columns:
        raise refuse(f"The table has {len(names):,} columns; at most {limits.columns:,} are taken.")
    kept = [name.strip() for name in names]
    for place, name in enumerate(kept, 1):
        _check_name(name, place, limits)
    for name, times in Counter(kept).items():
        if times > 1:
            places = ", ".join(str(place) for place, other in enumerate(kept, 1) if other == name)
            raise refuse(f"The column name “{name}” occurs {times} times (columns {places}). Give each its own name.")
    _require_apart(kept)
    return kept


def _require_apart(names: list[str]) -> None:
    """Refuse “Age” beside “age”: SQL takes them for one, and a measure could read the wrong column."""
    known: dict[str, str] = {}
    for name in names:
        other = known.setdefault(name.lower(), name)
        if other != name:
            raise refuse(f"The column names “{other}” and “{name}” differ only in capital letters. Rename one.")


def _check_name(name: str, place: int, limits: Limits) -> None:
    if not name:
        hint = " A data frame's index is written like this: save it without the index." if place == 1 else ""
        raise refuse(f"Column {place} has no name. Name every column in the first line.{hint}")
    if len(name) > limits.name_length:
        raise refuse(f"The name of column {place} is longer than {plural(limits.name_length, 'character')}.")
    if not name.isprintable():
        raise refuse(f"The name of column {place} holds a line break or another control character.")


def typed_label(label: Any, column_type: str) -> Any:
    """A label as a value of its column, so that "1" means 1 in an integer column and True in no column of text.

    Raises:
        ValueError: the column can't hold it.

    >>> typed_label("1", "integer"), typed_label(1, "string"), typed_label("yes", "string")
    (1, '1', 'yes')
    """
    reader = _READERS[column_type]
    try:
        return reader(label)
    except (TypeError, ValueError, AttributeError):
        raise ValueError(f"“{label}” is no {column_type}.") from None


def _integer(label: Any) -> int:
    if isinstance(label, bool) or float(label) != int(float(label)):
        raise ValueError
    return int(label)


def _number(label: Any) -> float:
    if isinstance(label, bool):
        raise ValueError
    return float(label)


def _string(label: Any) -> str:
    if isinstance(label, bool):
        return "true" if label else "false"
    return str(label)


def _boolean(label: Any) -> bool:
    if isinstance(label, bool):
        return label
    return {"true": True, "false": False, "1": True, "0": False}[str(label).lower()]


def _label_or_key(reader):
    def read(label: Any) -> Any:
        try:
            return reader(label)
        except KeyError:
            raise ValueError from None

    return read


_READERS = {
    INTEGER: _integer,
    NUMBER: _number,
    STRING: _string,
    BOOLEAN: _label_or_key(_boolean),
    DATE: lambda label: label if isinstance(label, date) else date.fromisoformat(label),
    TIMESTAMP: lambda label: label if isinstance(label, datetime) else datetime.fromisoformat(label),
}
