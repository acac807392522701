"""What follows from an event in rooms that come later.

An early room's service carries its event right after its act; a later room has said that it follows it. Each
consequence is an act of its own that names its cause, and all of them stand or fall with the first: one transaction.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core.events import Event

Handler = Callable[..., None]

_followers: defaultdict[str, list[Handler]] = defaultdict(list)


def follow(event: Event, handler: Handler) -> None:
    """Call `handler(row, actor=…, now=…, cause=verb)` whenever `event` is carried. Once, in AppConfig.ready()."""
    if handler not in _followers[event.verb]:
        _followers[event.verb].append(handler)


def carry(event: Event, row: Any, *, actor: Any, now: datetime) -> None:
    """Let later rooms act on what has just happened to `row`, inside the transaction that the caller has open."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{event.verb} is carried outside of the transaction it belongs to.")
    for handler in _followers[event.verb]:
        handler(row, actor=actor, now=now, cause=event.verb)
