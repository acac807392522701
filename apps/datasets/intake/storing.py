"""Batches from anywhere, turned into the six types that a table is stored in: NaN missing, infinity refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from apps.datasets.intake.columns import check_names
from apps.datasets.intake.limits import Limits, plural, refuse

if TYPE_CHECKING:
    import pyarrow as pa

PIECE_BYTES = 64 << 20


class Rows(Protocol):
    """A table that is read once, in order, in batches of stored types.

    Attributes:
        schema: the stored Arrow schema.
        notes: what the reader should know, as sentences; complete once `batches` has ended.
    """

    schema: pa.Schema
    notes: list[str]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The table in order.

        Raises:
            BadInput: it can't be read to its end, or holds what a table can't.
        """
        ...


class Storing:
    """Turns batches of one schema into batches of stored types, and counts the NaN that became missing.

    Args:
        source: the schema that the batches come in.
    """

    def __init__(self, source: pa.Schema, limits: Limits):
        self.limits, self.schema = limits, stored_schema(source, limits)
        self._nans = [0] * len(self.schema)

    def stored(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """The batch in stored types, cut where it unfolds to too much text.

        Raises:
            BadInput: a value doesn't fit its type, is infinite, or is longer than a cell may be.
        """
        for piece in _pieces(batch, self.limits):
            yield self._stored(piece)

    def notes(self) -> list[str]:
        """What was changed on the way, as sentences."""
        return [
            f"{field.name}: {plural(count, 'cell')} held NaN and count as missing."
            for field, count in zip(self.schema, self._nans, strict=True)
            if count
        ]

    def _stored(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        columns = []
        for place, (field, values) in enumerate(zip(self.schema, batch.columns, strict=True)):
            values, found = _without_nan(_cast(values, field), field.name)
            self._nans[place] += found
            columns.append(values)
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)


def is_text(found: pa.DataType) -> bool:
    """Whether a column of this type holds text, be it by dictionary."""
    import pyarrow.types as is_

    found = found.value_type if is_.is_dictionary(found) else found
    return is_.is_string(found) or is_.is_large_string(found) or is_.is_string_view(found)


def stored_schema(source: pa.Schema, limits: Limits) -> pa.Schema:
    """The schema in which a table of `source` is stored.

    Raises:
        BadInput: a name or a type can't be taken.
    """
    import pyarrow as pa

    names = check_names(source.names, limits)
    return pa.schema([(name, _stored_type(field)) for name, field in zip(names, source, strict=True)])


def _pieces(batch: pa.RecordBatch, limits: Limits) -> Iterator[pa.RecordBatch]:
    """The batch, cut so that no piece unfolds to much more than 64 MB of text.

    Raises:
        BadInput: a cell is longer than one may be.
    """
    widest = sum(_longest(field.name, values, limits) for field, values in zip(batch.schema, batch, strict=True))
    rows = max(1, PIECE_BYTES // widest) if widest else batch.num_rows
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


def _longest(name: str, values: pa.Array, limits: Limits) -> int:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not is_text(values.type):
        return 0
    texts = values.dictionary if pa.types.is_dictionary(values.type) else values
    longest = pc.max(pc.binary_length(texts.cast(pa.large_string()))).as_py() or 0
    if longest > limits.cell_bytes:
        raise refuse(f"Column “{name}” has a cell longer than {limits.cell_bytes >> 20} MB, the most that is taken.")
    return longest


def _stored_type(field: pa.Field) -> pa.DataType:
    import pyarrow as pa
    import pyarrow.types as is_

    found = field.type.value_type if is_.is_dictionary(field.type) else field.type
    if is_.is_timestamp(found):
        return pa.timestamp("us", tz="UTC" if found.tz else None)
    for test, stored in (
        (is_.is_integer, pa.int64()),
        (is_.is_floating, pa.float64()),
        (is_.is_decimal, pa.float64()),
        (is_.is_boolean, pa.bool_()),
        (is_.is_date, pa.date32()),
        (
            lambda t: is_text(t) or is_.is_null(t),
            pa.string(),
        ),
    ):
        if test(found):
            return stored
    raise refuse(
        f"Column “{field.name}” has the type {found}. "
        "A table holds integers, numbers, strings, booleans, dates and timestamps: flatten or convert it first."
    )


def _cast(values: pa.Array, field: pa.Field) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    try:
        values = values.cast(field.type, safe=not pa.types.is_timestamp(field.type))
    except pa.ArrowInvalid:
        raise refuse(
            f"Column “{field.name}” holds values that don't fit into {field.type} ({values.type})."
        ) from None
    if pa.types.is_string(field.type) and pc.any(pc.match_substring(values, "\x00")).as_py():
        raise refuse(f"Column “{field.name}” holds NUL characters. Remove them, then upload it again.")
    return values


def _without_nan(values: pa.Array, name: str) -> tuple[pa.Array, int]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_floating(values.type):
        return values, 0
    infinite = pc.sum(pc.is_inf(values)).as_py() or 0
    if infinite:
        raise refuse(infinity(name, infinite))
    nan = pc.is_nan(values)
    found = pc.sum(nan).as_py() or 0
    return (pc.if_else(nan, None, values).cast(values.type), found) if found else (values, 0)


def infinity(name: str, count: int) -> str:
    """The sentence for infinite values."""
    return f"Column “{name}” holds {plural(count, 'infinite value')}. Replace them by numbers or leave them empty."
