"""`Authorization: Token …`, or `Bearer …` as other systems' clients send it.

The tokens are knox's, kept by us: expired and revoked ones stay, for who reads history.
"""

from hmac import compare_digest
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.settings import CONSTANTS
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import ApiToken, User

REFUSED = "This token is not known here, has expired, or was taken out of use."


class ByToken(TokenAuthentication):
    """Who sends a live token is its user. One sentence for every failure: it tells a guesser nothing."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = get_authorization_header(request).split()
        if len(header) == 2 and header[0].lower() == b"bearer":
            return self.authenticate_credentials(header[1])
        return super().authenticate(request)

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        try:
            found = live_token(token.decode("ascii"))
        except UnicodeDecodeError:
            found = None
        if found is None:
            raise AuthenticationFailed(REFUSED)
        return found.user, found


def live_token(secret: str) -> ApiToken | None:
    """The token, with its user, that `secret` opens the API by; that it was used today is noted."""
    now = timezone.now()
    candidates = ApiToken.objects.live(now).filter(token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH])
    digest = hash_token(secret)
    for candidate in candidates.select_related("user"):
        if compare_digest(digest, candidate.digest):
            note_use(candidate, now)
            return candidate
    return None


def note_use(token: ApiToken, now: Any) -> None:
    if token.last_used_on != now.date():
        ApiToken.objects.filter(pk=token.pk).update(last_used_on=now.date())


class ByTokenScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = "apps.accounts.authentication.ByToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token` and a secret that POST tokens/ gave, with a space between them.",
        }
