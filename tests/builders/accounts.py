"""People's keys and second factors, in the state a test needs."""

import time

from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from apps.accounts.services.resets import carry_out_reset, request_reset
from apps.accounts.services.roles import grant_role, request_role
from apps.accounts.services.tokens import issue_token


def enrol(user):
    """Give `user` one-time codes; the app's secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_at(secret, moment=None):
    """What the app shows at `moment` (now, where none is given)."""
    seconds = moment.timestamp() if moment else time.time()
    return format_hotp_value(hotp_value(secret, int(seconds) // 30))


def a_token(user, now, **said):
    return issue_token(actor=user, now=now, **said)


def bearing(secret):
    """The header of who holds the token `secret`, for Django's test client."""
    return {"headers": {"authorization": f"Token {secret}"}}


def granted(asker, confirmer, user, role, now):
    """The grant of `role` to `user` by two administrators."""
    asked = request_role(actor=asker, user=user, role=role, reason="Needed", now=now)
    return grant_role(actor=confirmer, grant=asked, now=now)


def given_back(asker, confirmer, user, now, what="password"):
    """`user` after two administrators reset their password (or `what`), with the password of before chosen again."""
    asked = request_reset(actor=asker, user=user, what=what, reason="Forgotten", now=now)
    carry_out_reset(actor=confirmer, reset=asked, now=now)
    user = type(user).objects.get(pk=user.pk)
    user.set_password(user.email.partition("@")[0])
    user.save(update_fields=["password"])
    return user
