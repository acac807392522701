"""The calendar's part: each period of each plan is closed once it is over, and again when more of it has come."""

from datetime import datetime, timedelta

from django.db.models import Max, Q

from apps.accounts.models import User
from apps.jobs.models import Job
from apps.monitoring.models import Batch, Plan
from apps.monitoring.services.windows import close_window, name_of

OUTCOMES_AGAIN = timedelta(days=1)  # outcomes may come by the hour; a window is not measured anew for each of them


def close_due(*, now: datetime) -> list[Job]:
    """Close every period that is over and of which something has come that no closing has seen.

    Ended plans go on being judged by: what their versions predicted, and what came of it, may come late.
    """
    system = User.objects.system()
    return [
        close_window(actor=system, model=plan.model, plan=plan, start=start, end=end, now=now)
        for plan in Plan.objects.select_related("model", "version", "policy").order_by("pk")
        for start, end in _over(plan, now)
        if _has_news(plan, start, end, now)
    ]


def _over(plan: Plan, now: datetime) -> list[tuple[datetime, datetime]]:
    """The periods of a plan that are over, oldest first; the last one ends where its version's next plan starts."""
    length = timedelta(days=plan.policy.rules.window.length_days)
    following = Plan.objects.filter(version=plan.version, pk__gt=plan.pk).order_by("pk").first()
    until = following.started_at if following else now
    starts = [plan.started_at + length * n for n in range(-((plan.started_at - until) // length))]
    periods = [(start, min(start + length, until) if following else start + length) for start in starts]
    return [(start, end) for start, end in periods if end <= now]


def _has_news(plan: Plan, start: datetime, end: datetime, now: datetime) -> bool:
    """Whether predictions came since it was last tried, or, once they may be expected, outcomes."""
    own = Q(versions__has_key=plan.version.reference) | Q(versions={})
    rows = Batch.objects.taken(plan.model, "predictions").filter(own, first_at__lt=end, last_at__gte=start)
    newest = _taken(rows)
    if newest is None:
        return False
    tried = _tried(plan, start, end)
    if tried is None or newest > tried:
        return True
    expected = timedelta(days=plan.policy.rules.window.outcomes_after_days)
    if now < max(end + expected, tried + OUTCOMES_AGAIN):
        return False
    outcomes = _taken(Batch.objects.taken(plan.model, "outcomes").filter(accepted__gt=0))
    return outcomes is not None and outcomes > tried


def _taken(batches) -> datetime | None:
    return batches.aggregate(at=Max("taken_at"))["at"]


def _tried(plan: Plan, start: datetime, end: datetime) -> datetime | None:
    """When this window was last asked for; where that job is no longer known, when it was closed."""
    asked = Job.objects.filter(once=name_of(plan, start, end)).aggregate(at=Max("created_at"))["at"]
    return asked or plan.windows.filter(start=start, end=end).aggregate(at=Max("closed_at"))["at"]
