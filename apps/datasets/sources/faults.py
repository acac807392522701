"""How reading a source ends early: some faults pass, others don't."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

from apps.core.errors import Refused

HIDDEN = "•••"


class SourceDown(Exception):
    """The source can't be reached, or did not answer in time; it is tried again. The sentence says which."""


class SourceFault(Refused):
    """The source answers, and what it says can't be taken. The sentence is for the person who asked."""


class Deadline:
    """How long one extraction may take altogether, whatever each of its steps is allowed."""

    def __init__(self, seconds: float):
        self.seconds, self._ends = seconds, monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left.

        Raises:
            SourceFault: none are.
        """
        left = self._ends - monotonic()
        if left <= 0:
            raise SourceFault(
                f"The extraction took longer than {self.seconds:g} seconds, the most it may. "
                "Take less at a time, or have QUAESTOR_DATA_SECONDS raised."
            )
        return left


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """The first line of what a driver said, without any of `secrets`; at most 300 characters."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    for secret in secrets:
        line = line.replace(secret, HIDDEN) if secret else line
    return line[:300].rstrip(".")
