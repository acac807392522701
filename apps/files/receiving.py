"""Bytes on their way in: written to disk as they come, counted and hashed, never whole in memory."""

import hashlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from apps.core.errors import NoRoom, TooLarge, says_full
from apps.files.wording import too_large

CHUNK_BYTES = 1 << 20
FORGOTTEN_AFTER = timedelta(days=1)


class Received:
    """A whole file in the waiting room, with its digest. It goes away with its last reference unless it is stored."""

    def __init__(self, path: Path, digest: str, size: int):
        self.path, self.digest, self.size = path, digest, size
        self.discard = weakref.finalize(self, path.unlink, missing_ok=True)

    def head(self, length: int = 4096) -> bytes:
        with self.path.open("rb") as file:
            return file.read(length)


class Incoming:
    """A file while it is being received.

    Args:
        limit_bytes: the most that is taken; one byte more ends it.
    """

    def __init__(self, limit_bytes: int):
        self.limit_bytes, self.size = limit_bytes, 0
        self._hash = hashlib.sha256()
        descriptor, name = tempfile.mkstemp(dir=waiting_room())
        self._file, self.path = os.fdopen(descriptor, "wb"), Path(name)
        self._forget = weakref.finalize(self, self.path.unlink, missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Take one more chunk.

        Raises:
            TooLarge, NoRoom: that makes more than the limit, or than the disk holds; what was written is removed.
        """
        self.size += len(chunk)
        if self.size > self.limit_bytes:
            self.abandon()
            raise TooLarge(too_large(self.limit_bytes))
        self._hash.update(chunk)
        with self._room():
            self._file.write(chunk)

    def finish(self) -> Received:
        with self._room():
            self._file.close()
        self._forget.detach()
        return Received(self.path, self._hash.hexdigest(), self.size)

    def abandon(self) -> None:
        with suppress(OSError):  # what is in its buffer has no room either
            self._file.close()
        self._forget()

    @contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.abandon()
            if says_full(error):
                raise NoRoom from error
            raise


def receive(stream: BinaryIO | Iterable[bytes], *, limit_bytes: int) -> Received:
    """Take a stream to its end or to the limit, whichever comes first.

    Args:
        stream: something to read from, or an iterable of chunks.

    Raises:
        TooLarge, NoRoom: it is longer than `limit_bytes`, or than the disk holds; nothing is left behind.
    """
    incoming = Incoming(limit_bytes)
    try:
        for chunk in _chunks(stream):
            incoming.write(chunk)
    except BaseException:
        incoming.abandon()
        raise
    return incoming.finish()


def waiting_room() -> Path:
    """The folder for what is being received or made; on the store's file system, so that storing is a rename."""
    folder = settings.HOME / "files" / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def sweep(now: datetime) -> None:
    """Empty the waiting room of what a killed process left there a day ago."""
    for path in waiting_room().iterdir():
        if path.stat().st_mtime < (now - FORGOTTEN_AFTER).timestamp():
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _chunks(stream: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    if hasattr(stream, "read"):
        return iter(lambda: stream.read(CHUNK_BYTES), b"")
    return stream
