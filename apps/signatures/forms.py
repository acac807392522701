from typing import Any

from django import forms
from django.utils import timezone

from apps.accounts.reauthentication import otp_needed, reauthenticate
from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused


class SigningForm(ServiceForm, forms.Form):
    """A form that ends in a signature: it asks for the password, and for a one-time code where one is enrolled."""

    password = forms.CharField(
        label="Password, to sign",
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    otp = forms.CharField(
        label="One-time code",
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, signer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signer = signer
        if not otp_needed(signer):
            del self.fields["otp"]
        self.order_fields([name for name in self.fields if name not in ("password", "otp")])

    def sign_and_carry_out(self, service: Any, *, ready: Any = None, **subject: Any) -> bool:
        """Check what can be checked, then the password, then call `service`. False where one of them refuses."""
        if not self.is_valid():
            return False
        given = self.arguments()
        password, otp = given.pop("password"), given.pop("otp", "")
        now = timezone.now()
        try:
            if ready is not None:
                ready(actor=self.signer, now=now, **subject, **given)
            proof = reauthenticate(user=self.signer, password=password, otp=otp, now=now)
            self.result = service(actor=self.signer, now=now, reauthentication=proof, **subject, **given)
        except Refused as refusal:
            self.show(refusal)
            return False
        return True
