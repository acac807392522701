"""Every way an exemption changes: proposed, decided by an approval, revoked, expired."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.approvals.services.requests import open_approval
from apps.audit.acts import act
from apps.core import scope
from apps.core.consequences import carry
from apps.core.dates import overdue, today
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.governed import Governed
from apps.core.periodic import row_by_row
from apps.exceptions import events
from apps.exceptions.models import Exemption
from apps.policies.models import PolicyVersion
from apps.policies.selectors import applicable

Status = Exemption.Status
STRICTEST = 1


def propose_exemption(
    *,
    actor: User,
    sort: str,
    subject: Governed,
    reason: str,
    compensating_controls: str,
    expires_on: date,
    now: datetime,
    gate: str = "",
) -> Exemption:
    """Ask that a rule need not be met for a time, and lay it before those who decide.

    Args:
        subject: a version, a model or a finding.
        gate: the name of the gate to be covered; a risk acceptance may go without.

    Raises:
        BadInput: there is no such gate, or the date is past or more than a year off.
        Conflict: the same was asked already.
        RuleViolated: the model is retired.
    """
    if has_ended(subject):
        raise RuleViolated(f"{scope.root_reference(subject)} is retired; no rule asks anything of it any more.")
    _require_gate(sort, gate, now)
    _require_date(expires_on, now)
    asked = {"subject_kind": subject.kind, "subject_reference": subject.reference, "gate": gate, "sort": sort}
    if Exemption.objects.filter(status=Status.PROPOSED, **asked).exists():
        raise Conflict("The same has been asked for already and waits for a decision.")
    new = Exemption(
        root_reference=scope.root_reference(subject),
        reason=reason,
        compensating_controls=compensating_controls,
        expires_on=expires_on,
        proposed_by=actor,
        proposed_at=now,
        **asked,
    )
    route = applicable("approval_route", at=now, subject_kind="exemption", tier=_tier(subject))
    with transaction.atomic():
        with act(events.EXEMPTION_PROPOSED, actor=actor, creates=new, now=now, note=reason) as exemption:
            pass
        open_approval(
            actor=actor,
            kind="exemption",
            subject=exemption,
            title=exemption.title,
            route=route.rules,
            route_version=route.reference,
            now=now,
            cause=events.EXEMPTION_PROPOSED.verb,
        )
        return exemption


def has_ended(subject: Governed) -> bool:
    """What the subject hangs on was retired, so that there is nothing to be exempted from."""
    return getattr(scope.root_of(subject), "status", "") == "retired"


OUTCOMES = {
    "approved": (events.EXEMPTION_GRANTED, Status.GRANTED),
    "approved_with_conditions": (events.EXEMPTION_GRANTED, Status.GRANTED),
    "rejected": (events.EXEMPTION_REFUSED, Status.REFUSED),
    "sent_back": (events.EXEMPTION_REFUSED, Status.REFUSED),
    "returned": (events.EXEMPTION_REFUSED, Status.REFUSED),
    "withdrawn": (events.EXEMPTION_REFUSED, Status.REFUSED),
    "suspended": (events.EXEMPTION_SUSPENDED, Status.SUSPENDED),
    "lifted": (events.EXEMPTION_GRANTED, Status.GRANTED),
}


def follow_decision(
    exemption: Exemption, *, outcome: str, approval: Any, actor: User, now: datetime, cause: str
) -> None:
    """Its approval has ended, or counts no longer, or counts again: the exemption moves with it."""
    if exemption.status == Status.REVOKED:  # it ended for good, whatever becomes of the approval
        return
    event, status = OUTCOMES[outcome]
    with act(event, actor=actor, subject=exemption, now=now, cause=cause, note=approval.reference) as exemption:
        exemption.move_to(status)
        exemption.decided_at = now
        exemption.save()
    if event == events.EXEMPTION_SUSPENDED:
        carry(event, exemption, actor=actor, now=now)


def revoke_exemption(
    *, actor: User, exemption: Exemption, reason: str, now: datetime, revision: int | None = None
) -> Exemption:
    """End an exemption before its date. What was approved relying on it is suspended.

    Raises:
        IllegalTransition: it does not count anyway.
    """
    with transaction.atomic():
        with act(
            events.EXEMPTION_REVOKED, actor=actor, subject=exemption, now=now, note=reason, expected_revision=revision
        ) as exemption:
            exemption.move_to(Status.REVOKED)
            exemption.revoked_by, exemption.revoked_at = actor, now
            exemption.save()
        carry(events.EXEMPTION_REVOKED, exemption, actor=actor, now=now)
        return exemption


def announce_expired(*, now: datetime) -> list[Exemption]:
    """Announce each exemption whose last day is over, once. It counts no longer since that midnight."""
    granted = Exemption.objects.filter(status=Status.GRANTED, expired_at=None, expires_on__lt=today(now))
    return row_by_row(granted, _is_over, _announce, now)


def _is_over(exemption: Exemption, now: datetime) -> bool:
    counted = exemption.status == Status.GRANTED and exemption.expired_at is None
    return counted and overdue(exemption.expires_on, now)


def _announce(exemption: Exemption, now: datetime) -> Exemption:
    system = User.objects.system()
    with act(events.EXEMPTION_EXPIRED, actor=system, subject=exemption, now=now) as exemption:
        exemption.expired_at = now
        exemption.save()
    carry(events.EXEMPTION_EXPIRED, exemption, actor=system, now=now)
    return exemption


def _require_gate(sort: str, gate: str, now: datetime) -> None:
    if not gate and sort == Exemption.Sort.RISK_ACCEPTANCE:
        return
    known = {gate.name for version in _gate_policies(now) for gate in version.rules.gates}
    if gate not in known:
        named = ", ".join(sorted(known)) or "none in force"
        raise BadInput(errors={"gate": [f"No gate policy in force has a gate of this name. There are: {named}."]})


def _gate_policies(now: datetime) -> list[PolicyVersion]:
    return list(PolicyVersion.objects.in_force(now).filter(policy__policy_kind="gate_policy"))


def _require_date(expires_on: date, now: datetime) -> None:
    latest = today(now) + timedelta(days=Exemption.MAX_DAYS)
    if not today(now) <= expires_on <= latest:
        raise BadInput(errors={"expires_on": [f"Choose a date from today to {latest:%d %b %Y}; then ask again."]})


def _tier(subject: Governed) -> int:
    """The tier that the route is chosen by: the root's, or the strictest where it has none."""
    tier = getattr(scope.root_of(subject), "tier", None)
    if tier is None and scope.root_of(subject) is None:
        raise RuleViolated("An exemption is for a model, one of its versions, or a finding about them.")
    return tier or STRICTEST
