"""A statement on a connection of its own: the tables it is given, no files, no network, no settings, limits."""

from __future__ import annotations

import json
import re
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.datasets.intake.engine import identifier, literal
from apps.datasets.selecting.refusals import NOWHERE, StatementFailed, StatementRefused, plain

if TYPE_CHECKING:
    import duckdb
    import pyarrow
    import pyarrow.dataset

    Given = Path | Sequence[Path] | pyarrow.Table | pyarrow.RecordBatchReader | pyarrow.dataset.Dataset

SECONDS = 60.0
MEMORY = "512MB"
SPILL = "4GB"
THREADS = 2
BATCH_ROWS = 65_536
REPEAT_SECONDS = 0.1
EXPLAIN = "EXPLAIN "


@contextmanager
def select(
    sql: str,
    tables: Mapping[str, Given],
    *,
    values: Mapping[str, Any] | None = None,
    seconds: float = SECONDS,
    memory: str = MEMORY,
    threads: int = THREADS,
    batch_rows: int = BATCH_ROWS,
    field: str = "sql",
) -> Iterator[pyarrow.RecordBatchReader]:
    """Run a statement and read its result batch by batch, inside a `with`.

    Args:
        tables: what it can read: Parquet files by their path (or several that are one table), or Arrow.
        values: what stands for $name in it.
        seconds: how long it may take, reading included.
        memory: what DuckDB may hold; more goes to a folder that is gone afterwards, up to `SPILL`.

    Raises:
        StatementRefused (a BadInput): see `grammar.check`.
        StatementFailed (a BadInput): it took too long, wanted too much memory, or met a value it can't use. Raised
            while batches are read, too.
    """
    import pyarrow

    from apps.datasets.selecting.grammar import check

    wanted = check(sql, tables=list(tables), values=values, field=field).values
    with tempfile.TemporaryDirectory(prefix="select-") as folder:
        connection = _connect(Path(folder), memory, threads)
        try:
            _give(connection, tables)
            _lock(connection, tables)
            with deadline(connection, seconds) as late:
                saying = partial(_saying, sql, field, late, seconds, memory)
                with saying():
                    reader = _bound(connection, sql, _given(values, wanted)).to_arrow_reader(batch_rows)
                yield pyarrow.RecordBatchReader.from_batches(reader.schema, _batches(reader, saying))
        finally:
            connection.close()


def bind(
    sql: str,
    schemas: Mapping[str, pyarrow.Schema],
    values: Mapping[str, Any] | None,
    wanted: Collection[str],
    field: str,
) -> pyarrow.Schema:
    """The schema of what a checked statement gives, by binding it to empty tables.

    Raises:
        StatementRefused: it names a column that isn't there, or types don't fit.
    """
    with tempfile.TemporaryDirectory(prefix="select-") as folder:
        connection = _connect(Path(folder), MEMORY, 1)
        try:
            _give(connection, {name: schema.empty_table() for name, schema in schemas.items()})
            _lock(connection, {})
            with deadline(connection, SECONDS) as late, _saying(sql, field, late, SECONDS, MEMORY):
                return _bound(connection, sql, _given(values, wanted)).limit(0).to_arrow_table().schema
        finally:
            connection.close()


def _bound(connection: duckdb.DuckDBPyConnection, sql: str, values: dict[str, Any] | None) -> duckdb.DuckDBPyRelation:
    import duckdb

    try:
        return connection.sql(sql, params=values)
    except (duckdb.BinderException, duckdb.CatalogException):
        connection.execute(EXPLAIN + sql, values)  # refuses for the same reason, and says where
        raise


def _connect(folder: Path, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={
            "threads": threads,
            "memory_limit": memory,
            "temp_directory": str(folder / "spill"),
            "max_temp_directory_size": SPILL,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",  # a table is never a variable of ours
        },
    )


def _give(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Given]) -> None:
    for name, given in tables.items():
        if isinstance(given, Path):
            given = [given]
        if isinstance(given, Sequence):
            files = ", ".join(literal(str(path)) for path in given)
            connection.execute(f"CREATE VIEW {identifier(name)} AS SELECT * FROM read_parquet([{files}])")
        else:
            connection.register(name, given)


def _lock(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Given]) -> None:
    """Shut everything but the files that were given; after this no statement can open it again."""
    paths = [path for given in tables.values() for path in _paths(given)]
    if paths:
        connection.execute(f"SET allowed_paths = [{', '.join(literal(str(path)) for path in paths)}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET errors_as_json = true")
    connection.execute("SET lock_configuration = true")


def _paths(given: Given) -> Sequence[Path]:
    if isinstance(given, Path):
        return [given]
    return given if isinstance(given, Sequence) else []


@contextmanager
def deadline(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[threading.Event]:
    """Interrupt the connection from another thread once the time is over, again and again until it has stopped.

    Once isn't enough: an interrupt that comes between two fetches is forgotten at the next.
    """
    over, late = threading.Event(), threading.Event()
    end = time.monotonic() + seconds

    def watch() -> None:
        pause = max(0.0, end - time.monotonic())
        while not over.wait(pause):
            late.set()
            connection.interrupt()
            pause = REPEAT_SECONDS

    watcher = threading.Thread(target=watch, name="select-deadline", daemon=True)
    watcher.start()
    try:
        yield late
    finally:
        over.set()
        watcher.join()


def _given(values: Mapping[str, Any] | None, wanted: Collection[str]) -> dict[str, Any] | None:
    """The values a statement wants; moments in UTC without saying so, as tables hold them."""
    return {name: _naive(value) for name, value in (values or {}).items() if name in wanted} or None


def _naive(value: Any) -> Any:
    aware = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC).replace(tzinfo=None) if aware else value


def _batches(
    reader: pyarrow.RecordBatchReader, saying: Callable[[], AbstractContextManager[None]]
) -> Iterator[pyarrow.RecordBatch]:
    while True:
        with saying():
            batch = next(reader, None)
        if batch is None:
            return
        yield batch


@contextmanager
def _saying(sql: str, field: str, late: threading.Event, seconds: float, memory: str) -> Iterator[None]:
    """Turn DuckDB's and Arrow's errors into ours."""
    import duckdb
    import pyarrow

    try:
        yield
    except (duckdb.Error, pyarrow.ArrowException, OSError, MemoryError) as error:
        raise _said(error, sql, field, late, seconds, memory) from error


def _said(
    error: BaseException, sql: str, field: str, late: threading.Event, seconds: float, memory: str
) -> StatementRefused | StatementFailed:
    import duckdb

    detail = str(error)
    if late.is_set() or isinstance(error, duckdb.InterruptException):
        return StatementFailed(_late(seconds), field=field, detail=detail)
    if isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)):
        message, at = _where(detail)
        return StatementRefused(plain(message), field=field, sql=sql, at=at)
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)) or "Out of Memory" in detail:
        return StatementFailed(f"It wanted more memory than the {memory} it may use.", field=field, detail=detail)
    return StatementFailed(
        "It met a value that it can't use: a text that isn't a number or a date, or a result too large. "
        "Use TRY_CAST, or choose the rows it looks at.",
        field=field,
        detail=detail,
    )


def _where(detail: str) -> tuple[str, int | None]:
    """DuckDB's message and the byte it points at; the errors that say where are JSON, and of EXPLAIN."""
    start = detail.find("{")
    try:
        said = json.loads(detail[start:]) if start >= 0 else {}
    except ValueError:
        said = {}
    if not isinstance(said, dict) or "exception_message" not in said:
        return detail, None
    found = re.match(r"\[?(\d+)", str(said.get("position") or said.get("location") or ""))
    at = int(found[1]) if found else NOWHERE
    return said["exception_message"], max(0, at - len(EXPLAIN)) if at < NOWHERE else None


def _late(seconds: float) -> str:
    return f"It ran longer than {seconds:g} seconds and was stopped."
