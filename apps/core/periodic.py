"""Duties that come round: a room says what it has to do how often, and the beat process (apps.jobs) does it."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from apps.core.errors import Refused

logger = logging.getLogger(__name__)
Row = TypeVar("Row")


@dataclass(frozen=True)
class Periodic:
    """One duty, declared as data on a room's AppConfig: `PERIODIC = (Periodic("audit.seal", 3, "apps.audit…"),)`.

    Args:
        name: unique; its next time is kept in the database under it.
        seconds: from the start of one round to the start of the next.
        call: dotted path of a function that is called with `now=` and returns soon; what is slow it makes a job.
            It does what is due at `now` and may be called twice.
    """

    name: str
    seconds: float
    call: str


def row_by_row(rows: Iterable[Row], duty: Callable[[Row, datetime], Row], now: datetime) -> list[Row]:
    """Do `duty` for each of `rows` in a transaction of its own: one that is refused is logged and stops no other.

    Returns:
        The rows for which it was done.
    """
    done = []
    for row in rows:
        try:
            done.append(duty(row, now))
        except Refused as refused:
            logger.error("%s of %s was refused: %s", duty.__qualname__, row, refused)
    return done
