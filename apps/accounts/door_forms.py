"""allauth's forms: its passwords without grey words in the fields, its codes counted and spent by us."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import get_totp_secret, validate_totp_code
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from apps.accounts import throttling
from apps.accounts.models import User
from apps.accounts.services.signing_in import note_failure, second_factor_holds
from apps.core.errors import TooManyTries

WRONG = "That is not your one-time code, or it was used already. Wait for the next one."
ONE_TIME = {"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}


class Plain:
    """A form whose labels say enough: no words inside the fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class PasswordForm(Plain, LoginForm):
    """Log-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail address"


class PasswordAgainForm(Plain, ReauthenticateForm):
    """Before what guards the account."""


class OtherPasswordForm(Plain, ChangePasswordForm):
    """Another password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("oldpassword", "Present password"), ("password1", "New"), ("password2", "New, again")):
            self.fields[name].label = label


class CodeForm(forms.Form):
    """A one-time code of one person, counted as a try at logging in."""

    user: User
    code = forms.CharField(
        label="One-time code",
        max_length=40,
        help_text="The six digits that your authenticator app shows now, or a recovery code.",
        widget=forms.TextInput(attrs=ONE_TIME),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_code(self) -> str:
        code, now = self.cleaned_data["code"], timezone.now()
        place = throttling.place_of(context.request)
        try:
            with throttling.tried(account=f"code of {self.user.reference}", place=place, now=now):
                self.check(code)
        except TooManyTries as refusal:
            raise ValidationError(str(refusal)) from None
        return code

    def check(self, code: str) -> None:
        """Raises ValidationError where `code` does not hold, or was used before."""
        now = timezone.now()
        sort = second_factor_holds(self.user, code, now)
        if sort is None:
            note_failure(self.user.email, now)
            raise ValidationError(WRONG)
        self.authenticator = Authenticator.objects.get(user=self.user, type=sort)
        self.authenticator.user = self.user


class LogInForm(CodeForm):
    def save(self) -> None:
        post_authentication(context.request, self.authenticator)


class ConfirmForm(CodeForm):
    def save(self) -> None:
        post_authentication(context.request, self.authenticator, reauthenticated=True)


class EnrolForm(CodeForm):
    """The first code, which shows that the app has the secret. allauth reads `secret` from here."""

    code = forms.CharField(
        label="One-time code",
        max_length=40,
        help_text="The six digits that the app shows now.",
        widget=forms.TextInput(attrs=ONE_TIME),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = get_totp_secret(regenerate=not self.is_bound)

    def check(self, code: str) -> None:
        if not validate_totp_code(self.secret, code):
            raise ValidationError("That is not what the app shows for this secret. Try the next code.")


class EndForm(CodeForm):
    """Who ends one-time codes shows once more that the app is theirs: a password alone doesn't weaken an account."""

    def __init__(self, *args: Any, authenticator: Authenticator, **kwargs: Any) -> None:
        super().__init__(*args, user=authenticator.user, **kwargs)
