"""The secrets of one-time and recovery codes, encrypted at rest: who reads the database alone can't make a code."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

PURPOSE = b"quaestor codes 1"
FIELDS = ("secret", "seed", "migrated_codes")  # where an authenticator of allauth keeps a secret


def sealed(text: str) -> str:
    return _keys().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """What `sealed` gave back.

    Raises:
        ImproperlyConfigured: none of the keys opens it.
    """
    try:
        return _keys().decrypt(text).decode()
    except InvalidToken:
        raise ImproperlyConfigured(
            "A code's secret can't be read: QUAESTOR_CODES_KEY does not hold the key under which it was stored."
        ) from None


def resealed(text: str) -> str:
    """The same secret under the newest key."""
    return sealed(opened(text))


def rewritten(data: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """An authenticator's data with `change` made to each secret in it."""
    return {name: _changed(value, change) if name in FIELDS else value for name, value in data.items()}


def _changed(value: Any, change: Callable[[str], str]) -> Any:
    return [change(each) for each in value] if isinstance(value, list) else change(value)


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in settings.CODES_KEYS])


def _derived(key: bytes) -> bytes:
    """A key for this purpose alone, as Fernet wants it."""
    return base64.urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key))
