"""A table's columns as a model takes them: numbers as doubles with NaN for missing, text as text or as codes."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.evaluations.scoring.request import Request
from apps.jobs.sandbox.failures import Refused

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

NUMBER, TEXT, EITHER = "number", "text", "either"
Columns = dict[str, "np.ndarray"]


def open_table(path: Path, request: Request) -> "pq.ParquetFile":
    """The Parquet file, with every column that the request names.

    Raises:
        Refused: it isn't Parquet, or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise Refused("The data can't be read as Parquet.") from error
    there = set(table.schema_arrow.names)
    missing = [name for name in request.inputs if name not in there]
    if missing:
        raise Refused(f"The table has no column {listed(missing)}, which the model takes.")
    missing = [name for name in (request.id_column, *request.keep) if name and name not in there]
    if missing:
        raise Refused(f"The table has no column {listed(missing)}, which the evaluation needs.")
    if table.metadata.num_rows == 0:
        raise Refused("The table has no rows to score.")
    return table


def listed(names: list[str], most: int = 10) -> str:
    """Names in a sentence, the first few."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def batches(table: "pq.ParquetFile", request: Request) -> Iterator["pa.RecordBatch"]:
    """The columns needed, a bounded number of rows at a time, in the file's order."""
    wanted = [name for name in (request.id_column, *request.keep, *request.inputs) if name]
    yield from table.iter_batches(request.batch_rows, columns=list(dict.fromkeys(wanted)), use_threads=False)


class Reader:
    """Turns batches into what one model takes.

    `unknown` counts the categories it had no code for, `figures` names the columns of numbers kept as text.
    """

    def __init__(self, request: Request, wants: dict[str, str]):
        self.request = request
        self.wants = wants
        self.unknown: Counter[str] = Counter()
        self.figures: set[str] = set()

    def read(self, batch: "pa.RecordBatch") -> Columns:
        """Columns by input name, each of shape (rows,): float64, or objects (str or None) for text.

        Raises:
            Refused: a column doesn't hold what the model takes.
        """
        return {name: self.column(name, batch.column(name)) for name in self.request.inputs}

    def column(self, name: str, values: "pa.Array") -> "np.ndarray":
        """One input's values."""
        import pyarrow as pa

        kind = values.type
        if pa.types.is_dictionary(kind):
            values, kind = values.dictionary_decode(), kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind):
            return self._text(name, values)
        if self.wants[name] == TEXT:
            return _objects(values.cast(pa.string()))
        return self._numbers(name, values)

    def _text(self, name: str, values: "pa.Array") -> "np.ndarray":
        if self.wants[name] in (TEXT, EITHER):
            return _objects(values)
        if name in self.request.categories:
            return self._codes(name, values)
        return self._figures(name, values)

    def _figures(self, name: str, values: "pa.Array") -> "np.ndarray":
        """Numbers kept as text, as exports often have them: taken as numbers where every value is one, and noted."""
        import pyarrow as pa

        try:
            numbers = self._numbers(name, values.cast(pa.float64()))
        except pa.ArrowInvalid as error:
            example = next((v for v in values.to_pylist() if v is not None and not _is_number(v)), None)
            raise Refused(
                f"The column {name!r} holds text ({example!r}) and the model takes numbers there; "
                "name its values, in the order of their codes, under categories in the version's metadata."
            ) from error
        self.figures.add(name)
        return numbers

    def _codes(self, name: str, values: "pa.Array") -> "np.ndarray":
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        known = pa.array([str(value) for value in self.request.categories[name]], values.type)
        codes = pc.index_in(values, value_set=known, skip_nulls=True)
        self.unknown[name] += codes.null_count - values.null_count
        return np.asarray(codes.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)

    def _numbers(self, name: str, values: "pa.Array") -> "np.ndarray":
        import numpy as np
        import pyarrow as pa

        if pa.types.is_boolean(values.type):
            values = values.cast(pa.int8())
        if not (
            pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)
        ):
            raise Refused(f"The column {name!r} holds {values.type}, and the model takes numbers or text.")
        numbers = values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return np.asarray(numbers, dtype=np.float64)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _objects(values: "pa.Array") -> "np.ndarray":
    import numpy as np

    return np.asarray(values.to_pylist(), dtype=object)


def matrix(columns: Columns, dtype: Any) -> "np.ndarray":
    """Columns side by side, shape (rows, columns), in their order."""
    import numpy as np

    return np.column_stack([column.astype(dtype) for column in columns.values()])
