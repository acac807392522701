"""What ends a command, and the exit code it ends with."""

from __future__ import annotations

from typing import Any

PASSED, FAILED, UNUSABLE, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 130


class Ended(Exception):
    """A command ends with a sentence for the person and an exit code for the shell.

    Args:
        sentence: what is wrong and what to do about it.
        details: further lines, such as the server's errors by field.
    """

    code = UNREACHABLE

    def __init__(self, sentence: str, *, details: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.details = details

    def as_dict(self) -> dict[str, Any]:
        return {"error": str(self), "details": list(self.details), "exit_code": self.code}


class NotFit(Ended):
    """What was asked about isn't fit, or there is nothing to judge it by."""

    code = FAILED


class Unusable(Ended):
    """What was given can't be used: a file, a reference, a setting, a permission."""

    code = UNUSABLE


class Unreachable(Ended):
    """The server can't be reached, doesn't answer in time, or fails."""

    code = UNREACHABLE
