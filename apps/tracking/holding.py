"""What rests on runs, so that they can't be put aside. Rooms that rest something on runs say so here."""

from collections.abc import Callable

from django.db.models import QuerySet

from apps.tracking.models import Run

Reason = Callable[["QuerySet[Run]"], str]

_reasons: list[Reason] = []


def rests(reason: Reason) -> Reason:
    """Decorator: `reason` says in a sentence what rests on one of some runs, or "" where nothing does."""
    _reasons.append(reason)
    return reason


def reasons(runs: "QuerySet[Run]") -> list[str]:
    """Every sentence that keeps `runs` from being put aside."""
    return [sentence for reason in _reasons if (sentence := reason(runs))]
