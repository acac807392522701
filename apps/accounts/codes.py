"""One-time codes (RFC 6238) and recovery codes: whether a person has them, and spending one."""

from datetime import datetime

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.db import IntegrityError, transaction

from apps.accounts.models import SpentCode, User

LATE = 1  # a code counts for one period before and after its own, since clocks differ


def are_enrolled(user: User) -> bool:
    """Whether `user` gives a one-time code beside the password."""
    return _authenticator(user, Authenticator.Type.TOTP) is not None


def spend_code(user: User, code: str, now: datetime) -> bool:
    """Whether `code` is the one-time code of `user` at `now` and was not used before; it is used up by this."""
    counter = _counter(user, code, now)
    if counter is None:
        return False
    try:
        with transaction.atomic():
            SpentCode(user=user, counter=counter).save()
    except IntegrityError:
        return False
    return True


def spend_recovery_code(user: User, code: str) -> bool:
    """Whether `code` is one of the recovery codes that `user` has left; it is used up by this. Not for signing."""
    with transaction.atomic():
        # Which codes are used is one number in the row: two log-ins at once would else spend the same one.
        held = Authenticator.objects.select_for_update().filter(user=user, type=Authenticator.Type.RECOVERY_CODES)
        row = held.first()
        return row is not None and bool(row.wrap().validate_code(code.strip()))


def _counter(user: User, code: str, now: datetime) -> int | None:
    row = _authenticator(user, Authenticator.Type.TOTP)
    if row is None:
        return None
    secret, middle = decrypt(row.data["secret"]), int(now.timestamp()) // app_settings.TOTP_PERIOD
    counters = range(middle - LATE, middle + LATE + 1)
    fitting = [
        counter
        for counter in counters
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, counter)))
    ]
    return fitting[0] if fitting else None


def _authenticator(user: User, sort: str) -> Authenticator | None:
    return Authenticator.objects.filter(user=user, type=sort).first()
