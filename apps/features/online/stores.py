"""What a store of online values does, and which one this installation has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings


@dataclass(frozen=True)
class Row:
    """What is known of one key of one view's version.

    Attributes:
        event, created: both times of the row that counts, in microseconds since 1970 UTC.
        content: the features as a JSON object.
        mark: a digest of all that, by which it is seen whether it changed.
    """

    key: str
    event: int
    created: int
    content: str
    mark: str


@dataclass(frozen=True)
class Known:
    """A row as it is read: of which version, and as of which moment (microseconds) it was computed."""

    version: int
    row: Row
    as_of: int


class Store(Protocol):
    """Where online values are. What was computed as of a later moment is never overwritten by what is older."""

    def write(self, version: int, rows: Sequence[Row], as_of: int) -> None:
        """Put the rows in, or over those of their keys."""

    def remove(self, version: int, keys: Sequence[str], as_of: int) -> None:
        """Take keys out."""

    def marks(self, version: int) -> Iterator[tuple[str, str]]:
        """(key, mark) of everything that is there."""

    def read(self, versions: Sequence[int], keys: Sequence[str]) -> Iterable[Known]:
        """What is there of any of the keys, for any of the versions: one question to the store."""

    def forget(self, version: int) -> None:
        """Take everything of a version out."""


def store() -> Store:
    """The store that the settings name."""
    return _store(settings.FEATURES_URL)


@cache
def _store(url: str) -> Store:
    if url == "table:":
        from apps.features.online.table import TableStore

        return TableStore()
    from apps.features.online.redis_store import RedisStore

    return RedisStore(url)


def by_place(found: Iterable[Known]) -> Mapping[tuple[int, str], Known]:
    """What was read, by version and key."""
    return {(one.version, one.row.key): one for one in found}
