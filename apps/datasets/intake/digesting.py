"""The digest of what a table says, whatever file said it.

Each column has three running sha256: which cells are present (a byte each), the lengths of its strings (8 bytes
each, little-endian), and the values end to end (absent ones as zero or nothing). The table's digest is that of the
canonical JSON of names, types and these, so neither row groups, compression nor the writing library's version move
it, and two versions show by column where they differ.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from apps.core.canonical import digest

THREADS = min(4, os.cpu_count() or 1)
WORTH_THREADS_BYTES = 1 << 20
ALL_PRESENT = b"\x01" * 65_536  # as many as a batch has rows

if TYPE_CHECKING:
    import pyarrow as pa


class TableDigest:
    """Digest of record batches that share a schema of stored types; `update` them in order."""

    def __init__(self, schema: pa.Schema):
        self.schema, self.rows = schema, 0
        self._columns = [ColumnDigest() for _ in schema]
        # the threads come with the first large batch, and go with this object
        self._pool = ThreadPoolExecutor(THREADS, "digest") if THREADS > 1 and len(schema) > 1 else None

    def update(self, batch: pa.RecordBatch) -> None:
        """Take the next batch; a large one's columns are hashed beside each other, for hashing holds no lock."""
        self.rows += batch.num_rows
        if self._pool is None or batch.nbytes < WORTH_THREADS_BYTES:
            self._hash(batch, 0, 1)
        else:
            list(self._pool.map(lambda start: self._hash(batch, start, THREADS), range(THREADS)))

    def _hash(self, batch: pa.RecordBatch, start: int, step: int) -> None:
        for place in range(start, len(self._columns), step):
            self._columns[place].update(batch.column(place))

    def columns(self) -> dict[str, str]:
        """sha256 by column name."""
        return {field.name: column.hexdigest() for field, column in zip(self.schema, self._columns, strict=True)}

    def hexdigest(self) -> str:
        columns = [
            {"name": field.name, "type": str(field.type), "digest": column.hexdigest()}
            for field, column in zip(self.schema, self._columns, strict=True)
        ]
        return digest({"rows": self.rows, "columns": columns})


class ColumnDigest:
    def __init__(self) -> None:
        self._present, self._lengths, self._values = hashlib.sha256(), hashlib.sha256(), hashlib.sha256()

    def update(self, values: pa.Array) -> None:
        import pyarrow as pa

        self._present.update(_presence(values))
        if pa.types.is_string(values.type):
            self._strings(values)
        else:
            self._values.update(_fixed_width(values))

    def hexdigest(self) -> str:
        parts = (self._present, self._lengths, self._values)
        return hashlib.sha256(b"".join(part.digest() for part in parts)).hexdigest()

    def _strings(self, values: pa.Array) -> None:
        import numpy as np

        if not len(values):
            return
        values = values.fill_null("") if values.null_count else values
        offsets = np.frombuffer(values.buffers()[1], dtype="<i4", count=len(values) + 1, offset=4 * values.offset)
        self._lengths.update(np.diff(offsets).astype("<i8").tobytes())
        if offsets[-1] > offsets[0]:
            self._values.update(memoryview(values.buffers()[2])[offsets[0] : offsets[-1]])


def _presence(values: pa.Array) -> Any:
    if values.null_count == 0:
        return memoryview(ALL_PRESENT)[: len(values)] if len(values) <= len(ALL_PRESENT) else b"\x01" * len(values)
    return values.is_valid().to_numpy(zero_copy_only=False).astype("u1").tobytes()


def _fixed_width(values: pa.Array) -> Any:
    import pyarrow as pa

    if pa.types.is_boolean(values.type):
        return values.fill_null(False).to_numpy(zero_copy_only=False).astype("u1").tobytes()
    if pa.types.is_date(values.type):
        values = values.cast(pa.int32())
    elif pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    filled = values.fill_null(0) if values.null_count else values
    return memoryview(filled.to_numpy(zero_copy_only=True)).cast("B")
