"""A file that comes in parts, in any order and from several connections: kept in the storage until it is whole.

The parts lie beside the blobs and are none: not named by their digest alone, and gone once the whole is kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from apps.files.receiving import CHUNK_BYTES, Received, receive
from apps.files.storage import blob_storage, put


def keep_part(upload: str, number: int, received: Received) -> None:
    """Keep one part of `upload`; another under the same number lies beside it until one of them is chosen."""
    put(received.path, _name(upload, number, received.digest))
    received.discard()


def joined(upload: str, parts: Sequence[tuple[int, str]], *, limit_bytes: int) -> Received:
    """The parts in the order given, as one file in the waiting room.

    Args:
        parts: number and digest of each.

    Raises:
        TooLarge: together they have more than `limit_bytes`.
    """
    return receive(_bytes_of([_name(upload, *part) for part in parts]), limit_bytes=limit_bytes)


def forget_parts(upload: str, parts: Sequence[tuple[int, str]]) -> None:
    """Remove what was kept of an upload."""
    for part in parts:
        blob_storage().delete(_name(upload, *part))
    with suppress(OSError, NotImplementedError):  # a folder is left where the storage has folders
        blob_storage().delete(f"parts/{upload}")


def _name(upload: str, number: int, digest: str) -> str:
    return f"parts/{upload}/{number}-{digest}"


def _bytes_of(names: Sequence[str]) -> Iterator[bytes]:
    for name in names:
        with blob_storage().open(name, "rb") as file:
            yield from file.chunks(CHUNK_BYTES)
