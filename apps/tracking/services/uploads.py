"""Files that come in parts: begun, filled part by part by whoever has a part's address, then joined or given up."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

from apps.accounts.models import User
from apps.core.errors import BadInput, Conflict, TooLarge
from apps.files.parts import forget_parts, joined, keep_part
from apps.files.receiving import Received
from apps.files.wording import too_large
from apps.tracking.models import KeptFile, Upload, UploadPart
from apps.tracking.selectors.files import Owner, file_at, held
from apps.tracking.services.files import keep_file, require_keepable

MOST_PARTS = 10_000
FORGOTTEN_AFTER = timedelta(days=1)


def begin_upload(*, actor: User, owner: Owner, path: str, parts_expected: int, now: datetime) -> Upload:
    """Expect a file in so many parts.

    Raises:
        BadInput: in none, or in too many.
    """
    if not 1 <= parts_expected <= MOST_PARTS:
        raise BadInput(f"A file comes in 1 to {MOST_PARTS:,} parts.")
    require_keepable(actor=actor, owner=owner, path=path)
    return Upload.objects.create(
        reference=secrets.token_hex(16),
        **held(owner),
        path=path,
        parts_expected=parts_expected,
        begun_by=actor,
        begun_at=now,
    )


def take_part(*, upload: Upload, number: int, received: Received) -> str:
    """Keep one part; its digest is what the client shows for it when all have come.

    Raises:
        TooLarge: with it, the file would be larger than is kept.
        Conflict: the file is whole already.
    """
    if upload.became:
        raise Conflict("The file is whole already.")
    others = upload.parts.exclude(number=number).aggregate(bytes=Sum("size"))["bytes"] or 0
    if others + received.size > settings.ARTIFACT_LIMIT_BYTES:
        raise TooLarge(too_large(settings.ARTIFACT_LIMIT_BYTES))
    digest, size = received.digest, received.size
    keep_part(upload.reference, number, received)
    UploadPart.objects.get_or_create(upload=upload, number=number, digest=digest, defaults={"size": size})
    return digest


def finish_upload(*, actor: User, upload: Upload, parts: Sequence[tuple[int, str]], now: datetime) -> KeptFile:
    """Join the parts and keep the file. Asked again once that is done, it says the same.

    Args:
        parts: number and digest of each, in order.

    Raises:
        BadInput: one is missing, or another was sent than is named.
        Conflict: another request is joining them.
    """
    if upload.became:
        return _as_kept(upload)
    _require_all(upload, parts)
    try:
        whole = joined(upload.reference, parts, limit_bytes=settings.ARTIFACT_LIMIT_BYTES)
    except FileNotFoundError:
        return _as_kept(upload)
    kept = keep_file(actor=actor, owner=upload.owner, path=upload.path, received=whole, now=now)
    Upload.objects.filter(pk=upload.pk).update(became=kept.blob_id)
    _forget_parts(upload)
    return kept


def give_up_upload(*, upload: Upload) -> None:
    """Forget an upload and what has come of it."""
    _forget_parts(upload)
    upload.delete()


def sweep(now: datetime) -> None:
    """Forget the uploads that nobody finished within a day, and that they were."""
    for upload in Upload.objects.filter(begun_at__lt=now - FORGOTTEN_AFTER):
        give_up_upload(upload=upload)


def _as_kept(upload: Upload) -> KeptFile:
    upload = Upload.objects.filter(pk=upload.pk).first() or upload
    kept = file_at(upload.owner, upload.path) if upload.became else None
    if kept is None:
        raise Conflict("Another request is joining the parts, or gave the upload up.")
    return kept


def _require_all(upload: Upload, parts: Sequence[tuple[int, str]]) -> None:
    if [number for number, _ in parts] != list(range(1, upload.parts_expected + 1)):
        raise BadInput(f"Name the parts 1 to {upload.parts_expected}, each once and in order.")
    come = set(upload.parts.values_list("number", "digest"))
    missing = [number for number, digest in parts if (number, digest) not in come]
    if missing:
        raise BadInput(f"Part {missing[0]} has not come, or with other bytes than its ETag says.")


def _forget_parts(upload: Upload) -> None:
    forget_parts(upload.reference, list(upload.parts.values_list("number", "digest")))
    upload.parts.all().delete()
