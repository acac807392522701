"""A request's body as it comes, chunk by chunk, where it is a file and nothing else."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest

from apps.core.errors import BadInput, LengthRequired, TooLarge
from apps.files.receiving import CHUNK_BYTES, Received, receive
from apps.files.wording import too_large

CUT_OFF = "The file broke off: fewer bytes came than were announced. Nothing was kept; send it again."


def receive_body(request: HttpRequest, *, limit_bytes: int) -> Received:
    """Take the request's body to disk. Nobody may have looked at `request.body` or `request.POST` before.

    A body in chunks is taken where the server says where it ends: clients send an empty file so.

    Raises:
        TooLarge: it is announced or turns out longer than `limit_bytes`; an announced one is not read.
        LengthRequired: it comes in chunks whose end this server doesn't know.
        BadInput: it broke off.
    """
    announced = _announced(request)
    if announced is not None and announced > limit_bytes:
        raise TooLarge(too_large(limit_bytes))
    received = receive(_chunks(request, announced), limit_bytes=limit_bytes)
    if announced is not None and received.size != announced:
        received.discard()
        raise BadInput(CUT_OFF)
    return received


def _announced(request: HttpRequest) -> int | None:
    """The bytes that will come; None for a body in chunks."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return None
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdecimal() else 0


def _chunks(request: HttpRequest, announced: int | None) -> Iterator[bytes]:
    source: Any = request
    if announced is None and (environ := getattr(request, "environ", None)) is not None:
        if not environ.get("wsgi.input_terminated"):
            raise LengthRequired
        source = environ["wsgi.input"]  # Django's own reading ends where no length was announced
    while chunk := _read(source):
        yield chunk


def _read(source: Any) -> bytes:
    """One more chunk.

    Raises:
        BadInput: whatever the server raises when a client goes away or sends no chunks; each has its own way.
    """
    try:
        chunk: bytes = source.read(CHUNK_BYTES)
    except Exception:
        raise BadInput(CUT_OFF) from None
    return chunk
