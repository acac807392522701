"""SQLite databases below the allowed roots: opened for reading only, one statement, watched step by step."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from apps.datasets.intake.columns import arrow_type, check_names
from apps.datasets.intake.engine import identifier
from apps.datasets.intake.limits import plural
from apps.datasets.sources.allowed import path_below_roots
from apps.datasets.sources.faults import SourceDown, SourceFault, scrubbed
from apps.datasets.sources.places import SQLitePlace
from apps.datasets.sources.reading import CHANGED, FetchedRows, Piece, Wanted

STEPS = 10_000  # of SQLite's machine between two looks at the clock
LOCKED_SECONDS = 5.0
READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
OUTSIDE = {"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "zeroblob", "randomblob"}
READERS: dict[str, Callable[[str], Any]] = {"date": date.fromisoformat, "timestamp": datetime.fromisoformat}
COUNTED = 6  # figures for each column
DAY = "'[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'"


@contextmanager
def open_sqlite(place: SQLitePlace, wanted: Wanted) -> Iterator[list[Piece]]:
    path = path_below_roots(place.path)
    with _faults_named(place, wanted), closing(_connect(path)) as connection:
        connection.set_progress_handler(lambda: _late(wanted), STEPS)
        connection.set_authorizer(_authorize)
        source = _source(place)
        types = _types(connection, source, wanted)
        yield [Piece(place.selected, _rows(connection, source, types, wanted))]


def _connect(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise SourceFault(f"{path} is no file.")
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, timeout=LOCKED_SECONDS, isolation_level=None
    )
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("BEGIN")  # what is counted and what is read are one state of the file
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 16 << 20)
    return connection


def _authorize(action: int, first: str | None, second: str | None, *_: Any) -> int:
    allowed = action in READING and not (action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in OUTSIDE)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _late(wanted: Wanted) -> int:
    """Not zero, which stops the statement, once the time is over."""
    try:
        wanted.deadline.left()
    except SourceFault:
        return 1
    return 0


def _source(place: SQLitePlace) -> str:
    if place.query is not None:
        return f"(\n{place.query}\n)"
    named = filter(None, (place.namespace, place.table))
    return ".".join(identifier(name) for name in named)


def _types(connection: sqlite3.Connection, source: str, wanted: Wanted) -> dict[str, str]:
    """The type of each column: SQLite keeps one by cell, so all of them are looked at."""
    described = connection.execute(f"SELECT * FROM {source} LIMIT 0").description
    names = [column[0] for column in described]
    check_names(names, wanted.limits)
    counted = ", ".join(_counts(identifier(name)) for name in names)
    total, *counts = connection.execute(f"SELECT count(*), {counted} FROM {source}").fetchone()
    told = [[count or 0 for count in counts[at : at + COUNTED]] for at in range(0, len(counts), COUNTED)]
    return {name: _type(name, total, *seen) for name, seen in zip(names, told, strict=True)}


def _counts(cell: str) -> str:
    conditions = (
        f"{cell} IS NULL",
        f"typeof({cell}) = 'integer'",
        f"typeof({cell}) = 'real'",
        f"typeof({cell}) = 'blob'",
        f"typeof({cell}) = 'text' AND {cell} GLOB {DAY} AND date({cell}) = {cell}",
        f"typeof({cell}) = 'text' AND substr({cell}, 1, 10) GLOB {DAY}"
        f" AND substr({cell}, 11, 1) IN (' ', 'T') AND julianday({cell}) IS NOT NULL"
        f" AND substr({cell}, 11) NOT GLOB '*[-+Zz]*'",
    )
    return ", ".join(f"sum({condition})" for condition in conditions)


def _type(name: str, total: int, nulls: int, integers: int, reals: int, blobs: int, days: int, moments: int) -> str:
    present = total - nulls
    if blobs:
        raise SourceFault(
            f"Column “{name}” holds bytes in {plural(blobs, 'row')}, which no table keeps. Leave it out."
        )
    for kind, count in (("integer", integers), ("number", integers + reals), ("date", days), ("timestamp", moments)):
        if present and count == present:
            return kind
    return "string"


def _rows(connection: sqlite3.Connection, source: str, types: dict[str, str], wanted: Wanted) -> FetchedRows:
    import pyarrow as pa

    selected = ", ".join(_selected(identifier(name), kind) for name, kind in types.items())
    ordered = ", ".join(f"{identifier(name)} COLLATE BINARY" for name in wanted.order(list(types)))
    condition, values = _since(types, wanted)
    sql = f"SELECT {selected} FROM {source} AS source {condition} ORDER BY {ordered}"
    schema = pa.schema([(name, arrow_type(kind)) for name, kind in types.items()])
    return FetchedRows(schema, _fetching(connection, sql, values, types), wanted)


def _selected(cell: str, kind: str) -> str:
    cast = {"number": "REAL", "string": "TEXT"}.get(kind)
    return f"CAST({cell} AS {cast})" if cast else cell


def _since(types: dict[str, str], wanted: Wanted) -> tuple[str, list[Any]]:
    """A condition that leaves out most of what was taken before; rows without a cursor stay, to be complained of."""
    kind = types.get(wanted.cursor)
    if wanted.since is None or kind is None or kind == "string":
        return "", []
    cell = identifier(wanted.cursor)
    if kind == "timestamp":  # spelled in more than one way, and kept to the millisecond by this function
        return f"WHERE julianday({cell}) >= julianday(?) - 0.0001 OR {cell} IS NULL", [wanted.since.isoformat(" ")]
    value = wanted.since.isoformat() if kind == "date" else wanted.since
    return f"WHERE {cell} >= ? OR {cell} IS NULL", [value]


def _fetching(
    connection: sqlite3.Connection, sql: str, values: list[Any], types: dict[str, str]
) -> Callable[[int], list[tuple[Any, ...]]]:
    readers = [(place, READERS[kind]) for place, kind in enumerate(types.values()) if kind in READERS]
    cursor: sqlite3.Cursor | None = None

    def fetch(count: int) -> list[tuple[Any, ...]]:
        nonlocal cursor
        cursor = cursor or connection.execute(sql, values)
        rows = cursor.fetchmany(count)
        try:
            return [_read(row, readers) for row in rows] if readers else rows
        except (ValueError, TypeError):
            raise SourceFault(CHANGED) from None

    return fetch


def _read(row: tuple[Any, ...], readers: list[tuple[int, Callable[[str], Any]]]) -> tuple[Any, ...]:
    cells = list(row)
    for place, reader in readers:
        cells[place] = None if cells[place] is None else reader(cells[place])
    return tuple(cells)


@contextmanager
def _faults_named(place: SQLitePlace, wanted: Wanted) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _fault(error, place, wanted) from None


def _fault(error: sqlite3.Error, place: SQLitePlace, wanted: Wanted) -> Exception:
    said = scrubbed(str(error), ())
    if "interrupted" in said:
        return _over(wanted)
    if "locked" in said or "busy" in said:
        return SourceDown(f"{place.path} is locked by who writes it")
    if "not authorized" in said or "prohibited" in said or "unsafe" in said:
        return SourceFault(f"A source's query only reads tables, and this does more ({said}).")
    if "malformed" in said or "not a database" in said:
        return SourceFault(f"{place.path} is damaged, cut off, or no SQLite database ({said}).")
    return SourceFault(f"{place.origin}: {said}.")


def _over(wanted: Wanted) -> SourceFault:
    try:
        wanted.deadline.left()
    except SourceFault as over:
        return over
    return SourceFault("The query was interrupted.")
