"""One spelling for every value that is hashed or signed: RFC 8785 over plain JSON."""

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import rfc8785

SAFE_INTEGER = 2**53 - 1


def plain(value: Any) -> Any:
    """`value` in JSON's own types.

    Moments are UTC with a Z, dates ISO 8601, decimals and integers beyond 2^53 strings, bytes hexadecimal.

    Raises:
        ValueError: a float that is not a number, which JSON can't carry.
        TypeError: a type that has no agreed spelling.
    """
    if value is None or type(value) in (str, bool):
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    return _spelled(value)


def _number(value: int | float) -> int | float | str:
    if isinstance(value, int):
        return int(value) if abs(value) <= SAFE_INTEGER else str(value)
    if not math.isfinite(value):
        raise ValueError("NaN and infinity have no place in a record; store why the number is missing.")
    return float(value)


def _spelled(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(f"{type(value).__name__} has no agreed spelling in a record.")


def canonical(value: Any) -> bytes:
    """`value` as RFC 8785 canonical JSON, UTF-8."""
    return rfc8785.dumps(plain(value))


def digest(value: Any) -> str:
    """sha256 of the canonical JSON of `value`, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()
