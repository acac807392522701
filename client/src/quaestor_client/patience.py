"""How long a command may take, all its requests and waits together."""

from __future__ import annotations

import time


class Patience:
    """A budget of seconds that begins now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left, never below zero."""
        return max(0.0, self._end - time.monotonic())

    @property
    def over(self) -> bool:
        return self.left <= 0

    def sleep(self, seconds: float) -> bool:
        """Sleep for `seconds`, or as long as is left; whether anything is left then."""
        time.sleep(min(seconds, self.left))
        return not self.over
