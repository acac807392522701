"""Reading an uploaded Parquet file: announced sizes first, then batch by batch into the stored types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from apps.core.errors import Refused
from apps.datasets.intake.limits import Limits, refuse
from apps.datasets.intake.storing import PIECE_BYTES, Storing, is_text

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

BATCH_ROWS = 65_536
FRONT_CODED_ROWS = 64
THRIFT_BYTES = 16 << 20  # the footer's own strings and lists


class ParquetTable:
    """An uploaded Parquet file as batches of stored types.

    Text is read as a dictionary and unfolded by pieces: one long cell, named by many rows, would fill the memory.

    Attributes:
        schema: the stored Arrow schema.
        notes: what the reader should know, as sentences; complete once `batches` has ended.
        blank: columns without a value, whose type says nothing.
    """

    def __init__(self, path: Path, limits: Limits):
        import pyarrow as pa

        self.path, self.limits, self.notes = path, limits, []
        with self._damage_named():
            self._file = self._open()
            _check_sizes(self._file.metadata, limits)
            self._storing = Storing(self._file.schema_arrow, limits)
            self.schema = self._storing.schema
            self.blank = frozenset(each.name for each in self._file.schema_arrow if pa.types.is_null(each.type))
            self._front_coded = _front_coded(self._file.metadata)
            texts = {field.name for field in self._file.schema_arrow if is_text(field.type)}
            self._file = self._open(read_dictionary=sorted(texts - self._front_coded))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The table in order, NaN turned into missing.

        Raises:
            BadInput: the file is damaged, or a column holds infinity or what its type can't.
        """
        with self._damage_named():
            for batch in self._read():
                batch.validate(full=True)
                yield from self._storing.stored(batch)
        self.notes += self._storing.notes()

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


def _front_coded(metadata: pq.FileMetaData) -> set[str]:
    """The columns whose cells name what they share with the cell before; they can't be read as a dictionary."""
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    return {column.path_in_schema for column in columns if any("DELTA" in coding for coding in column.encodings)}


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.concat_batches(batches)
