"""One way to read every kind of source: pieces of rows in stored types, for as long as the source is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from apps.datasets.intake.limits import Limits
from apps.datasets.intake.storing import Rows
from apps.datasets.sources.faults import Deadline, SourceFault
from apps.datasets.sources.places import Place
from apps.files.receiving import Received

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_BYTES = 32 << 20
CHANGED = "The source gave values of other types while it was read than it had announced."
FIRST_ROWS, MOST_ROWS = 1_000, 20_000


@dataclass(frozen=True)
class Wanted:
    """What an extraction asks of a source.

    Attributes:
        limits, limit_bytes: on a table, and on a file that it comes in.
        secret: gives the secret of a credential by its name, "" where none is named.
        cursor: the column that tells new rows; "" where there is none.
        needs_cursor: whether every row has to have it; else it only puts them in order and leaves a mark.
        since: the greatest value of that column that was taken; a source may leave out what is below it.
        first: columns that rows are put in order by before all others.
    """

    deadline: Deadline
    limit_bytes: int
    limits: Limits = field(default_factory=Limits)
    secret: Callable[[str], str] = lambda name: ""
    cursor: str = ""
    needs_cursor: bool = False
    since: Any = None
    first: tuple[str, ...] = ()

    def order(self, names: list[str]) -> list[str]:
        """Every column, in the order that makes the same rows come in the same order each time."""
        leading = [name for name in (self.cursor, *self.first) if name in names]
        return list(dict.fromkeys([*leading, *names]))


@dataclass
class Piece:
    """A part of a source.

    Attributes:
        name: what it came from, without a secret.
        raw: the file it came in, where it came in one.
    """

    name: str
    rows: Rows
    raw: Received | None = None


Opener = Callable[[Any, Wanted], AbstractContextManager[list[Piece]]]


@contextmanager
def opened(kind: str, place: Place, wanted: Wanted) -> Iterator[list[Piece]]:
    """The pieces of a source, which can be read inside of the `with`.

    Raises:
        SourceDown: it can't be reached, or stopped answering; also while rows are read.
        Refused: what it gives can't be taken, or it may not be read from; also while rows are read.
    """
    with _openers()[kind](place, wanted) as pieces:
        yield pieces


def _openers() -> dict[str, Opener]:
    from apps.datasets.sources import downloads, duckdb_files, files, objects, postgres, sqlite_files

    return {
        "file": files.open_file,
        "folder": files.open_folder,
        "sqlite": sqlite_files.open_sqlite,
        "duckdb": duckdb_files.open_duckdb,
        "postgresql": postgres.open_postgres,
        "http": downloads.open_http,
        "s3": objects.open_object,
    }


class FetchedRows:
    """Rows that a database's cursor gives as tuples.

    Args:
        schema: in stored types, a field for each column.
        fetch: takes a number of rows and gives at most so many; none at the end.
    """

    def __init__(self, schema: pa.Schema, fetch: Callable[[int], list[tuple[Any, ...]]], wanted: Wanted):
        from apps.datasets.intake.storing import Storing

        self._storing, self._fetch, self._wanted = Storing(schema, wanted.limits), fetch, wanted
        self.schema, self.notes = self._storing.schema, []

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of some 32 MB: after each it is known how long a row is."""
        count = FIRST_ROWS
        while rows := self._fetch(count):
            self._wanted.deadline.left()
            batch = self._batch(rows)
            count = max(1, min(MOST_ROWS, BATCH_BYTES * len(rows) // max(batch.nbytes, 1)))
            yield from self._storing.stored(batch)
        self.notes += self._storing.notes()

    def _batch(self, rows: list[tuple[Any, ...]]) -> pa.RecordBatch:
        import pyarrow as pa

        columns = zip(*rows, strict=True)
        try:
            values = [pa.array(column, field.type) for column, field in zip(columns, self.schema, strict=True)]
        except (pa.ArrowException, OverflowError):
            raise SourceFault(CHANGED) from None
        return pa.RecordBatch.from_arrays(values, schema=self.schema)
