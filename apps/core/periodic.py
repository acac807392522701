"""Duties that come round: a room says what it has to do how often, and the beat process (apps.jobs) does it."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction

from apps.core.errors import Refused

logger = logging.getLogger(__name__)
Row = TypeVar("Row", bound=models.Model)


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


def row_by_row(
    rows: Iterable[Row], due: Callable[[Row, datetime], bool], duty: Callable[[Row, datetime], Row], now: datetime
) -> list[Row]:
    """Do `duty` for each of `rows` that is due, in a transaction of its own: one that is refused stops no other.

    Args:
        due: asked of a row as it was read, and again under its lock: somebody may have seen to it meanwhile.
        duty: done in the same transaction, on the row as it is then.

    Returns:
        The rows for which it was done.
    """
    done = []
    for row in rows:
        try:
            with transaction.atomic():
                if due(row, now) and due(locked := _locked(row), now):
                    done.append(duty(locked, now))
        except Refused as refused:
            logger.error("%s of %s was refused: %s", duty.__qualname__, row, refused)
    return done


def _locked(row: Row) -> Row:
    rows: Any = type(row)._base_manager
    locked: Row = rows.select_for_update(no_key=True).get(pk=row.pk)
    return locked
