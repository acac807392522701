"""Keys to the API: made, shown once, used, taken out of use."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from apps.accounts import events
from apps.accounts.models import ApiToken, User
from apps.audit.acts import tell
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.events import Event
from apps.core.governed import Change

DAYS = 90
LIVE_AT_MOST = 50


@dataclass(frozen=True)
class Issued:
    """A new token, and the only sight of its secret."""

    token: ApiToken
    secret: str

    @property
    def expires_at(self) -> datetime:
        return self.token.expiry


def issue_token(*, actor: User, now: datetime, name: str = "", expires_in_days: int | None = None) -> Issued:
    """A key for oneself.

    Raises:
        BadInput: it would live longer than the installation allows.
        RuleViolated: there are fifty live ones already.
    """
    return _issue(events.TOKEN_ISSUED, actor, actor, name, expires_in_days, now)


def issue_machine_token(
    *, actor: User, machine: User, now: datetime, name: str = "", expires_in_days: int | None = None
) -> Issued:
    """A key for a service account, made by who keeps people.

    Raises:
        RuleViolated: `machine` is a person, who makes their own; or the account is closed.
    """
    if machine.account_kind != User.Kind.MACHINE or not machine.is_active:
        raise RuleViolated("Only an open service account is given a key by somebody else.")
    return _issue(events.MACHINE_TOKEN_ISSUED, actor, machine, name, expires_in_days, now)


def revoke_token(*, actor: User, token: ApiToken, now: datetime) -> ApiToken:
    """Take a key out of use: one's own, or as who keeps people another's.

    Raises:
        Conflict: it is out of use already.
    """
    own = token.user_id == actor.pk
    event = events.TOKEN_REVOKED if own else events.OTHERS_TOKEN_REVOKED
    with tell(event, actor=actor, subject=token.user, now=now) as changes:
        token = ApiToken.objects.select_for_update().get(pk=token.pk)
        if token.revoked_at:
            raise Conflict("This token is out of use already.")
        changes.append(_end(token, now))
    return token


def end_tokens(user: User, now: datetime) -> list[Change]:
    """Take every live key of `user` out of use; the caller tells of it in its own event."""
    return [_end(token, now) for token in ApiToken.objects.live(now).filter(user=user)]


def _issue(event: Event, actor: User, user: User, name: str, days: int | None, now: datetime) -> Issued:
    days = _allowed(days)
    digest, secret = get_digest_token()
    token = ApiToken(
        user=user,
        issued_by=actor,
        name=name.strip(),
        digest=digest,
        token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH],
        created=now,
        expiry=now + timedelta(days=days),
    )
    with tell(event, actor=actor, subject=user, now=now) as changes:
        if ApiToken.objects.live(now).filter(user=user).count() >= LIVE_AT_MOST:
            raise RuleViolated(f"There are {LIVE_AT_MOST} live tokens already. Take one out of use first.")
        token.save(force_insert=True)
        changes.append(Change(token, None, {"name": token.name, "expires_at": token.expiry}))
    return Issued(token, secret)


def _allowed(days: int | None) -> int:
    longest = settings.TOKEN_DAYS
    if days is None:
        return min(DAYS, longest)
    if not 1 <= days <= longest:
        raise BadInput(errors={"expires_in_days": [f"A token lives for 1 to {longest} days."]})
    return days


def _end(token: ApiToken, now: datetime) -> Change:
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    return Change(token, {"revoked_at": None}, {"revoked_at": now})
