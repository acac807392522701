"""Whom events of approvals concern, and who is reminded of what is due."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.approvals import events
from apps.approvals.models import Approval, Condition, Stage
from apps.approvals.seats import asked_stage, awaited
from apps.approvals.selectors import shortage
from apps.audit.models import Entry
from apps.core.dates import today
from apps.core.periodic import row_by_row
from apps.core.scope import find_root
from apps.notifications.rules import Reminder, notify, remind
from apps.notifications.services import tell_of


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.APPROVAL_OPENED, recipients=those_asked, sentence="{subject} waits for your decision.")
    notify(events.DECISION_SIGNED, recipients=involved, sentence="{actor} decided on {subject}.")
    notify(events.DECISION_SIGNED, recipients=those_asked, sentence="{subject} waits for your decision.")
    notify(
        events.APPROVAL_RETURNED, recipients=involved, sentence="{subject} changed and went back to its submitter."
    )
    notify(events.APPROVAL_WITHDRAWN, recipients=involved, sentence="{actor} took back the request about {subject}.")
    notify(events.APPROVAL_ENDED, recipients=involved, sentence="Nobody has to decide on {subject} any more.")
    notify(events.APPROVAL_SUSPENDED, recipients=involved, sentence="The approval of {subject} is suspended.")
    notify(events.SUSPENSION_LIFTED, recipients=involved, sentence="The approval of {subject} counts again.")
    notify(events.CONDITION_FULFILLED, recipients=involved, sentence="{actor} reports as fulfilled: {subject}")
    notify(events.CONDITION_VERIFIED, recipients=involved, sentence="{actor} verified: {subject}")
    notify(events.CONDITION_REFUSED, recipients=involved, sentence="{actor} was not convinced: {subject}")
    notify(events.CONDITION_OVERDUE, recipients=involved, sentence="Overdue: {subject}")
    remind("approvals.stages", stages_due)
    remind("approvals.conditions", conditions_due)


def those_asked(entry: Entry) -> Iterable[User]:
    """Who sits in the stage that is asked now and has not spoken."""
    return awaited(_approval(entry))


def involved(entry: Entry) -> set[User]:
    """Who asked, who decided, and who answers for what it is about."""
    return _involved(_approval(entry))


def _involved(approval: Approval) -> set[User]:
    people = {approval.opened_by, *(made.decider for made in approval.decisions.select_related("decider"))}
    root = find_root(approval.root_reference) if approval.root_reference else None
    owner = getattr(root, "owner", None)
    return people | ({owner} if owner else set())


def _approval(entry: Entry) -> Approval:
    return Approval.objects.get(reference=entry.subject_reference.partition(" ")[0])


def stages_due(now: datetime) -> Iterator[Reminder]:
    """The route's reminders: so many days before a stage's date, to those who have not signed."""
    rows = Stage.objects.filter(approval__status=Approval.Status.OPEN, due__isnull=False).select_related("approval")
    for stage in rows:
        approval = stage.approval
        if asked_stage(approval) != stage:
            continue
        days = (stage.due - today(now)).days
        step = next(step for step in approval.rule.stages if step.name == stage.name)
        if days in step.reminders_days or days < 0:
            late = "is overdue" if days < 0 else f"is due in {days} days"
            yield _about(
                approval,
                key=f"{stage.reference} due {stage.due} {'late' if days < 0 else days}",
                recipients=tuple(awaited(approval)),
                sentence=f"Your decision on {approval.title} {late}.",
            )


def tell_of_shortages(*, now: datetime) -> list[Approval]:
    """Tell, once a stage, of open ones that nobody can complete any more: those involved, and who keeps people."""
    waiting = Approval.objects.filter(status=Approval.Status.OPEN).select_related("opened_by").order_by("pk")
    return row_by_row(waiting, _is_short, _tell_of_shortage, now)


def _is_short(approval: Approval, now: datetime) -> bool:
    return shortage(approval) is not None


def _tell_of_shortage(approval: Approval, now: datetime) -> Approval:
    stage = asked_stage(approval)
    keepers = User.objects.filter(groups__name="administrator", is_active=True)
    reminder = _about(
        approval,
        key=f"{stage.reference if stage else approval.reference} can't be completed",
        recipients=tuple({*_involved(approval), *keepers}),
        sentence=f"{approval.title}: {shortage(approval)}",
    )
    tell_of(reminder, now=now)
    return approval


CONDITION_DAYS = (14, 3)


def conditions_due(now: datetime) -> Iterator[Reminder]:
    """Conditions that are due in two weeks, and in three days."""
    days = [today(now) + timedelta(days=days) for days in CONDITION_DAYS]
    rows = Condition.objects.binding().exclude(status=Condition.Status.VERIFIED).filter(due__in=days)
    for condition in rows.select_related("approval__opened_by"):
        yield _about(
            condition.approval,
            key=f"{condition.reference} due {condition.due} {(condition.due - today(now)).days}",
            recipients=tuple(_involved(condition.approval)),
            sentence=f"Due on {condition.due:%d %b %Y}: {condition.text}",
        )


def _about(approval: Approval, *, key: str, recipients: tuple[User, ...], sentence: str) -> Reminder:
    return Reminder(
        key=key,
        recipients=recipients,
        sentence=sentence,
        url=approval.get_absolute_url(),
        subject_kind=approval.kind,
        subject_reference=approval.reference,
        root_reference=approval.root_reference,
    )
