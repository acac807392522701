"""Keeping bytes and finding them again. Call these outside of acts: they read and write whole files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.files import File

from apps.core.errors import Gone
from apps.files.models import Blob, Removal
from apps.files.receiving import CHUNK_BYTES, Incoming, Received, receive
from apps.files.sniffing import sniff
from apps.files.storage import BlobFolder, blob_storage, name_of, put
from apps.files.wording import Damaged


def store(stream: BinaryIO | Iterable[bytes], *, limit_bytes: int | None = None) -> Blob:
    """Receive a stream and keep it.

    Args:
        stream: something to read from, or an iterable of chunks.
        limit_bytes: the most that is taken; the installation's upload limit by default.

    Raises:
        TooLarge: the stream is longer; nothing is kept.
    """
    return keep(receive(stream, limit_bytes=limit_bytes or settings.UPLOAD_LIMIT_BYTES))


def store_bytes(content: bytes) -> Blob:
    """Keep a small document that is in memory anyway."""
    return store([content], limit_bytes=max(len(content), 1))


def keep(received: Received) -> Blob:
    """Move a received file into the store. The same bytes are kept once, however often they come."""
    media_type, name = sniff(received.head()), name_of(received.digest)
    put(received.path, name)
    received.discard()
    blob, _ = Blob.objects.get_or_create(
        digest=received.digest, defaults={"size": received.size, "media_type": media_type, "storage_name": name}
    )
    return blob


def open_blob(digest: str, *, verify: bool = False) -> File:
    """Open a blob for reading.

    Args:
        verify: read it once and compare its digest first; use it where a decision rests on the bytes.

    Raises:
        Blob.DoesNotExist: nothing is kept under this digest.
        Gone: its bytes were removed.
        Damaged: `verify` found other bytes than were stored.
    """
    if verify:
        check(digest)
    blob = Blob.objects.get(digest=digest)
    try:
        return blob_storage().open(blob.storage_name, "rb")
    except FileNotFoundError:
        _tell_if_removed(blob)
        raise


def check(digest: str) -> None:
    """Read a blob whole and compare it with its digest.

    Raises:
        Damaged: they differ.
    """
    found = hashlib.sha256()
    with open_blob(digest) as file:
        for chunk in file.chunks(CHUNK_BYTES):
            found.update(chunk)
    if found.hexdigest() != digest:
        raise Damaged(
            f"The file kept as {digest} has other bytes than were stored: its sha256 is {found.hexdigest()}."
        )


def path_of(digest: str) -> Path:
    """A path on this machine to read a blob from: its own place in a folder store, else a copy fetched once.

    The copies under files/cache may be deleted at any time; they are fetched again.

    Raises:
        Gone: its bytes were removed.
    """
    blob, storage = Blob.objects.get(digest=digest), blob_storage()
    if not isinstance(storage, BlobFolder):
        return _fetched(blob)
    place = Path(storage.path(blob.storage_name))
    if not place.exists():
        _tell_if_removed(blob)
    return place


def _tell_if_removed(blob: Blob) -> None:
    """Raises Gone where a removal says why the bytes are not there."""
    removal = Removal.objects.filter(blob=blob).order_by("-pk").first()
    if removal is not None:
        raise Gone(f"These bytes were removed on {removal.asked_at:%d %b %Y}: {removal.reason}")


def _fetched(blob: Blob) -> Path:
    place = settings.HOME / "files" / "cache" / name_of(blob.digest)
    if place.exists():
        if not blob.removals.exists() or blob_storage().exists(blob.storage_name):
            return place
        place.unlink(missing_ok=True)  # a copy on a machine other than the one that removed the bytes
    place.parent.mkdir(parents=True, exist_ok=True)
    incoming = Incoming(blob.size)
    with open_blob(blob.digest) as file:
        for chunk in file.chunks(CHUNK_BYTES):
            incoming.write(chunk)
    received = incoming.finish()
    if received.digest != blob.digest:
        raise Damaged(f"The storage gave other bytes for {blob.digest} than were stored.")
    received.path.replace(place)
    return place
