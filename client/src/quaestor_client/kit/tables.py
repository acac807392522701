"""Rows, however they come: mappings, columns, a pandas DataFrame, a pyarrow Table, a CSV or Parquet file."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from quaestor_client.kit.outcome import Untestable

Row = dict[str, Any]


class Table:
    """Rows as mappings, and the way back to the form they came in.

    Attributes:
        texts: whether every cell is text, as a CSV file's are.
    """

    def __init__(self, rows: list[Row], names: Sequence[str], origin: Any = None, *, texts: bool = False) -> None:
        self.rows, self.names, self.texts = rows, tuple(names), texts
        self._origin = origin

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> list[Any]:
        return [missing_as_none(row.get(name)) for row in self.rows]

    def like_the_first(self, rows: Sequence[Row]) -> Any:
        """`rows` in the form that this table came in, so that a model gets what it is used to."""
        origin = self._origin
        if hasattr(origin, "dtypes"):  # pandas
            frame = type(origin)(list(rows), columns=list(origin.columns))
            return frame.astype(_types_that_hold(origin, frame))
        if hasattr(origin, "schema") and hasattr(type(origin), "from_pylist"):  # pyarrow
            return type(origin).from_pylist(list(rows), schema=origin.schema)
        return list(rows)


def table_of(said: Any) -> Table:
    """The rows of whatever was given.

    Raises:
        Untestable: it is nothing that has rows, or has none.
    """
    table = _read(said)
    if not len(table):
        raise Untestable("There are no rows, so nothing would be tested.")
    return table


def missing_as_none(value: Any) -> Any:
    """None for what pandas, numpy and floats write for a missing value; numpy's scalars as Python's."""
    if value is None or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _read(said: Any) -> Table:
    if isinstance(said, (str, Path)):
        return _file(Path(said))
    if hasattr(said, "to_dict") and hasattr(said, "columns"):
        return Table(said.to_dict("records"), [str(name) for name in said.columns], said)
    if hasattr(said, "to_pylist") and hasattr(said, "column_names"):
        return Table(said.to_pylist(), said.column_names, said)
    if isinstance(said, Mapping):
        return _columns(said)
    try:
        rows = [dict(row) for row in said]
    except (TypeError, ValueError):
        raise Untestable(
            f"A {type(said).__name__} has no rows: give mappings, columns, a DataFrame or a file."
        ) from None
    return Table(rows, list(dict.fromkeys(name for row in rows for name in row)))


def _columns(said: Mapping[str, Any]) -> Table:
    lengths = {len(values) for values in said.values()}
    if len(lengths) > 1:
        raise Untestable("The columns are not of one length.")
    rows = [dict(zip(said, values)) for values in zip(*said.values())]
    return Table(rows, list(said))


def _file(path: Path) -> Table:
    if path.suffix.lower() == ".parquet":
        try:
            import pyarrow.parquet
        except ImportError:
            raise Untestable(f"{path} is read by pyarrow, which is not installed here.") from None
        return _read(pyarrow.parquet.read_table(path))
    if path.suffix.lower() != ".csv":
        raise Untestable(f"{path} is neither .csv nor .parquet.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            names = list(reader.fieldnames or [])
            rows = [{name: value if value != "" else None for name, value in row.items()} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Untestable(f"{path} can't be read: {error}.") from None
    if any(None in row for row in rows):
        raise Untestable(f"{path} has rows with more cells than names.")
    return Table(rows, names, texts=True)


def _types_that_hold(origin: Any, frame: Any) -> dict[str, Any]:
    """The types of the first frame, for the columns whose new values they can still hold."""
    kept = {}
    for name, kind in origin.dtypes.items():
        try:
            frame[name].astype(kind)
        except (TypeError, ValueError):
            continue
        kept[name] = kind
    return kept
