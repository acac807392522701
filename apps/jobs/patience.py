"""How long a process bears that the database is away: a restart of it is survived, a wrong address is not."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error, connection

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0


class DatabaseAway(Exception):
    """It has been away for too long; the sentence says for how long, and why."""


class Patience:
    """Asks the database whether it is there, and remembers since when it hasn't been.

    Args:
        seconds: how long it may be away; QUAESTOR_DATABASE_PATIENCE_SECONDS unless given.
    """

    def __init__(self, seconds: float | None = None, clock: Callable[[], float] = time.monotonic):
        self.seconds = settings.DATABASE_PATIENCE_SECONDS if seconds is None else seconds
        self.clock = clock
        self._since: float | None = None
        self._pause = FIRST_PAUSE_SECONDS

    def look(self) -> float:
        """0 where the database answers, else how many seconds to wait before asking again, more each time.

        Raises:
            DatabaseAway: it has not answered for longer than is borne.
        """
        connection.close()
        try:
            connection.ensure_connection()
        except Error as error:
            return self._missed(" ".join(str(error).split()))
        self.answered()
        return 0.0

    def answered(self) -> None:
        if self._since is not None:
            logger.warning("The database answers again.")
        self._since, self._pause = None, FIRST_PAUSE_SECONDS

    def _missed(self, why: str) -> float:
        now = self.clock()
        if self._since is None:
            self._since = now
            logger.warning(
                "The database can't be reached; asking again for %g seconds. It says: %s", self.seconds, why
            )
        left = self._since + self.seconds - now
        if left <= 0:
            raise DatabaseAway(f"The database could not be reached for {self.seconds:g} seconds. It says: {why}")
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        return min(pause, left)


def await_database(patience: Patience | None = None, sleep: Callable[[float], None] = time.sleep) -> None:
    """Return once the database answers.

    Raises:
        DatabaseAway: it didn't within the time that is borne.
    """
    patience = patience or Patience()
    while pause := patience.look():
        sleep(pause)
