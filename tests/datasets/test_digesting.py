"""The digest of a table is what its description says, cell by cell, however the rows come."""

import hashlib
import struct
from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.canonical import digest
from apps.datasets.intake import digesting
from apps.datasets.intake.digesting import TableDigest

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  a timestamp without a zone counts from here
SCHEMA = pa.schema(
    [
        ("i", pa.int64()),
        ("f", pa.float64()),
        ("s", pa.string()),
        ("b", pa.bool_()),
        ("d", pa.date32()),
        ("t", pa.timestamp("us")),
    ]
)
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.text(max_size=5),
        st.none() | st.booleans(),
        st.none() | st.dates(),
        st.none() | st.datetimes(),
    ),
    max_size=20,
)
SPELLED = {
    "i": lambda cell: struct.pack("<q", cell or 0),
    "f": lambda cell: struct.pack("<d", cell or (0.0 if cell is None else cell)),
    "s": lambda cell: (cell or "").encode(),
    "b": lambda cell: bytes([bool(cell)]),
    "d": lambda cell: struct.pack("<i", (cell - date(1970, 1, 1)).days if cell else 0),
    "t": lambda cell: struct.pack("<q", _microseconds(cell) if cell else 0),
}


def _microseconds(moment):
    apart = moment - EPOCH
    return (apart.days * 86_400 + apart.seconds) * 1_000_000 + apart.microseconds


def by_the_book(rows):
    """The digest, written from its description, slowly."""
    columns = []
    for place, field in enumerate(SCHEMA):
        cells = [row[place] for row in rows]
        present = b"".join(bytes([cell is not None]) for cell in cells)
        lengths = (
            b"".join(struct.pack("<q", len((cell or "").encode())) for cell in cells) if field.name == "s" else b""
        )
        values = b"".join(SPELLED[field.name](cell) for cell in cells)
        parts = b"".join(hashlib.sha256(part).digest() for part in (present, lengths, values))
        columns.append({"name": field.name, "type": str(field.type), "digest": hashlib.sha256(parts).hexdigest()})
    return digest({"rows": len(rows), "columns": columns})


def batch_of(rows):
    columns = [pa.array([row[place] for row in rows], field.type) for place, field in enumerate(SCHEMA)]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def told(*batches):
    found = TableDigest(SCHEMA)
    for batch in batches:
        found.update(batch)
    return found.hexdigest()


@given(ROWS, st.integers(0, 20), st.integers(0, 20))
def test_it_is_the_one_that_is_described_wherever_the_rows_are_cut(rows, first, second):
    whole = batch_of(rows)
    assert told(whole) == by_the_book(rows)
    start, end = sorted((min(first, len(rows)), min(second, len(rows))))
    assert told(whole.slice(0, start), whole.slice(start, end - start), whole.slice(end)) == told(whole)


@pytest.mark.parametrize("threads", [0, 1])
def test_columns_beside_each_other_have_the_same_digest(threads, monkeypatch):
    monkeypatch.setattr(digesting, "WORTH_THREADS_BYTES", 0 if threads else 1 << 60)
    monkeypatch.setattr(digesting, "THREADS", 3)
    rows = [(n, n / 7, f"row {n}" if n % 5 else None, n % 2 == 0, None, EPOCH) for n in range(70_000)]
    whole = batch_of(rows)
    assert told(whole) == told(*(whole.slice(at, 9_999) for at in range(0, 70_000, 9_999)))
    assert told(whole) == "7ff602b10ccd79616a6805d6aa0ca90e0187e00045d90a56e7e1b0018b3359f0"
