"""Reading a table once: Parquet by its path, or Arrow, pandas, or a mapping of columns; all through DuckDB."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from apps.measures.arrays import Array, Integers
from apps.measures.spec import MISSING, Label, group_label

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FLOATS = ("FLOAT", "DOUBLE", "DECIMAL")


class Table:
    """A readable table; use as a context manager.

    DuckDB runs on one thread: sums of floats come out the same on every run, and evidence must be repeatable.
    """

    def __init__(self, source: Any) -> None:
        import duckdb

        self._connection = duckdb.connect(config={"threads": 1})
        if isinstance(source, str | Path):
            self._connection.read_parquet(str(source)).create_view("data")
        else:
            self._connection.register("data", _arrow(source))
        described = self._connection.execute("DESCRIBE data").fetchall()
        self.types: dict[str, str] = {row[0]: row[1] for row in described}

    def __enter__(self) -> "Table":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query over the view `data`."""
        found: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return found

    def arrays(self, query: str) -> dict[str, Array]:
        """Columns of a query as numpy arrays; NULLs come masked."""
        found: dict[str, Array] = self._connection.execute(query).fetchnumpy()
        return found

    def codes(self, expression: str) -> tuple[Integers, tuple[str, ...]]:
        """The group of every row by an SQL expression: codes of shape (n,) and the labels they stand for, sorted."""
        column = self._connection.sql(f"SELECT {expression} AS k FROM data").to_arrow_table().column("k")
        encoded = column.combine_chunks()
        encoded = encoded.chunk(0) if hasattr(encoded, "chunk") else encoded
        if not hasattr(encoded, "dictionary"):
            encoded = encoded.dictionary_encode()
        names = [group_label(value) for value in encoded.dictionary.to_pylist()] + [MISSING]
        # objects, not numpy's text: that pads every name to the longest
        labels = sorted(set(names))
        place = {label: i for i, label in enumerate(labels)}
        indices = encoded.indices.fill_null(len(names) - 1).to_numpy(zero_copy_only=False).astype(np.int64)
        codes = np.array([place[name] for name in names], dtype=np.int64)[indices]
        used, codes = np.unique(codes, return_inverse=True)
        return codes.astype(np.int64), tuple(labels[i] for i in used)

    def require(self, *columns: str) -> None:
        """Refuse a column that the table lacks.

        Raises:
            KeyError: naming the first absent column.
        """
        for column in columns:
            if column not in self.types:
                raise KeyError(f"The table has no column {column!r}.")

    def is_numeric(self, column: str) -> bool:
        """Whether the column holds numbers (booleans are not)."""
        return self.types[column].startswith((*_INTEGERS, *_FLOATS))

    def is_float(self, column: str) -> bool:
        """Whether the column can hold NaN."""
        return self.types[column].startswith(("FLOAT", "DOUBLE"))

    def equals(self, column: str, label: Label) -> str:
        """SQL for "the column's value is this label", compared after the column's type ("1" is 1 among integers).

        Raises:
            ValueError: the label can't be a value of the column.
        """
        name = quoted(column)
        if self.is_numeric(column):
            try:
                return f"{name} = {float(label)!r}"
            except ValueError:
                raise ValueError(f"The label {label!r} can't occur in the numeric column {column!r}.") from None
        if self.types[column] == "BOOLEAN":
            return name if str(label).lower() in {"true", "1", "1.0"} else f"NOT {name}"
        return f"CAST({name} AS VARCHAR) = {literal(str(label))}"

    def present(self, column: str) -> str:
        """SQL for "the column has a value here": neither NULL nor NaN."""
        name = quoted(column)
        return f"({name} IS NOT NULL AND NOT isnan({name}))" if self.is_float(column) else f"{name} IS NOT NULL"

    def number(self, column: str) -> str:
        """SQL for the column as a finite double, NULL elsewhere.

        Raises:
            ValueError: the column isn't numeric.
        """
        if not (self.is_numeric(column) or self.types[column] == "BOOLEAN"):
            raise ValueError(f"The column {column!r} must be numeric and is {self.types[column]}.")
        value = f"CAST({quoted(column)} AS DOUBLE)"
        return f"CASE WHEN isfinite({value}) THEN {value} END"


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """An SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _arrow(source: Any) -> Any:
    import pyarrow as pa

    if isinstance(source, pa.Table):
        return source
    if isinstance(source, Mapping):
        return pa.table(dict(source))
    return pa.Table.from_pandas(source, preserve_index=False)
