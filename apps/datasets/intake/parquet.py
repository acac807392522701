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
THRIFT_BYTES = 16 << 20  # the footer's own strings and lists


class ParquetTable:
    """An uploaded Parquet file as batches of stored types.

    Attributes:
        schema: the stored Arrow schema.
        notes: what the reader should know, as sentences; complete once `batches` has ended.
    """

    def __init__(self, path: Path, limits: Limits):
        self.path, self.limits, self.notes = path, limits, []
        with self._damage_named():
            self._file = self._open()
            _check_sizes(self._file.metadata, limits)
            self._source = self._file.schema_arrow
            self.schema = _stored_schema(self._source, limits)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The table in order, NaN turned into missing.

        Raises:
            BadInput: the file is damaged, or a column holds infinity or what its type can't.
        """
        nans = [0] * len(self.schema)
        with self._damage_named():
            for batch in self._file.iter_batches(BATCH_ROWS, use_threads=False):
                batch.validate(full=True)
                yield self._stored(batch, nans)
        for field, count in zip(self.schema, nans, strict=True):
            if count:
                self.notes.append(f"{field.name}: {plural(count, 'cell')} held NaN and count as missing.")

    def _open(self) -> pq.ParquetFile:
        import pyarrow.parquet as pq

        return pq.ParquetFile(
            self.path,
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
            lambda t: is_.is_string(t) or is_.is_large_string(t) or is_.is_string_view(t) or is_.is_null(t),
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
