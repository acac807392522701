"""DuckDB over Arrow tables in memory: nothing of the disk or the network is within its reach."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@contextmanager
def over(**tables: pa.Table) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection in which each table is a view of its name."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": 2})
    try:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_external_access = false")
        for name, table in tables.items():
            connection.register(name, table)
        yield connection
    finally:
        connection.close()
