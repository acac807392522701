"""DuckDB for steps that make tables: it reads the files that it is given and writes into one folder, nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from apps.datasets.intake.engine import literal

if TYPE_CHECKING:
    import duckdb

MEMORY = "1GB"
THREADS = 2


@contextmanager
def duck(folder: Path, *readable: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads `readable` and reads and writes in `folder`, where it spills, too."""
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": THREADS,
            "memory_limit": MEMORY,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    try:
        connection.execute(f"SET allowed_paths = [{', '.join(literal(str(path)) for path in readable)}]")
        connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()
