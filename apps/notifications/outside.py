"""Sending to addresses that people typed in: never into the house's own network, never along a redirect."""

import http.client
import ipaddress
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT_SECONDS = 10


class Unreachable(Exception):
    """The address can't be used or did not answer; the sentence says which."""


def check_address(address: str) -> SplitResult:
    """The parts of an address that events may be sent to.

    Raises:
        Unreachable: not https, without a host, or carrying a name and password.
    """
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise Unreachable("This is not an address. Write one such as https://example.com/hooks.") from None
    schemes = ("https", "http") if settings.WEBHOOK_PRIVATE else ("https",)
    if parts.scheme not in schemes or not parts.hostname:
        raise Unreachable("Use an address that begins with https:// and names a host.")
    if parts.username or parts.password or parts.fragment:
        raise Unreachable("Leave name, password and fragment out of the address; what is sent is signed.")
    return parts


def resolve(host: str, port: int) -> str:
    """An address to connect to. It is resolved once and connected to as resolved, so it can't change in between.

    Raises:
        Unreachable: the name is unknown, or any of its addresses is private, local or reserved.
    """
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise Unreachable(f"The host {host} is not known.") from None
    if not settings.WEBHOOK_PRIVATE and not all(is_public(address) for address in found):
        raise Unreachable(f"The host {host} leads into a private network, where events are not sent.")
    return sorted(found)[0]


def is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    embedded = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return ip.is_global and not ip.is_multicast and (embedded is None or embedded.is_global)


class Pinned(http.client.HTTPConnection):
    """Connects to an address that was looked at; TLS, where there is, is checked against the host's name."""

    def __init__(self, parts: SplitResult, address: str, timeout_seconds: float = TIMEOUT_SECONDS):
        super().__init__(
            parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), timeout=timeout_seconds
        )
        self._address, self._tls = address, parts.scheme == "https"

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def post(address: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post `body` and give the answer's status; its content is not read, and a redirect is not followed.

    Raises:
        Unreachable: it may not be reached, can't be, or did not answer in time.
    """
    parts = check_address(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = Pinned(parts, resolve(parts.hostname or "", port))
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{parts.hostname} did not answer: {error or type(error).__name__}.") from None
    finally:
        connection.close()
