"""Files from listed hosts: one connection, no redirect, no more bytes than announced or taken, and all of them."""

from __future__ import annotations

import base64
import hashlib
import http.client
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import PurePosixPath
from urllib.parse import SplitResult, unquote, urlsplit

from apps.core.errors import BadInput, TooLarge
from apps.datasets.sources.allowed import PORTS, require_host, resolve
from apps.datasets.sources.faults import Deadline, SourceDown, SourceFault, scrubbed
from apps.datasets.sources.files import piece_of
from apps.datasets.sources.places import HttpPlace
from apps.datasets.sources.reading import Piece, Wanted
from apps.files.receiving import CHUNK_BYTES, Received, receive
from apps.files.wording import readable, too_large
from apps.notifications.outside import Pinned

SILENT_SECONDS = 30.0
FAREWELL_SECONDS = 2.0  # how long a server may take to end a connection behind what it announced
PASSING = {408, 425, 429, 500, 502, 503, 504}
FIXED_HEADERS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "expect", "upgrade"}


@contextmanager
def open_http(place: HttpPlace, wanted: Wanted) -> Iterator[list[Piece]]:
    secret = wanted.secret("authorization")
    if place.header.lower() in FIXED_HEADERS:
        raise SourceFault(f"The header {place.header} can't carry a credential.")
    headers = {place.header: secret} if secret else {}
    received = download(place.url, headers, wanted, sha256=place.sha256, secrets=[secret])
    name = PurePosixPath(unquote(urlsplit(place.url).path)).name or "download"
    yield [piece_of(name, received, wanted)]


def download(
    url: str,
    headers: Mapping[str, str],
    wanted: Wanted,
    *,
    sha256: str | None = None,
    md5: bool = False,
    secrets: list[str],
) -> Received:
    """A file from a listed host, whole.

    Args:
        sha256: what it has to be, whatever the server says of it.
        md5: whether a plain ETag is the file's MD5, as S3-compatible stores have it.
        secrets: never repeated in a sentence.

    Raises:
        SourceDown: the server can't be reached, is slow, or broke off.
        SourceFault, BadInput, TooLarge: it may not be asked, refuses, or sends what can't be right.
    """
    parts = urlsplit(url)
    try:
        require_host(parts.scheme, parts.hostname or "", parts.port, field="place.url")
    except BadInput as refused:
        raise SourceFault(str(refused)) from None
    address = resolve(parts.hostname or "", parts.port or PORTS[parts.scheme])
    connection = Pinned(parts, address, min(SILENT_SECONDS, wanted.deadline.left()))
    try:
        received, told = _exchange(connection, parts, headers, wanted)
    except TimeoutError:
        raise SourceDown(f"{parts.hostname} was silent for {SILENT_SECONDS:g} seconds") from None
    except ssl.SSLError as error:
        raise SourceFault(f"{parts.hostname} can't prove who it is ({scrubbed(str(error), secrets)}).") from None
    except http.client.IncompleteRead as cut:
        raise SourceDown(_half(parts, len(cut.partial), None)) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = scrubbed(str(error) or type(error).__name__, secrets)
        raise SourceDown(f"{parts.hostname} can't be reached or broke off ({said})") from None
    finally:
        connection.close()
    _check(received, told, sha256, md5=md5)
    return received


def _exchange(
    connection: Pinned, parts: SplitResult, headers: Mapping[str, str], wanted: Wanted
) -> tuple[Received, Mapping[str, str]]:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fixed = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Quaestor"}
    connection.request("GET", path, headers={**headers, **fixed})
    response = connection.getresponse()
    _require_a_file(response, parts)
    announced = response.length
    if announced is not None and announced > wanted.limit_bytes:
        raise TooLarge(f"{parts.hostname} announces {readable(announced)}. {too_large(wanted.limit_bytes)}")
    received = receive(_chunks(connection, response, parts, wanted.deadline), limit_bytes=wanted.limit_bytes)
    return received, response.headers


def _require_a_file(response: http.client.HTTPResponse, parts: SplitResult) -> None:
    """Raises SourceDown, SourceFault: the answer is something else."""
    status, host = response.status, parts.hostname
    if status in PASSING:
        raise SourceDown(f"{host} answered {status}")
    if 300 <= status < 400:
        raise SourceFault(f"{host} answered {status} and sends elsewhere, which is not followed. Name the address.")
    if status in (401, 403):
        raise SourceFault(f"{host} answered {status}: the credential is missing, wrong, or not enough.")
    if status != 200:
        raise SourceFault(f"{host} answered {status}, not with a file.")
    coding = response.headers.get("Content-Encoding", "identity")
    if coding.lower() != "identity":
        raise SourceFault(f"{host} sent the file compressed ({coding[:40]}), though it was asked not to.")


def _chunks(
    connection: Pinned, response: http.client.HTTPResponse, parts: SplitResult, deadline: Deadline
) -> Iterator[bytes]:
    """The body as it comes, so that a server that drips is met by the deadline.

    Raises:
        SourceDown: it ended before what was announced. SourceFault: more came.
    """
    announced, size, stream = response.length, 0, response.fp
    while announced is None or size < announced:
        deadline.left()
        wanted = CHUNK_BYTES if announced is None else min(CHUNK_BYTES, announced - size)
        # past the response's own count, which would hide what comes behind it; chunked ones have no count
        chunk = response.read1(CHUNK_BYTES) if announced is None else stream.read1(wanted)
        if not chunk:
            break
        size += len(chunk)
        yield chunk
    if announced is not None and size < announced:
        raise SourceDown(_half(parts, size, announced))
    if announced is not None and _goes_on(connection, stream):
        raise SourceFault(f"{parts.hostname} announced {readable(announced)} and sent more, so neither can be right.")


def _goes_on(connection: Pinned, stream) -> bool:
    if connection.sock is not None:
        connection.sock.settimeout(FAREWELL_SECONDS)
    try:
        return bool(stream.read1(1))
    except (OSError, ValueError):
        return False


def _half(parts: SplitResult, size: int, announced: int | None) -> str:
    of = f" of {readable(announced)}" if announced is not None else ""
    return f"{parts.hostname} sent {readable(size)}{of} and broke off"


def _check(received: Received, told: Mapping[str, str], sha256: str | None, *, md5: bool) -> None:
    """Raises SourceFault: the file has another checksum than its source, or the server, says."""
    if sha256 is not None and received.digest != sha256:
        raise SourceFault(f"The file's sha256 is {received.digest}, not the {sha256} that the source names.")
    for header, pattern in (
        ("Repr-Digest", r"sha-256=:([A-Za-z0-9+/=]+):"),
        ("Content-Digest", r"sha-256=:([A-Za-z0-9+/=]+):"),
        ("Digest", r"(?i:sha-256)=([A-Za-z0-9+/=]+)"),
        ("x-amz-checksum-sha256", r"^([A-Za-z0-9+/]{43}=)$"),
    ):
        found = re.search(pattern, told.get(header, ""))
        if found and base64.b64encode(bytes.fromhex(received.digest)).decode() != found[1]:
            raise SourceFault(f"The file came damaged: its sha256 is not what the server says ({header}).")
    etag = re.fullmatch(r'"([0-9a-f]{32})"', told.get("ETag", "")) if md5 else None
    if etag and not told.get("x-amz-server-side-encryption", "").startswith("aws:kms") and _md5(received) != etag[1]:
        raise SourceFault("The object came damaged: its MD5 is not what the store says (ETag).")


def _md5(received: Received) -> str:
    found = hashlib.md5(usedforsecurity=False)
    with received.path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            found.update(chunk)
    return found.hexdigest()
