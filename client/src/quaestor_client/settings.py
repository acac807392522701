"""Where the server is and who asks: from the environment alone, so that no token is in a list of processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from quaestor_client.errors import Unusable

LOOPBACK = ("localhost", "127.0.0.1", "::1")
HOW_TO_GET_ONE = "Your profile's page issues tokens; an administrator gives a service account one for CI."


@dataclass(frozen=True)
class Settings:
    """The server's address, without a slash at its end, and the token; which no repr shows."""

    url: str
    token: str = field(repr=False)

    @property
    def in_the_clear(self) -> bool:
        """Whether the token would travel unencrypted beyond this machine."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and parts.hostname not in LOOPBACK


def from_environment(environment: Mapping[str, str]) -> Settings:
    """QUAESTOR_URL, and QUAESTOR_TOKEN or the file that QUAESTOR_TOKEN_FILE names.

    Raises:
        Unusable: one is missing or can't be one.
    """
    return Settings(_url(environment.get("QUAESTOR_URL", "")), _token(environment))


def _url(said: str) -> str:
    said = said.strip()
    if not said:
        raise Unusable("Set QUAESTOR_URL to the server's address, such as https://quaestor.example.")
    try:
        parts = urlsplit(said)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError as error:
        raise Unusable(f"QUAESTOR_URL can't be read: {error}.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unusable("QUAESTOR_URL begins with https:// (or http://) and names a host.")
    if parts.username is not None or parts.password is not None:
        raise Unusable("QUAESTOR_URL holds a name or a password. Leave them out; QUAESTOR_TOKEN says who asks.")
    if parts.query or parts.fragment:
        raise Unusable("QUAESTOR_URL is an address alone, without ? or #.")
    path = parts.path.rstrip("/")
    if path.endswith("/api/v1"):
        path = path[: -len("/api/v1")]
    return f"{parts.scheme}://{parts.netloc}{path}"


def _token(environment: Mapping[str, str]) -> str:
    token, file = environment.get("QUAESTOR_TOKEN", ""), environment.get("QUAESTOR_TOKEN_FILE", "")
    if token and file:
        raise Unusable("Set one of QUAESTOR_TOKEN and QUAESTOR_TOKEN_FILE, not both.")
    if file:
        try:
            token = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Unusable(f"The file that QUAESTOR_TOKEN_FILE names can't be read: {error}.") from None
    token = token.strip()
    if not token:
        raise Unusable(f"Set QUAESTOR_TOKEN to an API token. {HOW_TO_GET_ONE}")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise Unusable("QUAESTOR_TOKEN holds characters that no token has. Was more copied than the token?")
    return token
