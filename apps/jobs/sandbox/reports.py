"""What comes out of the sandbox, taken with care: bounded, parsed strictly, believed only in its place."""

import json
import math
from collections.abc import Callable
from typing import Any

from apps.jobs.sandbox.failures import Crashed, TooMuchWritten
from apps.jobs.sandbox.task import Limits

LONGEST_SENTENCE = 2_000
LONGEST_LOG = 8_192

Progress = Callable[[float, str], None]
Printed = Callable[[bytes], None]


def plain(text: Any) -> str:
    """A sentence from inside, fit to be shown: one line, no control characters, bounded."""
    return "".join(c if c.isprintable() else " " for c in str(text)[:LONGEST_SENTENCE]).strip()


def _no_such_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("A number is beyond all bounds.")
    return number


def _whole(digits: str) -> int:
    _finite(digits)  # a whole number that no float could hold would fail wherever it is divided
    return int(digits)


class Reports:
    """Lines from the child. `walls` is only taken first, one ending is taken, and progress goes straight on."""

    def __init__(self, limits: Limits, on_progress: Progress | None, on_log: Printed | None = None):
        self.limits = limits
        self.on_progress = on_progress
        self.on_log = on_log
        self.walls: dict[str, Any] | None = None
        self.ending: dict[str, Any] | None = None
        self.log = b""
        self._said = 0
        self._rest = b""

    def take_log(self, data: bytes) -> None:
        """Keep the tail of what was printed, and pass it on as it comes."""
        self.log = (self.log + data)[-LONGEST_LOG:]
        if self.on_log:
            self.on_log(data)

    def take(self, data: bytes) -> None:
        """Take bytes as they come; raises TooMuchWritten or Crashed."""
        self._said += len(data)
        if self._said > self.limits.report_bytes:
            raise TooMuchWritten("The work was stopped: it reported more than it may.")
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take_line(line)

    def _take_line(self, line: bytes) -> None:
        try:
            report = json.loads(line, parse_constant=_no_such_number, parse_float=_finite, parse_int=_whole)
        except (ValueError, RecursionError) as error:
            raise Crashed("The work's report could not be read.") from error
        if not isinstance(report, dict):
            raise Crashed("The work's report could not be read.")
        if self.walls is None and self.ending is None:
            self.walls = report.get("walls") if isinstance(report.get("walls"), dict) else None
            self.ending = None if self.walls is not None else report
        elif "progress" in report:
            self._pass_on(report)
        elif self.ending is None:
            self.ending = report

    def _pass_on(self, report: dict[str, Any]) -> None:
        fraction = report["progress"]
        if self.on_progress and isinstance(fraction, int | float) and math.isfinite(fraction):
            self.on_progress(min(1.0, max(0.0, float(fraction))), plain(report.get("message", ""))[:200])
