"""Handing a blob out so that no browser mistakes it for a page of ours."""

import base64
from collections.abc import Iterator

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from apps.files.models import Blob
from apps.files.ranges import Part, Unsatisfiable, part_of
from apps.files.receiving import CHUNK_BYTES
from apps.files.services import open_blob

SHOWN_IN_PLACE = {"application/pdf", "image/png", "image/jpeg", "text/plain"}


def send(blob: Blob, filename: str, *, inline: bool = False) -> FileResponse:
    """Stream a blob as a download, or in place where its type is one that can't run.

    Args:
        filename: the name offered for saving; quoted and encoded as RFC 6266 wants.
    """
    inline = inline and blob.media_type in SHOWN_IN_PLACE
    answer = FileResponse(
        open_blob(blob.digest), as_attachment=not inline, filename=filename, content_type=blob.media_type
    )
    answer["Content-Length"] = str(blob.size)
    answer["ETag"] = f'"{blob.digest}"'
    answer["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(blob.digest)).decode()}:"
    _guard(answer)
    return answer


def send_as_asked(request: HttpRequest, blob: Blob, filename: str) -> HttpResponseBase:
    """Stream a blob, or the part of it that the request's Range asks for (RFC 9110, 14.2; one part at a time)."""
    asked = request.headers.get("Range", "")
    if asked and request.headers.get("If-Range", f'"{blob.digest}"') != f'"{blob.digest}"':
        asked = ""
    try:
        part = part_of(asked, blob.size)
    except Unsatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{blob.size}"})
    answer = send(blob, filename) if part is None else _part(blob, part)
    answer["Accept-Ranges"] = "bytes"
    return answer


def _part(blob: Blob, part: Part) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(_bytes_of(blob, part), status=206, content_type=blob.media_type)
    answer["Content-Length"] = str(part.length)
    answer["Content-Range"] = f"bytes {part.first}-{part.last}/{blob.size}"
    answer["ETag"] = f'"{blob.digest}"'
    _guard(answer)
    return answer


def _bytes_of(blob: Blob, part: Part) -> Iterator[bytes]:
    with open_blob(blob.digest) as file:
        file.seek(part.first)
        left = part.length
        while left and (chunk := file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk


def _guard(answer: HttpResponseBase) -> None:
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, max-age=0, must-revalidate"
