"""Proving who one is at the doors. What is told of a failure never says what was typed."""

from datetime import datetime

from django.contrib.auth import authenticate
from django.db import transaction

from apps.accounts import codes, events
from apps.accounts.models import User
from apps.accounts.services.tokens import Issued, issue_token
from apps.accounts.throttling import tried
from apps.audit.acts import tell
from apps.core.errors import NotSignedIn

WRONG = "The address or the password is wrong, or the account is closed."
CODE_NEEDED = "This account gives a one-time code, too. Send it as otp."
WRONG_CODE = "The one-time code is wrong, or it was used already. Wait for the next one."


def exchange_for_token(
    *,
    email: str,
    password: str,
    place: str,
    now: datetime,
    otp: str = "",
    name: str = "",
    expires_in_days: int | None = None,
) -> Issued:
    """A key to the API for who proves to be the person of that address.

    Args:
        place: where the request comes from; tries are counted by address and by place.

    Raises:
        TooManyTries: too many failed ones lately.
        NotSignedIn: address, password or one-time code is wrong; which of the first two is not said.
    """
    with tried(account=email, place=place, now=now):
        user = authenticate(email=email, password=password)
        if not isinstance(user, User) or not user.is_person or not user.is_active:
            note_failure(email, now)
            raise NotSignedIn(WRONG)
        _require_code(user, otp, now)
    return issue_token(actor=user, now=now, name=name, expires_in_days=expires_in_days)


def note_failure(email: str, now: datetime) -> None:
    """Tell that somebody failed to log in: as the account of that address, or as nobody that is known.

    It takes the same work either way, so that time does not tell which addresses exist.
    """
    with transaction.atomic():
        system = User.objects.system()
        user = User.objects.people().filter(email__iexact=email.strip()).first()
        with tell(events.SIGN_IN_FAILED, actor=system, subject=user or system, now=now):
            pass


def note_sign_in(user: User, now: datetime) -> None:
    with tell(events.SIGNED_IN, actor=user, subject=user, now=now):
        pass


def note_sign_out(user: User, now: datetime) -> None:
    with tell(events.SIGNED_OUT, actor=user, subject=user, now=now):
        pass


def second_factor_holds(user: User, code: str, now: datetime) -> str | None:
    """Spend a one-time or a recovery code at a door: "totp", "recovery_codes", or None where it is neither."""
    if codes.spend_code(user, code, now):
        return "totp"
    if not codes.spend_recovery_code(user, code):
        return None
    with tell(events.RECOVERY_CODE_USED, actor=user, subject=user, now=now):
        return "recovery_codes"


def _require_code(user: User, otp: str, now: datetime) -> None:
    if not codes.are_enrolled(user):
        return
    if not otp:
        raise NotSignedIn(CODE_NEEDED, errors={"otp": [CODE_NEEDED]})
    if second_factor_holds(user, otp, now) is None:
        note_failure(user.email, now)
        raise NotSignedIn(WRONG_CODE, errors={"otp": [WRONG_CODE]})
