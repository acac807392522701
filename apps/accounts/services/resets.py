"""A forgotten password, a lost phone, a closed account: one administrator asks, another one carries it out."""

from datetime import datetime

from allauth.mfa.models import Authenticator

from apps.accounts import events
from apps.accounts.links import link_for
from apps.accounts.models import Reset, User
from apps.accounts.services.tokens import end_tokens
from apps.audit.acts import act
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.governed import current

Status, What = Reset.Status, Reset.What


def request_reset(*, actor: User, user: User, what: str, reason: str, now: datetime) -> Reset:
    """Ask for a reset, for somebody else.

    Raises:
        RuleViolated: it is for oneself, or there is nothing to give back.
        Conflict: it was asked for already.
    """
    if what not in What.values:
        raise BadInput(errors={"what": ["Choose what is to be reset."]})
    user = User.objects.get(pk=user.pk)
    if user == actor:
        raise RuleViolated("Nobody resets their own account. Have another administrator ask for it.")
    if not user.is_person or user.is_active == (what == What.ACCOUNT):
        raise RuleViolated("There is nothing to give back: look at whether the account is open.")
    if Reset.objects.filter(user=user, what=what, status=Status.REQUESTED).exists():
        raise Conflict("This was asked for already, and waits for a second person.")
    new = Reset(user=user, what=what, reason=reason, requested_by=actor, requested_at=now)
    with act(events.RESET_REQUESTED, actor=actor, creates=new, now=now, note=reason) as reset:
        return reset


def carry_out_reset(*, actor: User, reset: Reset, now: datetime, revision: int | None = None) -> tuple[Reset, str]:
    """Carry out a reset that another administrator asked for. Sessions and keys of the person end with it.

    Returns:
        The reset, and the one-time link to hand over; "" where the password stays.

    Raises:
        RuleViolated: `actor` asked for it, or it is their own account.
        IllegalTransition: it is not waiting.
    """
    with act(events.RESET_DONE, actor=actor, subject=reset, now=now, expected_revision=revision) as reset:
        user = User.objects.select_for_update(no_key=True).get(pk=reset.user_id)
        reset.move_to(Status.DONE)
        reset.confirmed_by, reset.ended_at = actor, now
        reset.save()
        if reset.what == What.SECOND_FACTOR:
            Authenticator.objects.filter(user=user).delete()
            user.sessions_ended += 1  # whoever found the phone may be logged in
            user.save(update_fields=["sessions_ended"])
            current().changes.extend(end_tokens(user, now))
            return reset, ""
        user.is_active = True
        user.set_unusable_password()  # random, so it ends every session, and every older link
        user.save(update_fields=["is_active", "password"])
        current().changes.extend(end_tokens(user, now))
        return reset, link_for(user)


def decline_reset(
    *, actor: User, reset: Reset, now: datetime, reason: str = "", revision: int | None = None
) -> Reset:
    """Don't carry it out; also how who asked takes it back."""
    with act(
        events.RESET_DECLINED, actor=actor, subject=reset, now=now, expected_revision=revision, note=reason
    ) as reset:
        reset.move_to(Status.DECLINED)
        reset.ended_at = now
        reset.save()
        return reset
