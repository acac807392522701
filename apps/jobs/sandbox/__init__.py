"""Untrusted work in a process of its own, behind walls that either stand or stop the work. Knows no Django.

    outcome = run("apps.evaluations.scoring.program", {"artifact": path}, {"format": "onnx"}, scratch=folder)

A program is a module (or a plugin's Python file) with `main(task: Task) -> dict`. docs/sandbox.md tells which walls
stand, what each limit means and how to check a machine.
"""

from apps.jobs.sandbox.check import check
from apps.jobs.sandbox.failures import (
    Cancelled,
    Crashed,
    Forbidden,
    OutOfMemory,
    Refused,
    SandboxFailure,
    TimedOut,
    TooMuchWritten,
    WallsMissing,
)
from apps.jobs.sandbox.runner import Outcome, run
from apps.jobs.sandbox.task import Limits, Task

__all__ = [
    "Cancelled",
    "Crashed",
    "Forbidden",
    "Limits",
    "OutOfMemory",
    "Outcome",
    "Refused",
    "SandboxFailure",
    "Task",
    "TimedOut",
    "TooMuchWritten",
    "WallsMissing",
    "check",
    "run",
]
