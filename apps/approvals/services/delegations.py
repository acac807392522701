"""Deciding in another's place, for a time. Both people stay bound by separation of duties."""

from datetime import datetime

from apps.accounts.models import User
from apps.approvals import events
from apps.approvals.models import Delegation
from apps.audit.acts import act
from apps.core.errors import RuleViolated


def delegate(
    *,
    actor: User,
    deputy: User,
    role: str,
    reason: str,
    ends_at: datetime,
    now: datetime,
    starts_at: datetime | None = None,
) -> Delegation:
    """Let `deputy` decide where `actor` could by `role`, between two moments; from now on unless told.

    Raises:
        RuleViolated: the actor does not hold the role, the deputy works elsewhere or may not decide at all, or the
            time is past.
    """
    if role not in actor.roles:
        raise RuleViolated("You can only lend a role that you hold.", errors={"role": ["You don't hold this role."]})
    beside = deputy != actor and not deputy.unit_ids.isdisjoint(actor.unit_ids)
    if not beside or not deputy.has_perm(str(events.DECISION_SIGNED.permission)):
        sentence = "Choose another person of your business units who may decide on approvals."
        raise RuleViolated(sentence, errors={"deputy": [sentence]})
    begins = max(starts_at or now, now)
    if ends_at <= begins:
        raise RuleViolated("It would end before it begins.", errors={"ends_at": ["Choose a later moment."]})
    new = Delegation(principal=actor, deputy=deputy, role=role, reason=reason, starts_at=begins, ends_at=ends_at)
    with act(events.DELEGATION_MADE, actor=actor, creates=new, now=now, note=reason) as delegation:
        return delegation


def end_delegation(*, actor: User, delegation: Delegation, now: datetime) -> Delegation:
    """End a delegation early.

    Raises:
        RuleViolated: it is another person's, or over.
    """
    with act(events.DELEGATION_ENDED, actor=actor, subject=delegation, now=now) as delegation:
        if delegation.principal != actor or delegation.ended_at is not None:
            raise RuleViolated("Only who made a delegation ends it, and only once.")
        delegation.ended_at = now
        delegation.save()
        return delegation
