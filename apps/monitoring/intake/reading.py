"""From what was sent to one Arrow table of columns, whatever the form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.core.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

FIELDS = {
    "predictions": ("id", "time", "version", "use", "score"),
    "outcomes": ("id", "outcome", "time"),
}
NEEDED = {"predictions": ("id", "time", "version", "score"), "outcomes": ("id", "outcome", "time")}
NESTED = ("features", "group")
FEATURE = "feature:"  # before the name of what predictions rest on, so that it may be called as a field is
SCORES = re.compile(r"score_\d+")
NO_ROWS = "There are no rows in it."
ROW, FAULT = "_row", "_fault"


def look_at_parquet(path: Path, sort: str) -> None:
    """Refuse at the door what can't be read at all; reads the file's footer only.

    Raises:
        BadInput: it is no Parquet file, has no rows, or lacks a needed column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            rows, names = file.metadata.num_rows, columns_of(file.schema_arrow.names, sort)
    except (pa.ArrowException, OSError):
        raise BadInput(errors={"file": ["This is not a Parquet file."]}) from None
    if not rows:
        raise BadInput(errors={"file": [NO_ROWS]})
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(errors={"file": [f"Two columns are called “{twice[0].removeprefix(FEATURE)}”."]})
    scores = [name for name in names if SCORES.fullmatch(name)]
    missing = [name for name in NEEDED[sort] if name not in names and not (name == "score" and scores)]
    if missing:
        raise BadInput(errors={"file": [f"There is no column “{name}”." for name in missing]})


def columns_of(names: Iterable[str], sort: str) -> list[str]:
    """A flat table's columns as fields and features; `features.score` is the feature that is called as a field is."""
    return [name if sort == "outcomes" or _is_field(name) else FEATURE + _plain_name(name) for name in names]


def _is_field(name: str) -> bool:
    return name in FIELDS["predictions"] or SCORES.fullmatch(name) is not None


def _plain_name(name: str) -> str:
    first, _, rest = name.partition(".")
    return rest if first in NESTED and rest else name


def look_at_rows(rows: Any) -> None:
    """The same for JSON.

    Raises:
        BadInput: it is no list, or an empty one.
    """
    if not isinstance(rows, list):
        raise BadInput("Send a list of rows: [{…}, {…}].")
    if not rows:
        raise BadInput(NO_ROWS)


def read_parquet(path: Path, sort: str) -> pa.Table:
    """The file's columns as fields and features, with each row's place."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    plain = [_plain(column) for column in table.columns]
    return _numbered(pa.table(plain, names=columns_of(table.column_names, sort)), [None] * table.num_rows)


def read_json(text: bytes, sort: str) -> pa.Table:
    """JSON rows as columns: fields, features and groups, lists of scores as score_0, score_1 …."""
    import pyarrow as pa

    rows = json.loads(text)
    fields = FIELDS[sort]
    columns: dict[str, list[Any]] = {name: [None] * len(rows) for name in fields}
    faults: list[str | None] = []
    for place, row in enumerate(rows):
        fault, cells = _cells(row, fields, nested=sort == "predictions")
        faults.append(fault)
        for name, value in cells:
            columns.setdefault(name, [None] * len(rows))[place] = value
    arrays = {name: _array(values) for name, values in columns.items()}
    return _numbered(pa.table(arrays), faults)


def _cells(row: Any, fields: Iterable[str], *, nested: bool) -> tuple[str | None, list[tuple[str, Any]]]:
    """What is wrong with a row's shape, if anything, and its cells."""
    if not isinstance(row, dict):
        return "A row is an object with the fields id, time and so on.", []
    found: list[tuple[str, Any]] = []
    for name, value in row.items():
        if nested and name in NESTED:
            if not isinstance(value, dict | None):
                return f"{name}: it is an object of columns and values.", []
            found += [(FEATURE + each, cell) for each, cell in (value or {}).items()]
        elif name not in fields:
            return f"{name}: there is no such field.", []
        elif name == "score" and isinstance(value, list):
            found += [(f"score_{place}", each) for place, each in enumerate(value)]
        else:
            found.append((name, value))
    odd = next((name for name, value in found if isinstance(value, dict | list)), None)
    return (f"{odd.removeprefix(FEATURE)}: it is one value, not several.", []) if odd else (None, found)


def _array(values: list[Any]) -> Any:
    """Numbers as numbers, anything else as text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(value is None or abs(value) < 2**63 for value in values):
        return pa.array(values, pa.int64())
    if kinds <= {int, float, bool}:
        return pa.array([None if value is None else _float(value) for value in values], pa.float64())
    return pa.array([_text(value) for value in values], pa.string())


def _float(value: Any) -> float | None:
    """A number as a double; not a number is nothing."""
    try:
        return None if value != value else float(value)
    except OverflowError:
        return float("inf")


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return None if value is None else value.replace("\x00", "")
    return json.dumps(value)


def _plain(column: Any) -> Any:
    """Dictionaries and decimals as what they stand for; not a number is nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_floating(kind):
        column = column.cast(pa.float64())
        return pc.if_else(pc.is_nan(column), None, column)
    return pc.cast(column, pa.string()) if pa.types.is_large_string(kind) else column


def _numbered(table: pa.Table, faults: list[str | None]) -> pa.Table:
    import pyarrow as pa

    table = table.append_column(ROW, pa.array(range(table.num_rows), pa.int64()))
    return table.append_column(FAULT, pa.array(faults, pa.string()))
