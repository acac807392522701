"""Handing a blob out so that no browser mistakes it for a page of ours."""

import base64

from django.http import FileResponse

from apps.files.models import Blob
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
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["ETag"] = f'"{blob.digest}"'
    answer["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(blob.digest)).decode()}:"
    answer["Cache-Control"] = "private, max-age=0, must-revalidate"
    return answer
