"""DuckDB inside walls: one file to read, no network, no extensions, bounded memory and threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"
THREADS = 2


@contextmanager
def reading(path: Path, *others: Path, spill: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that can read the files named and nothing else.

    Args:
        spill: a folder of the caller's own for what doesn't fit into memory; by default beside the first file.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": MEMORY,
            "temp_directory": str(spill or path.parent / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    try:
        allowed = ", ".join(literal(str(each)) for each in (path, *others))
        connection.execute(f"SET allowed_paths = [{allowed}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def literal(text: str) -> str:
    """Text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A column's name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'
