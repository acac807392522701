"""How a room printed before jobs asks for slow work: it offers the work here, and jobs, which comes later, does it.

Where nobody has come to do it (a command, a test of this room alone), it is done at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Work:
    """One kind of slow work.

    Args:
        name: like "audit.export"; title: what people call it.
        call: takes a run (`parameters`, `progress(share, message)`) and returns the result as JSON.
    """

    name: str
    title: str
    call: Callable[[Any], Mapping[str, Any]]


class AtOnce:
    """A run that nobody watches."""

    def __init__(self, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters

    def progress(self, share: float, message: str = "") -> None:
        """Nobody looks on."""


_offered: dict[str, Work] = {}
_ask: Callable[..., Any] | None = None


def offer(work: Work) -> None:
    """Make work known; called in the room's AppConfig.ready()."""
    _offered[work.name] = work


def offered() -> list[Work]:
    return list(_offered.values())


def done_by(ask: Callable[..., Any]) -> None:
    """Let `ask(name, now=, requested_by=, **parameters)` take orders; it returns the job. Jobs calls this once."""
    global _ask
    _ask = ask


def ask(name: str, *, now: datetime, requested_by: Any = None, **parameters: Any) -> Any:
    """Order work that a room has offered: the job, or None where it has been done on the spot.

    Raises:
        LookupError: no room offers it.
    """
    work = _offered[name]
    if _ask is not None:
        return _ask(name, now=now, requested_by=requested_by, **parameters)
    work.call(AtOnce(parameters))
    return None
