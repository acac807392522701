"""How things look on a terminal and in a log: no control characters of a stranger's, colours where they show."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Any, TextIO

NARROWEST, WIDEST = 60, 140
COLOURS = {"bad": "31", "good": "32", "warn": "33", "muted": "2", "strong": "1"}
UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean(text: Any) -> str:
    """`text` on one line, without what would move a terminal's cursor or turn its writing round."""
    kept = (" " if character in "\n\t" else character for character in str(text))
    return "".join(character for character in kept if unicodedata.category(character) not in UNSEEN)


def number(value: Any) -> str:
    """A figure for a table: three decimals near one, fewer far from it, a dash for none."""
    if value is None:
        return "–"
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.1f}"


def interval(low: Any, high: Any) -> str:
    return "" if low is None or high is None else f"[{number(low)}, {number(high)}]"


def threshold(limit: dict[str, Any]) -> str:
    """A limit as it is written: ">= 0.800", "<= 0.200", "0.800 to 1.200"."""
    low, high = limit.get("min"), limit.get("max")
    if low is not None and high is not None:
        return f"{number(low)} to {number(high)}"
    return f">= {number(low)}" if low is not None else f"<= {number(high)}"


class Paper:
    """Where a command writes for people: words in colours where the stream is a terminal that wants them."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self._terminal = self.stream.isatty()
        self._colours = self._terminal and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        size = shutil.get_terminal_size((WIDEST, 24)).columns if self._terminal else WIDEST
        self.width = max(NARROWEST, min(size, WIDEST))

    def line(self, text: str = "", tone: str = "") -> None:
        self.stream.write(self.coloured(clean(text), tone) + "\n")

    def paragraph(self, text: str, indent: str = "", tone: str = "") -> None:
        """`text`, broken into lines that fit."""
        for line in textwrap.wrap(clean(text), self.width, initial_indent=indent, subsequent_indent=indent) or [""]:
            self.stream.write(self.coloured(line, tone) + "\n")

    def coloured(self, text: str, tone: str) -> str:
        return f"\x1b[{COLOURS[tone]}m{text}\x1b[0m" if self._colours and tone in COLOURS else text

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[str] = ()) -> None:
        """Columns that stand under one another; a tone colours a row's last cell.

        Args:
            head: a column's title; one that begins with ">" is set to the right.
        """
        titles = [title.lstrip(">") for title in head]
        lines = [[clean(cell) for cell in row] for row in rows]
        widths = [max(len(cell) for cell in column) for column in zip(titles, *lines)]
        self.line("  ".join(_set(*cell) for cell in zip(titles, widths, head)).rstrip(), "muted")
        for place, row in enumerate(lines):
            *cells, last = [_set(*cell) for cell in zip(row, widths, head)]
            tone = tones[place] if place < len(tones) else ""
            self.stream.write("  ".join([*cells, self.coloured(last.rstrip(), tone)]).rstrip() + "\n")


def _set(text: str, width: int, title: str) -> str:
    return text.rjust(width) if title.startswith(">") else text.ljust(width)
