"""What a person at a terminal sees while they wait; nothing where nobody looks."""

from __future__ import annotations

import sys
from typing import TextIO

from quaestor_client.showing import clean

WIDTH = 24
CLEAR = "\r\x1b[K"


class Progress:
    """One line on a terminal, written over as it goes; a log gets nothing."""

    def __init__(self, stream: TextIO | None = None, *, wanted: bool = True) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shows = wanted and self._stream.isatty()
        self._last = ""

    def show(self, share: float, words: str) -> None:
        """Say that `share` (0 to 1) of something is done, and what is being done."""
        if not self._shows:
            return
        full = int(max(0.0, min(1.0, share)) * WIDTH)
        line = f"{'█' * full}{'·' * (WIDTH - full)} {share:4.0%}  {clean(words)[:48]}"
        if line != self._last:
            self._stream.write(CLEAR + line)
            self._stream.flush()
            self._last = line

    def sent(self, done: int, total: int) -> None:
        self.show(done / total if total else 1.0, f"Sending {total / 1e6:,.1f} MB")

    def end(self) -> None:
        """Leave the line empty for what comes next."""
        if self._shows and self._last:
            self._stream.write(CLEAR)
            self._stream.flush()
            self._last = ""
