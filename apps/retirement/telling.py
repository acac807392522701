"""Who is told that a model ought to have retired, and has not."""

from collections.abc import Iterator
from datetime import datetime

from apps.core.dates import overdue
from apps.notifications.rules import Reminder
from apps.retirement.models import Retirement
from apps.retirement.selectors import stands
from apps.retirement.services import under_way


def late(now: datetime) -> Iterator[Reminder]:
    """Approved retirements whose last day is over: carrying them out was refused, which is tried again and again."""
    approved = Retirement.objects.filter(status=Retirement.Status.APPROVED).select_related(
        "planned_by", "model__owner"
    )
    for row in approved.select_related("planned_by", "model__owner"):
        if overdue(row.last_day, now) and stands(row):
            why = under_way(row.model) or "An administrator finds the reason in the log."
            yield Reminder(
                key=f"{row.reference} not carried out",
                recipients=tuple({row.planned_by, row.model.owner}),
                sentence=f"{row.model.reference} was to retire on {row.last_day:%d %b %Y} and could not. {why}",
                url=row.get_absolute_url(),
                subject_kind=row.kind,
                subject_reference=row.reference,
                root_reference=row.model.reference,
            )
