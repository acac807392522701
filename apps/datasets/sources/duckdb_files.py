"""DuckDB databases below the allowed roots: opened for reading only, behind the wall for SQL that people write."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.core.errors import Refused
from apps.datasets.intake.columns import check_names
from apps.datasets.intake.engine import MEMORY, THREADS, identifier
from apps.datasets.intake.storing import Storing
from apps.datasets.selecting import check
from apps.datasets.selecting.running import BATCH_ROWS, SPILL, deadline
from apps.datasets.sources.allowed import path_below_roots
from apps.datasets.sources.faults import SourceDown, SourceFault, scrubbed
from apps.datasets.sources.places import DuckDBPlace
from apps.datasets.sources.reading import Piece, Wanted
from apps.files.receiving import waiting_room

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

DAMAGED = ("Serialization Error", "valid DuckDB", "corrupt", "hecksum", "version number", "attempted to read")
THERE = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_catalog = current_database()"
)


@contextmanager
def open_duckdb(place: DuckDBPlace, wanted: Wanted) -> Iterator[list[Piece]]:
    path = path_below_roots(place.path)
    with tempfile.TemporaryDirectory(dir=waiting_room()) as spill:
        with _faults_named(place, wanted):
            connection = _connect(path, Path(spill))
        try:
            with deadline(connection, wanted.deadline.left()):
                with _faults_named(place, wanted):
                    rows = SelectedRows(connection, _source(connection, place), place, wanted)
                yield [Piece(place.selected, rows)]
        finally:
            connection.close()


def _connect(path: Path, spill: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    if not path.is_file():
        raise SourceFault(f"{path} is no file.")
    connection = duckdb.connect(
        str(path),
        read_only=True,
        config={
            "threads": THREADS,
            "memory_limit": MEMORY,
            "temp_directory": str(spill),
            "max_temp_directory_size": SPILL,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
        },
    )
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _source(connection: duckdb.DuckDBPyConnection, place: DuckDBPlace) -> str:
    """The table, or the query that was looked at, in brackets; nothing can be set after this."""
    schema = place.namespace or "main"
    there = [name for (name,) in connection.execute(THERE, [schema]).fetchall()]
    if place.table is not None and place.table not in there:
        raise SourceFault(f"There is no table “{place.table}” in {schema} of {place.path}.")
    connection.execute(f"SET schema = {identifier(schema)}" if schema != "main" else "SELECT 1")
    connection.execute("SET lock_configuration = true")
    if place.query is None:
        return identifier(place.table or "")
    check(place.query, tables=there, field="place.query")
    return f"(\n{place.query}\n)"


class SelectedRows:
    """What a table or a query of a DuckDB database gives, in an order that is the same each time."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str, place: DuckDBPlace, wanted: Wanted):
        self._connection, self._source, self._place, self._wanted = connection, source, place, wanted
        empty = connection.sql(f"SELECT * FROM {source} LIMIT 0").to_arrow_table().schema
        check_names(empty.names, wanted.limits)
        self._storing, self._names = Storing(empty, wanted.limits), empty.names
        self.schema, self.notes = self._storing.schema, []

    def batches(self) -> Iterator[pa.RecordBatch]:
        ordered = ", ".join(identifier(name) for name in self._wanted.order(self._names))
        condition, values = self._since()
        sql = f"SELECT * FROM {self._source} AS source {condition} ORDER BY {ordered}"
        with _faults_named(self._place, self._wanted):
            reader = self._connection.sql(sql, params=values).to_arrow_reader(BATCH_ROWS)
        while (batch := self._next(reader)) is not None:
            yield from self._storing.stored(batch)
        self.notes += self._storing.notes()

    def _next(self, reader: pa.RecordBatchReader) -> pa.RecordBatch | None:
        with _faults_named(self._place, self._wanted):
            self._wanted.deadline.left()
            return next(reader, None)

    def _since(self) -> tuple[str, list[Any] | None]:
        if self._wanted.since is None or self._wanted.cursor not in self._names:
            return "", None
        cell = identifier(self._wanted.cursor)
        return f"WHERE {cell} >= ? OR {cell} IS NULL", [self._wanted.since]


@contextmanager
def _faults_named(place: DuckDBPlace, wanted: Wanted) -> Iterator[None]:
    import duckdb
    import pyarrow as pa

    try:
        yield
    except Refused:
        raise
    except (duckdb.Error, pa.ArrowException, OSError, MemoryError) as error:
        wanted.deadline.left()  # what was interrupted because the time is over says so
        raise _fault(error, place) from None


def _fault(error: BaseException, place: DuckDBPlace) -> Exception:
    said = scrubbed(str(error), ())
    if "lock" in said.lower() and "IO Error" in said:
        return SourceDown(f"{place.path} is held by another process that writes it")
    if "Out of Memory" in said:
        return SourceFault(f"{place.origin} needs more memory or room than an extraction may use.")
    if any(word in said for word in DAMAGED):
        return SourceFault(f"{place.path} is damaged, cut off, or no DuckDB database that can be read here ({said}).")
    return SourceFault(f"{place.origin}: {said}.")
