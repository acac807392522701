"""Deciding: the one place where a person's word on a record becomes a signed decision."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.reauthentication import Reauthentication
from apps.approvals import events
from apps.approvals.models import Approval, Condition, Decision, Stage
from apps.approvals.seats import Seat, obstacle_to, seat_of
from apps.approvals.services.requests import ask, return_changed, tell_subject
from apps.audit.acts import act
from apps.core import subjects
from apps.core.canonical import digest
from apps.core.dates import today
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.policies.rules.routes import Standing, standing
from apps.signatures.models import Signature
from apps.signatures.services import sign

Kind = Decision.Kind
CHANGED = "What this approval was about has changed since it was laid before you, so it went back to its submitter."
GRANTS = (Kind.APPROVE, Kind.APPROVE_WITH_CONDITIONS)
MEANINGS = {
    Kind.APPROVE: Signature.Meaning.APPROVAL,
    Kind.APPROVE_WITH_CONDITIONS: Signature.Meaning.CONDITIONAL_APPROVAL,
    Kind.SEND_BACK: Signature.Meaning.RETURN,
    Kind.REJECT: Signature.Meaning.REJECTION,
}


def decide(
    *,
    actor: User,
    approval: Approval,
    decision: str,
    reason: str,
    dossier_digest: str,
    reauthentication: Reauthentication,
    now: datetime,
    conditions: Sequence[dict[str, Any]] = (),
    exceptions: Sequence[str] = (),
) -> Decision:
    """Decide on the record that was shown, and sign it.

    Args:
        dossier_digest: the digest of the record as the person saw it.
        conditions: [{text, due, check?}], with approve_with_conditions only.
        exceptions: references of exceptions that the decision relies upon.

    Raises:
        Conflict: the record is another than was shown or has changed (the request then goes back to its submitter),
            or the person has decided already.
        RuleViolated: the person's part in the subject bars them, or the rules forbid this decision.
        PermissionDenied: the person has no seat in the open stage.
    """
    _return_if_changed(actor, approval, now)
    said = {
        "decision": decision,
        "dossier_digest": dossier_digest,
        "conditions": conditions,
        "exceptions": exceptions,
    }
    with transaction.atomic():
        with act(events.DECISION_SIGNED, actor=actor, subject=approval, now=now, note=reason) as approval:
            stage, principal = _check(actor, approval, now, **said)
            _require_same_record(approval)
            signature = sign(
                by=reauthentication,
                meaning=MEANINGS[Kind(decision)],
                subject=approval,
                record_digest=approval.dossier_digest,
                now=now,
                decision=str(decision),
                reason=reason,
                conditions=list(conditions),
                exceptions=list(exceptions),
                in_place_of=principal.reference if principal else None,
            )
            made = Decision(
                approval=approval,
                root_reference=approval.root_reference,
                stage=stage,
                decider=actor,
                in_place_of=principal,
                decision=decision,
                reason=reason,
                dossier_digest=approval.dossier_digest,
                exceptions=list(exceptions),
                signature=signature,
                decided_at=now,
            )
            made.save()
            _lay_down(conditions, made)
            stands = _advance(approval, stage, now)
        if stands.decided:
            tell_subject(approval, stands.outcome, actor=actor, now=now, cause=events.DECISION_SIGNED.verb)
        return made


def require_ready(
    *,
    actor: User,
    approval: Approval,
    decision: str,
    dossier_digest: str,
    now: datetime,
    conditions: Sequence[dict[str, Any]] = (),
    exceptions: Sequence[str] = (),
    **_: Any,
) -> None:
    """Refuse what `decide` would refuse, before a password is looked at.

    Call it outside of any transaction: a record that has changed goes back to its submitter here.

    Raises:
        Conflict, RuleViolated, PermissionDenied: as `decide`.
    """
    said = {
        "decision": decision,
        "dossier_digest": dossier_digest,
        "conditions": conditions,
        "exceptions": exceptions,
    }
    _require_seat(actor, approval, now)
    _return_if_changed(actor, approval, now)
    _check(actor, approval, now, **said)


def _check(
    actor: User,
    approval: Approval,
    now: datetime,
    *,
    decision: str,
    dossier_digest: str,
    conditions: Sequence[dict[str, Any]],
    exceptions: Sequence[str],
) -> tuple[Stage, User | None]:
    """The open stage, and whose seat in it the actor takes (None for their own), if they may say this now."""
    principal = _require_seat(actor, approval, now).principal
    if dossier_digest != approval.dossier_digest:
        raise Conflict("You were shown another record than the one that waits here. Look at it again, then decide.")
    _require_grounds(approval, decision, exceptions, now)
    _require_conditions(approval, decision, conditions, now)
    return approval.stages.filter(opened_at__isnull=False).latest("number"), principal


def _require_seat(actor: User, approval: Approval, now: datetime) -> Seat:
    """Where the actor decides.

    Raises:
        IllegalTransition, PermissionDenied, Conflict, RuleViolated: the first obstacle, in the order of `seats`.
    """
    seat = seat_of(actor, approval, now)
    if seat.obstacle:
        seat.obstacle.refuse()
    return seat


def _return_if_changed(actor: User, approval: Approval, now: datetime) -> None:
    approval.refresh_from_db()
    if approval.status != Approval.Status.OPEN or _is_same_record(approval):
        return
    if actor.may(str(events.DECISION_SIGNED.permission), approval):
        return_changed(actor=actor, approval=approval, now=now)
    raise Conflict(CHANGED)


def _require_same_record(approval: Approval) -> None:
    """Once more under the lock: the record may have changed while the person typed."""
    if not _is_same_record(approval):
        raise Conflict(CHANGED)


def _is_same_record(approval: Approval) -> bool:
    subject = subjects.subject_of(approval.subject_kind)
    return digest(subject.snapshot(subject.find(approval.subject_reference))) == approval.dossier_digest


def _require_grounds(approval: Approval, decision: str, exceptions: Sequence[str], now: datetime) -> None:
    if decision not in GRANTS:
        return
    obstacle = obstacle_to(approval, exceptions, now)
    if obstacle:
        raise RuleViolated(obstacle)


def _require_conditions(
    approval: Approval, decision: str, conditions: Sequence[dict[str, Any]], now: datetime
) -> None:
    conditional = decision == Kind.APPROVE_WITH_CONDITIONS
    if conditional != bool(conditions):
        said = "State at least one condition." if conditional else "Only an approval with conditions has conditions."
        raise BadInput(errors={"conditions": [said]})
    rule = approval.rule.conditions
    if conditions and not rule.allowed:
        raise RuleViolated("The route of this approval allows no conditions.")
    for number, condition in enumerate(conditions):
        late = today(now) + timedelta(days=rule.max_days)
        if not today(now) <= _date(condition["due"]) <= late:
            raise BadInput(errors={f"conditions[{number}].due": [f"Choose a date from today to {late:%d %b %Y}."]})


def _date(said: date | str) -> date:
    return date.fromisoformat(said) if isinstance(said, str) else said


def _lay_down(conditions: Sequence[dict[str, Any]], decision: Decision) -> None:
    taken = decision.approval.conditions.count()
    for number, condition in enumerate(conditions, start=taken + 1):
        Condition(
            approval=decision.approval,
            decision=decision,
            root_reference=decision.root_reference,
            number=number,
            text=condition["text"],
            due=_date(condition["due"]),
            check_measure=condition.get("check"),
        ).save()


def _advance(approval: Approval, stage: Stage, now: datetime) -> Standing:
    """Move the approval on after a decision: to its end, to the next stage, or nowhere yet."""
    route = approval.rule
    decisions = [
        {"stage": made.stage.name, "person": (made.in_place_of or made.decider).reference, "decision": made.decision}
        for made in approval.decisions.select_related("stage", "decider", "in_place_of").order_by("pk")
    ]
    stands = standing(route, decisions, {step.name: step.asked for step in approval.stages.all()})
    if stands.decided:
        approval.move_to(stands.outcome)
        approval.decided_at = now
        approval.save()
    elif stands.stage != stage.name:
        following = approval.stages.get(name=stands.stage)
        ask(following, next(step.deadline_days for step in route.stages if step.name == stands.stage), now)
        following.save()
    return stands
