"""Conditions of an approval: reported as fulfilled by one person, verified by another, suspended over when late."""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.approvals import events
from apps.approvals.models import Approval, Condition
from apps.approvals.services.requests import suspend_approval
from apps.audit.acts import act
from apps.audit.selectors import has_caused
from apps.core import subjects
from apps.core.dates import overdue
from apps.core.errors import IllegalTransition, RuleViolated
from apps.core.periodic import row_by_row

Status = Condition.Status


def fulfil_condition(
    *,
    actor: User,
    condition: Condition,
    evidence: dict[str, Any],
    note: str,
    now: datetime,
    revision: int | None = None,
) -> Condition:
    """Report a condition as fulfilled, with what shows it.

    Args:
        evidence: references and figures: {"window": "…", "results": […]}.
    Raises:
        BadInput: it refers to something that is not here.
    """
    with act(
        events.CONDITION_FULFILLED, actor=actor, subject=condition, now=now, note=note, expected_revision=revision
    ) as condition:
        _require_binding(condition)
        subjects.require_known(evidence.get("references", ()), actor)
        condition.move_to(Status.FULFILLED)
        condition.evidence, condition.note = evidence, note
        condition.fulfilled_by, condition.fulfilled_at = actor, now
        condition.save()
        return condition


def verify_condition(
    *, actor: User, condition: Condition, note: str, now: datetime, revision: int | None = None
) -> Condition:
    """Confirm, as another person, that the evidence shows what the condition asked for.

    Raises:
        RuleViolated: the actor reported it, now or before, or has a part in what was approved.
    """
    with act(
        events.CONDITION_VERIFIED, actor=actor, subject=condition, now=now, note=note, expected_revision=revision
    ) as condition:
        _require_binding(condition)
        condition.move_to(Status.VERIFIED)
        _require_no_part(actor, condition)
        condition.verified_by, condition.verified_at = actor, now
        condition.save()
        return condition


def refuse_condition(
    *, actor: User, condition: Condition, note: str, now: datetime, revision: int | None = None
) -> Condition:
    """Say, as another person, that the evidence does not show it; the condition is open again."""
    with act(
        events.CONDITION_REFUSED, actor=actor, subject=condition, now=now, note=note, expected_revision=revision
    ) as condition:
        _require_binding(condition)
        condition.move_to(Status.OPEN)
        _require_no_part(actor, condition)
        condition.save()
        return condition


def _require_binding(condition: Condition) -> None:
    if not condition.binds:
        state = condition.approval.get_status_display().lower()
        raise IllegalTransition(f"{condition.approval.reference} is {state}, so its conditions bind nobody.")


def _require_no_part(actor: User, condition: Condition) -> None:
    approval = condition.approval
    if actor == approval.opened_by:
        raise RuleViolated("You asked for this approval, so somebody else has to verify what it is bound to.")
    about = subjects.subject_of(approval.subject_kind)
    barred = about.conflicts(about.find(approval.subject_reference), actor)
    if barred is not None:
        raise RuleViolated(barred)
    if has_caused(actor, events.CONDITION_FULFILLED, condition):
        raise RuleViolated("You reported it before, so somebody else has to verify it.")


def announce_overdue(*, now: datetime) -> list[Condition]:
    """Announce each condition whose date has passed unverified, once, and suspend the approval it belongs to."""
    waiting = Condition.objects.binding().exclude(status=Status.VERIFIED).filter(overdue_at=None)
    return row_by_row(waiting, _is_late, _announce, now)


def _is_late(condition: Condition, now: datetime) -> bool:
    unsaid = condition.status != Status.VERIFIED and condition.overdue_at is None
    return unsaid and condition.binds and overdue(condition.due, now)


def _announce(condition: Condition, now: datetime) -> Condition:
    system = User.objects.system()
    with act(events.CONDITION_OVERDUE, actor=system, subject=condition, now=now) as condition:
        condition.overdue_at = now
        condition.save()
    approval = Approval.objects.get(pk=condition.approval_id)
    if approval.granted:
        reason = f"Condition {condition.number} was due on {condition.due:%d %b %Y} and has not been verified."
        suspend_approval(actor=system, approval=approval, reason=reason, now=now, cause=events.CONDITION_OVERDUE.verb)
    return condition
