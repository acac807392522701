"""DuckDB inside walls for joins: the files it is given, no network, no settings; what it can't hold, it spills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from apps.datasets.intake.engine import literal

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"
SPILL = "64GB"
THREADS = 2


@contextmanager
def joining(files: Sequence[Path], folder: Path, *, memory: str = MEMORY) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads and writes `files` and nothing else; what it spills goes into `folder`."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": memory,
            "temp_directory": str(folder / "spill"),
            "max_temp_directory_size": SPILL,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "preserve_insertion_order": "false",
        },
    )
    try:
        connection.execute(f"SET allowed_paths = [{', '.join(literal(str(path)) for path in dict.fromkeys(files))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def micros(column: str) -> str:
    """A moment in SQL as microseconds since 1970 UTC; a date is its first moment."""
    return f"epoch_us(CAST({column} AS TIMESTAMP))"


def parquet(path: Path, *, numbered: bool = False) -> str:
    """A file as a table; `numbered` adds the place of each row, from 0, as `file_row_number`."""
    return f"read_parquet({literal(str(path))}{', file_row_number = true' if numbered else ''})"
