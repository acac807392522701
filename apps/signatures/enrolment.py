"""Whether a person signs with a one-time code beside the password."""

from typing import Any

from allauth.mfa.models import Authenticator


def signs_with_code(user: Any) -> bool:
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
