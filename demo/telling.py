"""What is printed: chapters, steps as they happen with a bar of progress, figures, and where to look."""

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

WIDTH = 30


class Telling:
    """The story's voice. On a terminal a step's line is drawn over until it is done; elsewhere it is printed once."""

    def __init__(self, address: str, chapters: int) -> None:
        self.address, self.chapters, self.told = address, chapters, 0
        self.lines: list[str] = []
        self.live = sys.stdout.isatty()
        self.began = time.monotonic()

    def chapter(self, title: str) -> None:
        self.told += 1
        bar = "█" * round(WIDTH * self.told / self.chapters)
        self._print(f"\n{bar:░<{WIDTH}} {self.told}/{self.chapters}  {title}")

    @contextmanager
    def step(self, what: str) -> Iterator["Step"]:
        """One thing that somebody does; the body may say how far it is and what came of it."""
        step = Step(self, what)
        step.watch(0.0, "")
        yield step
        step.finish()

    def look(self, path: str) -> None:
        self._print(f"      see {self.address}{path}")

    def says(self, text: str) -> None:
        self._print(f"      {text}")

    def _print(self, text: str) -> None:
        self.lines.append(text)
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


class Step:
    def __init__(self, telling: Telling, what: str) -> None:
        self.telling, self.what, self.outcome = telling, what, ""
        self.began = time.monotonic()

    def came(self, outcome: Any) -> None:
        """What came of it, shown behind the step."""
        self.outcome = str(outcome)

    def watch(self, share: float, message: str) -> None:
        if not self.telling.live:
            return
        bar = "▪" * round(10 * share)
        columns = shutil.get_terminal_size().columns
        text = f"  … {self.what} {bar:·<10} {message}"
        sys.stdout.write(f"\r\033[K{text[: columns - 1]}")
        sys.stdout.flush()

    def finish(self) -> None:
        if self.telling.live:
            sys.stdout.write("\r\033[K")
        seconds = time.monotonic() - self.began
        took = f" ({seconds:.0f} s)" if seconds >= 2 else ""
        self.telling._print(f"  ✓ {self.what}{took}{f' → {self.outcome}' if self.outcome else ''}")
