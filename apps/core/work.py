"""How a room printed before jobs asks for slow work: it offers the work here, and jobs does it."""

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
        call: takes a run (`parameters`, `progress(share, message)`) and returns the result as JSON. It may be called
            again after a worker died, so what it did before must do no harm.
    """

    name: str
    title: str
    call: Callable[[Any], Mapping[str, Any]]


_offered: dict[str, Work] = {}
_doer: dict[str, Callable[..., Any]] = {}


def offer(work: Work) -> None:
    """Make work known; called in the room's AppConfig.ready()."""
    _offered[work.name] = work


def offered() -> list[Work]:
    return list(_offered.values())


def done_by(*, ask: Callable[..., Any], accepted: Callable[..., Any]) -> None:
    """Who takes orders: `ask(name, now=, requested_by=, **parameters)` gives a job, `accepted(job, **more)` the API's
    answer to who ordered it. Jobs says this once.
    """
    _doer.update(ask=ask, accepted=accepted)


def ask(name: str, *, now: datetime, requested_by: Any = None, **parameters: Any) -> Any:
    """Order work that a room has offered; the job has `pk` and `get_absolute_url()`.

    Raises:
        LookupError: no room offers it.
    """
    if name not in _offered:
        raise LookupError(f"No room offers the work {name!r}.")
    return _doer["ask"](name, now=now, requested_by=requested_by, **parameters)


def accepted(job: Any, **more: Any) -> Any:
    """The API's 202 for a job, with `more` beside it."""
    return _doer["accepted"](job, **more)
