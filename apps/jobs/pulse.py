"""The worker's pulse: a thread that shows the worker is alive and renews the leases of what it works on."""

import logging
import os
import threading
from collections.abc import Callable

from django.db import Error, connection
from django.utils import timezone

from apps.jobs import services
from apps.jobs.models import Heartbeat
from apps.jobs.patience import DatabaseAway, Patience
from apps.jobs.running import held, worker_name

logger = logging.getLogger(__name__)


class Pulse:
    """Beats four times a lease until it is stopped.

    Args:
        leave: called when the database has been away for longer than is borne. A worker ends there and then: whatever
            it works on could not be kept, and another takes that up.
    """

    def __init__(self, kind: str = Heartbeat.Kind.WORKER, leave: Callable[[], None] = lambda: os._exit(1)):
        self.kind, self.leave = kind, leave
        self._patience = Patience()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="pulse")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        try:
            while True:
                self._beat()
                if self._stopped.wait(services.lease().total_seconds() / 6):
                    break
            Heartbeat.objects.filter(name=worker_name()).delete()
        except DatabaseAway as away:
            logger.critical("The worker stops. %s", away)
            self.leave()
        except Error:
            logger.warning("The pulse ended without a farewell.", exc_info=True)
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            services.seen(worker_name(), self.kind, now=timezone.now())
            services.renew(held.all(), now=timezone.now())
        except Error:  # the next beat tries again, and the lease outlives a few of them
            if not self._patience.look():
                logger.warning("The pulse missed a beat.", exc_info=True)
        else:
            self._patience.answered()


_pulse: Pulse | None = None


def start(**kwargs) -> None:
    """A worker is ready (Celery's signal)."""
    global _pulse
    _pulse = Pulse()
    _pulse.start()


def stop(**kwargs) -> None:
    """A worker shuts down (Celery's signal)."""
    if _pulse is not None:
        _pulse.stop()
