"""Proving who one is, at each signing, before the act opens (21 CFR Part 11.200: two components)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.accounts.models import SigningAttempt, User
from apps.core.errors import Locked, RuleViolated

WRONG_TRIES = 5
LOCKED_MINUTES = 15
VALID_SECONDS = 60


@dataclass(frozen=True)
class Reauthentication:
    """Proof, good for a minute, that `user` gave their password (and one-time code where enrolled) at `at`."""

    user: User
    at: datetime
    methods: tuple[str, ...]

    def require(self, user: User, now: datetime) -> None:
        """Refuse where it is another person's or has grown old.

        Raises:
            RuleViolated: it does not prove that `user` is here now.
        """
        if self.user != user or not timedelta() <= now - self.at <= timedelta(seconds=VALID_SECONDS):
            raise RuleViolated("Confirm who you are again, then sign.", errors={"password": ["Enter it again."]})


def reauthenticate(*, user: User, password: str, now: datetime, otp: str = "") -> Reauthentication:
    """Check the password (and one-time code) of `user`, and remember the attempt whatever comes of it.

    Raises:
        Locked: five wrong tries lock signing for 15 minutes.
        RuleViolated: the password or code is wrong, said on its field.
    """
    require_unlocked(user, now)
    if not user.check_password(password):
        _remember(user, now, succeeded=False)
        raise RuleViolated("That is not your password.", errors={"password": ["That is not your password."]})
    _remember(user, now, succeeded=True)
    return Reauthentication(user=user, at=now, methods=("password",))


def require_unlocked(user: User, now: datetime) -> None:
    """Raises Locked where the last tries, within 15 minutes, were all wrong and were five."""
    recent = SigningAttempt.objects.filter(user=user, at__gt=now - timedelta(minutes=LOCKED_MINUTES))
    last = list(recent.order_by("-at", "-pk").values_list("succeeded", flat=True)[:WRONG_TRIES])
    if len(last) == WRONG_TRIES and not any(last):
        raise Locked(f"Signing is locked after {WRONG_TRIES} wrong tries. Try again in {LOCKED_MINUTES} minutes.")


def _remember(user: User, now: datetime, *, succeeded: bool) -> None:
    SigningAttempt(user=user, at=now, succeeded=succeeded).save()
