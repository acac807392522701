"""Duties that come round: a room says what it has to do how often, and the beat process (apps.jobs) does it."""

from dataclasses import dataclass


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
