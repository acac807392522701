"""PostgreSQL: one read-only transaction, one statement, its rows fetched by and by from the server's own cursor."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from apps.core.errors import BadInput
from apps.datasets.intake.columns import check_names
from apps.datasets.intake.engine import identifier
from apps.datasets.sources.allowed import require_host
from apps.datasets.sources.faults import SourceDown, SourceFault, scrubbed
from apps.datasets.sources.places import PostgresPlace
from apps.datasets.sources.reading import FetchedRows, Piece, Wanted

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

CONNECT_SECONDS = 10
STATEMENT_SECONDS = 600.0  # for one fetch; the first has to sort
GRACE_SECONDS = 5.0
NUMBERED = {"int2": "bigint", "int4": "bigint", "int8": "bigint", "oid": "bigint"}
NESTED = {"A": "an array", "C": "a row", "R": "a range", "G": "a shape", "P": "of no type of its own"}
POWERS = {
    "is a superuser": "rolsuper",
    "may bypass row security": "rolbypassrls",
    "may read the server's files": "pg_has_role(current_user, 'pg_read_server_files', 'MEMBER')",
    "may write the server's files": "pg_has_role(current_user, 'pg_write_server_files', 'MEMBER')",
    "may run the server's programs": "pg_has_role(current_user, 'pg_execute_server_program', 'MEMBER')",
}
REFUSED_AT_THE_DOOR = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")


@contextmanager
def open_postgres(place: PostgresPlace, wanted: Wanted) -> Iterator[list[Piece]]:
    try:
        require_host("postgresql", place.host, place.port, field="place.host")
    except BadInput as refused:
        raise SourceFault(str(refused)) from None
    password = wanted.secret("password")
    naming = _Naming(place, wanted, password)
    with naming():
        connection = _connect(place, password)
    try:
        with _hung_up_after(connection, wanted.deadline.left() + GRACE_SECONDS):
            with naming():
                _prepare(connection, wanted)
                _require_no_power(connection, place)
                rows = _rows(connection, place, wanted, naming)
            yield [Piece(place.selected, rows)]
    finally:
        connection.close()


def _connect(place: PostgresPlace, password: str) -> psycopg.Connection:
    import psycopg

    return psycopg.connect(
        host=place.host,
        port=place.port,
        dbname=place.database,
        user=place.user,
        password=password or None,
        passfile=os.devnull,  # what isn't named is not looked for
        sslmode=place.tls,
        connect_timeout=CONNECT_SECONDS,
        application_name="quaestor",
        keepalives_idle=30,
        tcp_user_timeout=60_000,
        prepare_threshold=None,
    )


def _prepare(connection: psycopg.Connection, wanted: Wanted) -> None:
    import psycopg

    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    milliseconds = int(1000 * min(STATEMENT_SECONDS, wanted.deadline.left()))
    for name, value in (
        ("statement_timeout", str(milliseconds)),
        ("lock_timeout", "10s"),
        ("idle_in_transaction_session_timeout", "0"),
        ("standard_conforming_strings", "on"),
        ("search_path", "pg_catalog, public"),
        ("timezone", "UTC"),
        ("datestyle", "ISO, YMD"),
        ("row_security", "on"),
    ):
        connection.execute("SELECT pg_catalog.set_config(%s, %s, true)", (name, value))


def _require_no_power(connection: psycopg.Connection, place: PostgresPlace) -> None:
    """What a role can't do, no function that a query calls can do for it.

    Raises:
        SourceFault: the role could do more than to read tables.
    """
    asked = f"SELECT {', '.join(POWERS.values())} FROM pg_catalog.pg_roles WHERE rolname = current_user"
    held = connection.execute(asked).fetchone() or ()
    for power, has in zip(POWERS, held, strict=False):
        if has:
            raise SourceFault(
                f"The database role {place.user} {power}. Name one that may only read what is to be taken."
            )


def _rows(connection: psycopg.Connection, place: PostgresPlace, wanted: Wanted, naming: _Naming) -> FetchedRows:
    source = _source(place)
    names, types = _columns(connection, source, wanted)
    schema, selected = _selection(names, types)
    ordered = ", ".join(_ordering(name, *types[name]) for name in wanted.order(names))
    condition, values = _since(types, wanted)
    sql = f"SELECT {selected} FROM {source} AS source {condition} ORDER BY {ordered}"
    return FetchedRows(schema, _fetching(connection, sql, values, naming), wanted)


def _source(place: PostgresPlace) -> str:
    """The table, or the query in brackets; a percent sign is written twice, as values are passed beside it."""
    if place.query is not None:
        return f"(\n{place.query}\n)".replace("%", "%%")
    return f"{identifier(place.namespace or 'public')}.{identifier(place.table or '')}".replace("%", "%%")


def _columns(
    connection: psycopg.Connection, source: str, wanted: Wanted
) -> tuple[list[str], dict[str, tuple[str, str]]]:
    """The names in order, and (name, category) of each one's type. Sent as one statement, which can't be two."""
    described = connection.execute(f"SELECT * FROM {source} AS source LIMIT 0", (), binary=True).description or []
    names = check_names([column.name for column in described], wanted.limits)
    if names != [column.name for column in described]:
        raise SourceFault("A column's name begins or ends with a blank. Name it without, by AS.")
    known = connection.execute(
        "SELECT oid::bigint, typname::text, typcategory::text FROM pg_catalog.pg_type WHERE oid = ANY(%s::oid[])",
        ([column.type_code for column in described],),
    ).fetchall()
    types = {oid: (name, category) for oid, name, category in known}
    return names, {column.name: types[column.type_code] for column in described}


def _selection(names: list[str], types: dict[str, tuple[str, str]]) -> tuple[pa.Schema, str]:
    """The schema in stored types, and the SQL that gives them."""
    import pyarrow as pa

    fields, selected = [], []
    for name in names:
        cast, stored = _stored(name, *types[name])
        fields.append((name, stored))
        selected.append(f"(source.{_named(name)}){cast}")
    return pa.schema(fields), ", ".join(selected)


def _stored(column: str, name: str, category: str) -> tuple[str, pa.DataType]:
    import pyarrow as pa

    known = {
        "bool": ("", pa.bool_()),
        "date": ("", pa.date32()),
        "timestamp": ("", pa.timestamp("us")),
        "timestamptz": ("", pa.timestamp("us", tz="UTC")),
        "money": ("::numeric::double precision", pa.float64()),
    }
    if name in NUMBERED:
        return "::bigint", pa.int64()
    if name in known:
        return known[name]
    if category == "N":
        return "::double precision", pa.float64()
    if category in NESTED or name == "bytea":
        what = NESTED.get(category, "bytes")
        raise SourceFault(
            f"Column “{column}” is {what}, which no table keeps. Choose or convert its parts in a query."
        )
    return "::text", pa.string()


def _ordering(name: str, type_: str, category: str) -> str:
    """Text in the order of its bytes, which no server's language changes; the rest in its own, by index."""
    import pyarrow as pa

    _, stored = _stored(name, type_, category)
    return f'(source.{_named(name)})::text COLLATE "C"' if stored == pa.string() else f"source.{_named(name)}"


def _named(name: str) -> str:
    return identifier(name).replace("%", "%%")


def _since(types: dict[str, tuple[str, str]], wanted: Wanted) -> tuple[str, tuple[Any, ...]]:
    if wanted.since is None or wanted.cursor not in types:
        return "", ()
    cell = f"source.{_named(wanted.cursor)}"
    return f"WHERE {cell} >= %s OR {cell} IS NULL", (wanted.since,)


def _fetching(
    connection: psycopg.Connection, sql: str, values: tuple[Any, ...], naming: _Naming
) -> Callable[[int], list[tuple[Any, ...]]]:
    cursor: psycopg.ServerCursor | None = None

    def fetch(count: int) -> list[tuple[Any, ...]]:
        nonlocal cursor
        with naming():
            if cursor is None:
                cursor = connection.cursor("source")
                cursor.execute(sql, values, binary=True)
            return cursor.fetchmany(count)

    return fetch


@contextmanager
def _hung_up_after(connection: psycopg.Connection, seconds: float) -> Iterator[None]:
    """Close the line under a server that never answers: its own time-out can't be told if it is gone."""
    line = socket.socket(fileno=os.dup(connection.fileno()))

    def hang_up() -> None:
        line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        line.close()


class _Naming:
    """Turns what the driver and the server say into a sentence: without the password, and without a cell."""

    def __init__(self, place: PostgresPlace, wanted: Wanted, password: str):
        self._place, self._wanted, self._password = place, wanted, password

    @contextmanager
    def __call__(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.Error as error:
            self._wanted.deadline.left()
            raise self._fault(error) from None

    def _fault(self, error: psycopg.Error) -> Exception:
        import psycopg

        place, said = self._place, scrubbed(error.diag.message_primary or str(error), [self._password])
        where = f"The database at {place.host}:{place.port}"
        if isinstance(error, psycopg.errors.QueryCanceled):
            return SourceFault(f"{where} took longer than {STATEMENT_SECONDS:g} seconds over one step of the query.")
        if isinstance(error, psycopg.errors.LockNotAvailable):
            return SourceDown(f"{where} keeps the table locked")
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
            return SourceFault(f"A source's query only reads, and this does more ({said}).")
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            return SourceFault(f"The database role {place.user} may not read that ({said}).")
        if isinstance(error, psycopg.DataError):
            code = error.sqlstate or "a date or number out of bounds"
            return SourceFault(f"{where} met a value that it, or a table here, can't use ({code}).")
        if isinstance(error, psycopg.OperationalError) and not any(word in said for word in REFUSED_AT_THE_DOOR):
            return SourceDown(f"{where} can't be reached or broke off ({said})")
        return SourceFault(f"{where} refuses: {said}.")
