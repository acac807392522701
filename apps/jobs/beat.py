"""The beat: carries out the rooms' periodic duties when they are due.

Not Celery's: a duty must not wait behind a long job, two beats must not do it twice, and a daily one that fell into a
night when the machine was off is done in the morning. So the times are rows (`Tick`), moved on by compare-and-set.
"""

import logging
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.apps import apps
from django.db import Error
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.core.periodic import Periodic
from apps.jobs import services
from apps.jobs.models import Heartbeat, Tick
from apps.jobs.patience import Patience
from apps.jobs.running import worker_name

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
SEEN_EVERY = timedelta(seconds=5)
AGAIN_AFTER_FAILURE = timedelta(seconds=60)


def duties() -> list[Periodic]:
    """What the installed rooms declare."""
    return [duty for room in apps.get_app_configs() for duty in getattr(room, "PERIODIC", ())]


def round_of(duties: Iterable[Periodic], now: datetime) -> list[str]:
    """Carry out what is due at `now`; the names of what was."""
    due = {tick.name: tick.due_at for tick in Tick.objects.all()}
    return [duty.name for duty in duties if due.get(duty.name, now) <= now and _carry_out(duty, now)]


def _carry_out(duty: Periodic, now: datetime) -> bool:
    tick, _ = Tick.objects.get_or_create(name=duty.name, defaults={"due_at": now})
    every = timedelta(seconds=duty.seconds)
    # Should this process die on the way, the duty comes round again after a minute, however rare it is.
    mine = Tick.objects.filter(name=duty.name, due_at=tick.due_at, due_at__lte=now)
    if not mine.update(due_at=now + min(every, AGAIN_AFTER_FAILURE)):
        return False
    error = _call(duty, now)
    due_at = now + (min(every, AGAIN_AFTER_FAILURE) if error else every)
    Tick.objects.filter(name=duty.name).update(ran_at=now, due_at=due_at, error=error)
    return True


def _call(duty: Periodic, now: datetime) -> str:
    try:
        import_string(duty.call)(now=now)
    except Exception as error:  # one duty's trouble must not keep the others from being done
        logger.exception("The periodic duty %s failed.", duty.name)
        return f"{type(error).__name__}: {error}"[:500]
    return ""


def beat(stopped: threading.Event) -> None:
    """Go round until `stopped` is set.

    Raises:
        DatabaseAway: the database has been away for longer than is borne.
    """
    known = duties()
    patience, seen_at = Patience(), None
    while not stopped.is_set():
        now, pause = timezone.now(), 0.0
        try:
            if seen_at is None or now - seen_at >= SEEN_EVERY:
                services.seen(worker_name(), Heartbeat.Kind.BEAT, now=now)
                seen_at = now
            round_of(known, now)
            patience.answered()
        except Error:
            pause = patience.look()
            if not pause:
                logger.warning("The database refused the beat something; it goes on.", exc_info=True)
        stopped.wait(pause or PAUSE_SECONDS)
    Heartbeat.objects.filter(name=worker_name()).delete()
