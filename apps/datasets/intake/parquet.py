"""Reading an uploaded Parquet file: announced sizes first, then batch by batch into the stored types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from apps.core.errors import Refused
from apps.datasets.intake.columns import check_names
from apps.datasets.intake.limits import Limits, plural, refuse

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS = 65_536
FRONT_CODED_ROWS = 64
PIECE_BYTES = 64 << 20
THRIFT_BYTES = 16 << 20  # the footer's own strings and lists


class ParquetTable:
    """An uploaded Parquet file as batches of stored types.

    Text is read as a dictionary and unfolded by pieces: one long cell, named by many rows, would fill the memory.

    Attributes:
        schema: the stored Arrow schema.
        notes: what the reader should know, as sentences; complete once `batches` has ended.
    """

    def __init__(self, path: Path, limits: Limits):
        self.path, self.limits, self.notes = path, limits, []
        with self._damage_named():
            self._file = self._open()
            _check_sizes(self._file.metadata, limits)
            self.schema = _stored_schema(self._file.schema_arrow, limits)
            self._front_coded = _front_coded(self._file.metadata)
            texts = {field.name for field in self._file.schema_arrow if _is_text(field.type)}
            self._file = self._open(read_dictionary=sorted(texts - self._front_coded))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The table in order, NaN turned into missing.

        Raises:
            BadInput: the file is damaged, or a column holds infinity or what its type can't.
        """
        nans = [0] * len(self.schema)
        with self._damage_named():
            for batch in self._read():
                batch.validate(full=True)
                for piece in _pieces(batch, self.limits):
                    yield self._stored(piece, nans)
        for field, count in zip(self.schema, nans, strict=True):
            if count:
                self.notes.append(f"{field.name}: {plural(count, 'cell')} held NaN and count as missing.")

    def _read(self) -> Iterator[pa.RecordBatch]:
        """The batches; by few rows at a time where texts are front-coded, which no dictionary holds."""
        if not self._front_coded:
            yield from self._file.iter_batches(BATCH_ROWS, use_threads=False)
            return
        held: list[pa.RecordBatch] = []
        for batch in self._file.iter_batches(FRONT_CODED_ROWS, use_threads=False):
            held.append(batch)
            if sum(each.num_rows for each in held) >= BATCH_ROWS or sum(e.nbytes for e in held) >= PIECE_BYTES:
                yield _joined(held)
                held = []
        if held:
            yield _joined(held)

    def _open(self, read_dictionary: list[str] | None = None) -> pq.ParquetFile:
        import pyarrow.parquet as pq

        return pq.ParquetFile(
            self.path,
            read_dictionary=read_dictionary,
            page_checksum_verification=True,
            thrift_string_size_limit=THRIFT_BYTES,
            thrift_container_size_limit=1_000_000,
            schema_depth_limit=16,
            arrow_extensions_enabled=False,
        )

    def _stored(self, batch: pa.RecordBatch, nans: list[int]) -> pa.RecordBatch:
        import pyarrow as pa

        columns = []
        for place, (field, values) in enumerate(zip(self.schema, batch.columns, strict=True)):
            values, found = _without_nan(_cast(values, field), field.name)
            nans[place] += found
            columns.append(values)
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _damage_named(self):
        return _Damage()


class _Damage:
    """Turn what the Parquet reader throws into a refusal; pass on refusals as they are."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        import pyarrow as pa

        if error is None or isinstance(error, Refused | GeneratorExit):
            return False
        if isinstance(error, pa.ArrowException | OSError | ValueError | MemoryError):
            first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise refuse(f"This Parquet file is damaged or of a kind that can't be read here ({first}).") from error
        return False


def _check_sizes(metadata: pq.FileMetaData, limits: Limits) -> None:
    if metadata.num_rows > limits.rows:
        raise refuse(f"The file announces {metadata.num_rows:,} rows; at most {limits.rows:,} are taken.")
    if metadata.num_columns > limits.columns:
        raise refuse(f"The file announces {metadata.num_columns:,} columns; at most {limits.columns:,} are taken.")
    unpacked = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    if unpacked > limits.unpacked_bytes or unpacked < 0:
        raise refuse(
            f"The file announces {unpacked / 2**30:,.1f} GB once unpacked; "
            f"at most {limits.unpacked_bytes / 2**30:,.1f} GB are taken."
        )


def _is_text(found: pa.DataType) -> bool:
    import pyarrow.types as is_

    found = found.value_type if is_.is_dictionary(found) else found
    return is_.is_string(found) or is_.is_large_string(found) or is_.is_string_view(found)


def _front_coded(metadata: pq.FileMetaData) -> set[str]:
    """The columns whose cells name what they share with the cell before; they can't be read as a dictionary."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    return {column.path_in_schema for column in columns if any("DELTA" in coding for coding in column.encodings)}


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.concat_batches(batches)


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

    if not _is_text(values.type):
        return 0
    texts = values.dictionary if pa.types.is_dictionary(values.type) else values
    longest = pc.max(pc.binary_length(texts.cast(pa.large_string()))).as_py() or 0
    if longest > limits.cell_bytes:
        raise refuse(f"Column “{name}” has a cell longer than {limits.cell_bytes >> 20} MB, the most that is taken.")
    return longest


def _stored_schema(source: pa.Schema, limits: Limits) -> pa.Schema:
    import pyarrow as pa

    names = check_names(source.names, limits)
    return pa.schema([(name, _stored_type(field)) for name, field in zip(names, source, strict=True)])


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
            lambda t: _is_text(t) or is_.is_null(t),
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
