"""Files and folders below the allowed roots: copied first, so that what is read stays what was there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from apps.core.errors import Refused
from apps.datasets.intake.limits import plural
from apps.datasets.intake.taking import open_table
from apps.datasets.sources.allowed import path_below_roots
from apps.datasets.sources.faults import SourceDown, SourceFault
from apps.datasets.sources.places import FilePlace, FolderPlace
from apps.datasets.sources.reading import Piece, Wanted
from apps.files.receiving import CHUNK_BYTES, Received, receive

MOST_FILES = 10_000


@contextmanager
def open_file(place: FilePlace, wanted: Wanted) -> Iterator[list[Piece]]:
    yield [piece_of(Path(place.path).name, copied(place.path, wanted), wanted)]


@contextmanager
def open_folder(place: FolderPlace, wanted: Wanted) -> Iterator[list[Piece]]:
    pieces, left = [], wanted.limit_bytes
    for name in _names(place):
        received = copied(f"{place.path}/{name}", wanted, limit_bytes=left)
        left -= received.size
        pieces.append(piece_of(name, received, wanted))
    yield pieces


def _names(place: FolderPlace) -> list[str]:
    folder = path_below_roots(place.path)
    if not folder.is_dir():
        raise SourceFault(f"{place.path} is no folder.")
    hidden = place.pattern.startswith(".")
    with os.scandir(folder) as entries:
        names = sorted(
            entry.name
            for entry in entries
            if fnmatchcase(entry.name, place.pattern)
            and (hidden or not entry.name.startswith("."))
            and not entry.is_dir()
        )
    if not names:
        raise SourceFault(f"No file in {place.path} has a name that fits {place.pattern}.")
    if len(names) > MOST_FILES:
        raise SourceFault(f"{plural(len(names), 'file')} in {place.path} fit; at most {MOST_FILES:,} are taken.")
    return names


def piece_of(name: str, received: Received, wanted: Wanted) -> Piece:
    """A file that came as a piece of a source; what is wrong with it is said with its name."""
    try:
        return Piece(name, open_table(received.path, wanted.limits), received)
    except Refused as refused:
        raise SourceFault(f"{name}: {refused}") from refused


def copied(path: str, wanted: Wanted, *, limit_bytes: int | None = None) -> Received:
    """A copy of a file below the roots, as it was at one moment.

    Raises:
        SourceFault: it lies elsewhere, isn't there, or is no plain file.
        SourceDown: somebody is writing it.
        TooLarge: it is longer than is taken.
    """
    real = path_below_roots(path)
    try:
        # not waiting for a pipe's other end, nor following a link that was put here a moment ago
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        raise SourceFault(f"{path} can't be read ({error.strerror}).") from None
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode) or not os.path.samestat(before, path_below_roots(path).stat()):
            raise SourceFault(f"{path} is no plain file.")

        def chunks() -> Iterator[bytes]:
            while chunk := file.read(CHUNK_BYTES):
                wanted.deadline.left()
                yield chunk

        received = receive(chunks(), limit_bytes=wanted.limit_bytes if limit_bytes is None else limit_bytes)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or received.size != after.st_size:
        raise SourceDown(f"{path} changed while it was read")
    return received
