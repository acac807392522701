"""What steps print, as lines that can be read while they run: insert-only, bounded, cleaned."""

import time
from typing import Any

from django.utils import timezone

from apps.pipelines.models import LogLine, StepRun

MOST_LINES = 10_000
MOST_BYTES = 1 << 20
LONGEST_LINE = 2_000
FLUSH_SECONDS = 0.5
CUT = "It printed more than is kept; nothing after this line is."


class Book:
    """The lines of one attempt at a step. What comes is written at most twice a second, and at the end."""

    def __init__(self, step: StepRun, job: Any, attempt: int):
        self.step, self.job, self.attempt = step, job, attempt
        self._waiting: list[LogLine] = []
        self._rest = b""
        self._lines = self._bytes = 0
        self._written = time.monotonic()

    def take(self, data: bytes) -> None:
        """Take bytes as they are printed, whole lines and parts of lines."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE * 4:  # a line without an end is cut, not kept in memory
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self._add(line.decode("utf-8", "replace"))
        if time.monotonic() - self._written >= FLUSH_SECONDS:
            self.flush()

    def say(self, sentence: str) -> None:
        """Add a sentence of ours."""
        self._add(sentence)
        self.flush()

    def close(self) -> None:
        """Write what is left."""
        if self._rest:
            self._add(self._rest.decode("utf-8", "replace"))
            self._rest = b""
        self.flush()

    def flush(self) -> None:
        """Write the lines that wait."""
        waiting, self._waiting = self._waiting, []
        self._written = time.monotonic()
        if waiting:
            LogLine.objects.bulk_create(waiting)

    def _add(self, text: str) -> None:
        if self._lines > MOST_LINES or self._bytes > MOST_BYTES:
            return
        text = clean(text)
        self._lines += 1
        self._bytes += len(text.encode())
        if self._lines > MOST_LINES or self._bytes > MOST_BYTES:
            text = CUT
        self._waiting.append(
            LogLine(step=self.step, job=self.job, attempt=self.attempt, at=timezone.now(), text=text)
        )


def clean(text: str) -> str:
    """A line fit to be shown: bounded, with tabs, and without other characters that move a cursor or hide."""
    kept = "".join(c if c.isprintable() or c == "\t" else "\ufffd" for c in text.rstrip("\r\n")[: LONGEST_LINE + 1])
    return kept if len(kept) <= LONGEST_LINE else kept[: LONGEST_LINE - 1] + "…"
