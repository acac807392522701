"""Proving who one is, at each signing, before the act opens (21 CFR Part 11.200: two components)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from apps.accounts import codes, events
from apps.accounts.models import SigningAttempt, User
from apps.audit.acts import tell
from apps.core.errors import Locked, RuleViolated

WRONG_TRIES = 5
LOCKED_MINUTES = 15
VALID_SECONDS = 60

WRONG_PASSWORD = "That is not your password."
WRONG_CODE = "That is not your one-time code, or it was used already. Wait for the next one."
NO_CODE = "Enter the one-time code of your authenticator app."


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

    Call it outside of any transaction: the attempt must stay when what follows is refused.

    Raises:
        Locked: five wrong tries lock signing for 15 minutes.
        RuleViolated: the password or code is wrong, said on its field; or `user` is no person.
    """
    if not user.is_person:
        raise RuleViolated("A service account can't sign. A person has to.")
    require_unlocked(user, now)
    proved = user.check_password(password)  # slow by design, hence before the row is locked
    with transaction.atomic(durable=True):
        # One try after another: those that race are recorded in some order, and none after the fifth is answered.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        require_unlocked(user, now)
        wrong = _wrong(user, proved, otp, now)
        SigningAttempt(user=user, at=now, succeeded=not wrong).save()
        if wrong and _is_locked(user, now):
            with tell(events.SIGNING_LOCKED, actor=User.objects.system(), subject=user, now=now):
                pass
    if wrong:
        raise RuleViolated(next(iter(wrong.values())), errors={name: [said] for name, said in wrong.items()})
    return Reauthentication(user=user, at=now, methods=("password", "totp") if otp_needed(user) else ("password",))


def otp_needed(user: User) -> bool:
    """Whether signing asks `user` for a one-time code, too."""
    return codes.are_enrolled(user)


def require_unlocked(user: User, now: datetime) -> None:
    """Raises Locked where the last tries, within 15 minutes, were all wrong and were five."""
    if _is_locked(user, now):
        raise Locked(f"Signing is locked after {WRONG_TRIES} wrong tries. Try again in {LOCKED_MINUTES} minutes.")


def _is_locked(user: User, now: datetime) -> bool:
    recent = SigningAttempt.objects.filter(user=user, at__gt=now - timedelta(minutes=LOCKED_MINUTES))
    last = list(recent.order_by("-at", "-pk").values_list("succeeded", flat=True)[:WRONG_TRIES])
    return len(last) == WRONG_TRIES and not any(last)


def _wrong(user: User, proved: bool, otp: str, now: datetime) -> dict[str, str]:
    """What is wrong, by field. A code is looked at, and used up, only beside the right password."""
    if not proved or not user.is_active:
        return {"password": WRONG_PASSWORD}
    if not otp_needed(user):
        return {}
    if not otp:
        return {"otp": NO_CODE}
    return {} if codes.spend_code(user, otp, now) else {"otp": WRONG_CODE}
