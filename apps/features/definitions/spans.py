"""Spans of time as people write them: 30d, 12h, 45m."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST = timedelta(days=36_500)

_WRITTEN = re.compile(r"([1-9][0-9]{0,8})([smhdw])")


def span(written: str) -> timedelta:
    """A span as written.

    Raises:
        ValueError: it isn't a number and a unit, or is longer than a century.

    >>> span("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    found = _WRITTEN.fullmatch(written)
    if found is None:
        raise ValueError("A span of time is a number and a unit: 30d, 12h, 45m, 90s or 2w.")
    length = timedelta(**{UNITS[found[2]]: int(found[1])})
    if length > LONGEST:
        raise ValueError("A span of time is at most a hundred years.")
    return length


def _checked(written: str) -> str:
    span(written)
    return written


Span = Annotated[str, AfterValidator(_checked)]
