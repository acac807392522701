"""allauth's ways in and out, told to the ledger. Nobody comes in by themselves: two people make an account."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from apps.accounts import sealing, sessions, throttling
from apps.accounts.models import User
from apps.accounts.services import signing_in
from apps.accounts.services.own import change_password
from apps.core.errors import TooManyTries

UNKNOWN = "0.0.0.0"


class Doors(DefaultAccountAdapter):
    """No sign-up; throttled by address and place, in the database; each way in and out is an event."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: `authenticate` counts the tries, for both doors in one place."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        with _throttled(request, credentials.get("email", "")):
            user = super().authenticate(request, **credentials)
            if user is None or not user.is_active:
                if user is not None:
                    self.authentication_failed(request, **credentials)
                raise throttling.Failed
            return user
        return None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        signing_in.note_failure(credentials.get("email", ""), timezone.now())

    def reauthenticate(self, user: Any, password: str) -> bool:
        now = timezone.now()
        with _throttled(context.request, user.email):
            if not user.check_password(password):
                signing_in.note_failure(user.email, now)
                raise throttling.Failed
            return True
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        with transaction.atomic():
            super().login(request, user)
            sessions.begun(request, timezone.now())
            signing_in.note_sign_in(user, timezone.now())

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        with transaction.atomic():
            if isinstance(user, User):
                signing_in.note_sign_out(user, timezone.now())
            super().logout(request)

    def set_password(self, user: Any, password: str) -> None:
        change_password(actor=user, password=password, now=timezone.now())

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        return redirect("account_login")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Without the width of the network, for the list of sessions; 0.0.0.0 where it is not known."""
        place = throttling.place_of(request).partition("/")[0]
        return UNKNOWN if place == "unknown" else place


class SecondFactor(DefaultMFAAdapter):
    """The secrets of one-time and recovery codes lie encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return sealing.sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.opened(encrypted_text)


@contextmanager
def _throttled(request: HttpRequest, account: str) -> Iterator[None]:
    """Count a try; too many are the form's error, and a failed one goes on behind the block."""
    try:
        with throttling.tried(account=account, place=throttling.place_of(request), now=timezone.now()):
            yield
    except throttling.Failed:
        pass
    except TooManyTries as refusal:
        raise ValidationError(str(refusal)) from None
