"""What rests on a run, so that it can't be put aside. Rooms that rest something on runs say so here."""

from collections.abc import Callable

from apps.tracking.models import Run

Reason = Callable[[Run], str]

_reasons: list[Reason] = []


def rests(reason: Reason) -> Reason:
    """Decorator: `reason` says in a sentence what rests on a run, or "" where nothing does."""
    _reasons.append(reason)
    return reason


def reasons(run: Run) -> list[str]:
    """Every sentence that keeps `run` from being put aside."""
    return [sentence for reason in _reasons if (sentence := reason(run))]
