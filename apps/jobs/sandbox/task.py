"""What a program in the sandbox is given, and how much it may use."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a piece of work may use; past any of them it is stopped with a sentence."""

    wall_seconds: float = 300
    cpu_seconds: int = 300
    memory_bytes: int = 6 * GIB  # address space, of which libraries map about 2 GiB without using it
    file_bytes: int = 512 * MIB  # one file
    scratch_bytes: int = 2 * GIB  # all files together
    scratch_files: int = 1_000
    open_files: int = 256
    threads: int = 64
    report_bytes: int = 4 * MIB  # everything it says: progress and result


@dataclass(frozen=True)
class Task:
    """A program's whole world: files to read, parameters, one folder to write in, a way to say how far it is."""

    inputs: dict[str, Path]
    parameters: dict[str, Any]
    scratch: Path
    say: Callable[[dict[str, Any]], None]

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell how far the work is: `fraction` within [0, 1] and a short sentence."""
        self.say({"progress": fraction, "message": message})
