"""Asking for an approval, taking the request back, suspending what was granted."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.approvals import events
from apps.approvals.models import Approval, Stage
from apps.approvals.seats import askable, nobody_for, objection, obstacle_to
from apps.audit.acts import act
from apps.core import scope, subjects
from apps.core.canonical import canonical, digest
from apps.core.dates import today
from apps.core.errors import RuleViolated
from apps.core.governed import Governed
from apps.policies.rules.routes import ApprovalRoute

Status = Approval.Status


def open_approval(
    *,
    actor: User,
    kind: str,
    subject: Governed,
    title: str,
    route: ApprovalRoute,
    route_version: str,
    now: datetime,
    cause: str,
    asked_by: User | None = None,
) -> Approval:
    """Freeze the subject's record and lay it before the deciders of the route's first stage.

    Args:
        kind: what is asked for, in the route's words: model_version, retirement, exemption.
        route_version: the policy version that the route was taken from.
        cause: the event that this request follows from.
        asked_by: who asks, and so can't decide; the actor unless another is named.

    Raises:
        RuleViolated: a stage that asks all has nobody to ask, so it would wait for ever.
    """
    require_deciders(route=route, subject=subject, asked_by=asked_by or actor, now=now)
    record = subjects.subject_of(subject.kind).snapshot(subject)
    new = Approval(
        kind_of_request=kind,
        title=title,
        subject_kind=subject.kind,
        subject_reference=subject.reference,
        root_reference=scope.root_reference(subject),
        record=canonical(record).decode(),
        dossier_digest=digest(record),
        route=route.model_dump(mode="json"),
        route_version=route_version,
        opened_by=asked_by or actor,
        opened_at=now,
    )
    with act(events.APPROVAL_OPENED, actor=actor, creates=new, now=now, cause=cause) as approval:
        for number, step in enumerate(route.stages, start=1):
            stage = Stage(
                approval=approval,
                root_reference=approval.root_reference,
                number=number,
                name=step.name,
                role=step.role or "",
                permission=step.permission or "",
                quorum=step.quorum,
                mode=step.mode,
            )
            if number == 1:
                ask(stage, step.deadline_days, now)
            stage.save()
        return approval


def require_deciders(*, route: ApprovalRoute, subject: Governed, asked_by: User, now: datetime) -> None:
    """Refuse what would wait for ever, where it can be told before anything is asked."""
    nobody = nobody_for(route, subject, asked_by, now)
    if nobody:
        raise RuleViolated(nobody)


def ask(stage: Stage, deadline_days: int, now: datetime) -> None:
    """Mark a stage as open: its deadline runs, and where all must sign, who they are is fixed."""
    stage.opened_at, stage.due = now, today(now) + timedelta(days=deadline_days)
    if stage.mode == "all":
        stage.asked = sorted(person.reference for person in askable(stage))


def withdraw_approval(
    *, actor: User, approval: Approval, reason: str, now: datetime, revision: int | None = None
) -> Approval:
    """Take a request back before it is decided.

    Raises:
        IllegalTransition: it is decided already.
        RuleViolated: somebody else asked for it.
    """
    return _end(
        events.APPROVAL_WITHDRAWN,
        Status.WITHDRAWN,
        actor=actor,
        approval=approval,
        now=now,
        note=reason,
        revision=revision,
    )


def return_changed(*, actor: User, approval: Approval, now: datetime) -> Approval:
    """Send a request back because its record is not what it was when the request was made."""
    return _end(
        events.APPROVAL_RETURNED,
        Status.RETURNED,
        actor=actor,
        approval=approval,
        now=now,
        note="The record changed after it was laid before the deciders.",
        cause=events.DECISION_SIGNED.verb,
    )


def end_undecided(*, actor: User, approval: Approval, reason: str, now: datetime, cause: str) -> Approval:
    """End a request because what it is about came to its end; whoever asked is told."""
    return _end(
        events.APPROVAL_ENDED, Status.WITHDRAWN, actor=actor, approval=approval, now=now, note=reason, cause=cause
    )


def suspend_approval(
    *, actor: User, approval: Approval, reason: str, now: datetime, cause: str = "", revision: int | None = None
) -> Approval:
    """Let an approval not count for the time being: a condition is overdue, a policy says so, or a person does."""
    with transaction.atomic():
        with act(
            events.APPROVAL_SUSPENDED,
            actor=actor,
            subject=approval,
            now=now,
            note=reason,
            cause=cause,
            expected_revision=revision,
        ) as approval:
            approval.granted_as, granted = approval.status, Status.SUSPENDED
            approval.move_to(granted)
            approval.suspension = reason
            approval.save()
        tell_subject(approval, "suspended", actor=actor, now=now, cause=events.APPROVAL_SUSPENDED.verb)
        return approval


def lift_suspension(
    *, actor: User, approval: Approval, reason: str, now: datetime, revision: int | None = None
) -> Approval:
    """Let a suspended approval count again, once what it was suspended over is settled.

    Where it rested on an exception that ended, one that covers the same now stands in for it, and is kept with it.

    Raises:
        RuleViolated: the actor's part in the subject bars them, a condition is overdue, or what it rests on is gone.
    """
    with transaction.atomic():
        with act(
            events.SUSPENSION_LIFTED, actor=actor, subject=approval, now=now, note=reason, expected_revision=revision
        ) as approval:
            approval.move_to(approval.granted_as)
            approval.stand_ins = _settled(actor, approval, now)
            approval.suspension = ""
            approval.save()
        tell_subject(approval, "lifted", actor=actor, now=now, cause=events.SUSPENSION_LIFTED.verb)
        return approval


def _settled(actor: User, approval: Approval, now: datetime) -> list[str]:
    """The exceptions that stand in for those that ended; refused where something is not settled yet."""
    barred = objection(actor, approval)
    if barred:
        barred.refuse()
    late = approval.late_condition(now)
    if late is not None:
        raise RuleViolated(f"Condition {late.number} was due on {late.due:%d %b %Y}. It has to be verified first.")
    relied_upon = approval.relied_upon()
    subject = subjects.subject_of(approval.subject_kind)
    stand_ins = subject.stand_ins(subject.find(approval.subject_reference), relied_upon, now)
    counting = {*(stand_ins.get(reference, reference) for reference in relied_upon), *stand_ins.values()}
    obstacle = obstacle_to(approval, sorted(counting), now)
    if obstacle:
        raise RuleViolated(obstacle)
    return sorted(set(stand_ins.values()))


def tell_subject(approval: Approval, outcome: str, *, actor: User, now: datetime, cause: str) -> None:
    """Let the room that owns the subject act on what was decided, in the transaction that is open."""
    subject = subjects.subject_of(approval.subject_kind)
    row = subject.find(approval.subject_reference)
    subject.on_decided(row, outcome=outcome, approval=approval, actor=actor, now=now, cause=cause)


def _end(event: Any, status: str, *, approval: Approval, actor: User, now: datetime, **said: Any) -> Approval:
    revision = said.pop("revision", None)
    with transaction.atomic():
        with act(event, actor=actor, subject=approval, now=now, expected_revision=revision, **said) as approval:
            approval.move_to(status)
            if event == events.APPROVAL_WITHDRAWN and actor != approval.opened_by:
                raise RuleViolated(f"Only {approval.opened_by.name}, who asked for it, takes it back.")
            approval.decided_at = now
            approval.save()
        tell_subject(approval, str(status), actor=actor, now=now, cause=event.verb)
        return approval
