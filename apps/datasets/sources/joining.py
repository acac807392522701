"""Several tables as one: which types they have in common, and their rows one after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from apps.datasets.intake.columns import type_name
from apps.datasets.intake.storing import Rows
from apps.datasets.sources.faults import SourceFault

if TYPE_CHECKING:
    import pyarrow as pa

BEFORE = "the version before"


def common_schema(tables: Sequence[tuple[str, Rows]], *, may_differ: bool = False) -> pa.Schema:
    """The schema that all of the named tables fit into, columns in the order of the first.

    Args:
        may_differ: whether columns may be there in one and not in another; they come last, and are missing there.

    Raises:
        SourceFault: they don't have the same columns, or a column's types don't go together.
    """
    import pyarrow as pa

    names = list(dict.fromkeys(name for _, rows in tables for name in rows.schema.names))
    if not may_differ:
        _require_same_columns(tables)
    return pa.schema([(name, _common_type(name, tables)) for name in names])


def _require_same_columns(tables: Sequence[tuple[str, Rows]]) -> None:
    first, columns = tables[0][0], tables[0][1].schema.names
    for label, rows in tables[1:]:
        absent = [name for name in columns if name not in rows.schema.names]
        if absent:
            raise SourceFault(f"{label} has no column “{absent[0]}”, which {first} has. All need the same columns.")
        more = [name for name in rows.schema.names if name not in columns]
        if more:
            raise SourceFault(f"{label} has a column “{more[0]}”, which {first} has not. All need the same columns.")


def _common_type(name: str, tables: Sequence[tuple[str, Rows]]) -> pa.DataType:
    """The narrowest type for a column of all tables; one that is empty in a table has any type there."""
    having = [(label, rows) for label, rows in tables if name in rows.schema.names]
    telling = [(label, rows) for label, rows in having if name not in blank(rows)] or having
    label, found = telling[0][0], telling[0][1].schema.field(name).type
    for other, rows in telling[1:]:
        wider = _wider(found, rows.schema.field(name).type)
        if wider is None:
            here, there = type_name(found), type_name(rows.schema.field(name).type)
            here, there = (f"{here} in UTC", there) if here == there else (here, there)
            raise SourceFault(f"Column “{name}” is {here} in {label} and {there} in {other}.")
        found = wider
    return found


def blank(rows: Rows) -> frozenset[str]:
    """Columns whose reader found no value in them, so that their type says nothing."""
    return frozenset(getattr(rows, "blank", ()))


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    import pyarrow as pa

    if one == other:
        return one
    for narrow, wide in ((pa.int64(), pa.float64()), (pa.date32(), pa.timestamp("us"))):
        if {one, other} == {narrow, wide}:
            return wide
    return None


class Fitted:
    """Rows in a schema that they fit into: columns by name, those they lack as missing."""

    def __init__(self, rows: Rows, schema: pa.Schema):
        self.rows, self.schema = rows, schema

    @property
    def notes(self) -> list[str]:
        return self.rows.notes

    def batches(self) -> Iterator[pa.RecordBatch]:
        for batch in self.rows.batches():
            yield self._fitted(batch)

    def _fitted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        if batch.schema.equals(self.schema):
            return batch
        columns = [self._column(batch, field) for field in self.schema]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _column(self, batch: pa.RecordBatch, field: pa.Field) -> pa.Array:
        import pyarrow as pa

        place = batch.schema.get_field_index(field.name)
        values = batch.column(place) if place >= 0 else None
        if values is None or values.null_count == len(values):
            return pa.nulls(batch.num_rows, field.type)
        try:
            return values.cast(field.type)
        except pa.ArrowInvalid:
            raise SourceFault(
                f"Column “{field.name}” holds whole numbers beyond what a number keeps exactly."
            ) from None


class Chained:
    """Tables of one schema, one after another."""

    def __init__(self, tables: Sequence[Rows]):
        self.tables, self.schema = tables, tables[0].schema

    @property
    def notes(self) -> list[str]:
        return list(dict.fromkeys(note for rows in self.tables for note in rows.notes))

    def batches(self) -> Iterator[pa.RecordBatch]:
        for rows in self.tables:
            yield from rows.batches()
