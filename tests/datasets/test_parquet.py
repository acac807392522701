"""What a Parquet file may be, and what is said of one that is none."""

import datetime
import decimal
import resource

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.core.errors import BadInput
from apps.datasets.intake.limits import Limits
from apps.datasets.intake.metadata import TableMetadata
from apps.datasets.intake.taking import take_in


def taken(folder, table, limits=None, **writing):
    source = folder / "upload"
    if isinstance(table, bytes):
        source.write_bytes(table)
    else:
        pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), source, **writing)
    return take_in(source, folder / "table.parquet", TableMetadata(), limits)


def test_types_become_the_six(tmp_path):
    day = datetime.date(2026, 11, 24)
    table = taken(
        tmp_path,
        {
            "i": pa.array([1, None], pa.int8()),
            "u": pa.array([1, 2], pa.uint32()),
            "f": pa.array([0.5, float("nan")], pa.float32()),
            "m": pa.array([decimal.Decimal("1.50"), None]),
            "s": pa.array(["a", "b"]).dictionary_encode(),
            "l": pa.array(["a", "b"], pa.large_string()),
            "b": [True, False],
            "d": [day, day],
            "t": pa.array([1, 2], pa.timestamp("ns")),
            "z": pa.array([1, 2], pa.timestamp("ms", "Europe/Berlin")),
            "n": pa.nulls(2),
        },
    )
    assert {column.name: column.type for column in table.columns} == {
        "i": "integer",
        "u": "integer",
        "f": "number",
        "m": "number",
        "s": "string",
        "l": "string",
        "b": "boolean",
        "d": "date",
        "t": "timestamp",
        "z": "timestamp",
        "n": "string",
    }
    assert "f: 1 cell held NaN and count as missing." in table.notes or "f: 1 cell held NaN" in str(table.notes)


BAD = {
    "a list": ({"a": [[1]], "b": [1]}, "Column “a” has the type list"),
    "a struct": ({"a": [{"x": 1}], "b": [1]}, "Column “a” has the type struct"),
    "bytes": ({"a": [b"x"], "b": [1]}, "Column “a” has the type binary"),
    "a time of day": ({"a": [datetime.time(1)], "b": [1]}, "Column “a” has the type time64"),
    "an integer too large": ({"a": pa.array([2**64 - 1], pa.uint64()), "b": [1]}, "don't fit into int64"),
    "infinity": ({"a": [1.0, float("inf")], "b": [1, 2]}, "“a” holds 1 infinite value"),
    "no rows": ({"a": pa.array([], pa.int64()), "b": pa.array([], pa.int64())}, "column names and no rows"),
    "NUL in a text": ({"a": ["x\x00y"], "b": [1]}, "“a” holds NUL characters"),
    "a name twice": (pa.table([[1], [2]], names=["a", "a"]), "“a” occurs 2 times"),
    "nothing behind the mark": (b"PAR1", "damaged"),
    "rubbish behind the mark": (b"PAR1" + b"\xff" * 200 + b"PAR1", "damaged"),
}


@pytest.mark.parametrize(("table", "sentence"), BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_and_nothing_is_left(table, sentence, tmp_path):
    with pytest.raises(BadInput) as refusal:
        taken(tmp_path, table)
    assert sentence in refusal.value.errors["file"][0]
    assert not (tmp_path / "table.parquet").exists()


def test_a_byte_changed_in_the_middle_is_found(tmp_path):
    pq.write_table(pa.table({"a": list(range(5000)), "b": [1] * 5000}), tmp_path / "good", write_page_checksum=True)
    content = bytearray((tmp_path / "good").read_bytes())
    content[200] ^= 0xFF
    with pytest.raises(BadInput, match="damaged"):
        taken(tmp_path, bytes(content))


def test_text_that_is_not_utf8_is_found(tmp_path):
    bad = pa.StringArray.from_buffers(1, pa.py_buffer(b"\x00\x00\x00\x00\x02\x00\x00\x00"), pa.py_buffer(b"\xff\xfe"))
    with pytest.raises(BadInput, match="damaged"):
        taken(tmp_path, pa.table({"a": bad, "b": [1]}))


def test_a_bomb_is_refused_by_what_it_announces(tmp_path):
    bomb = pa.table({"a": pa.array([0] * 2_000_000), "b": ["x" * 100] * 2_000_000})
    with pytest.raises(BadInput, match="GB once unpacked"):
        taken(tmp_path, bomb, Limits(unpacked_bytes=10_000), use_dictionary=False, compression="zstd")
    assert (tmp_path / "upload").stat().st_size < 1 << 20
    with pytest.raises(BadInput, match="announces 2,000,000 rows"):
        taken(tmp_path, bomb, Limits(rows=1_000_000))


def test_a_bomb_that_announces_little_is_cut_while_it_unpacks(tmp_path):
    small_on_disk = pa.table({"a": pa.array(["x" * 1000] * 100_000).dictionary_encode(), "b": [1] * 100_000})
    with pytest.raises(BadInput, match="unpacks to more than"):
        taken(tmp_path, small_on_disk, Limits(unpacked_bytes=10 << 20))


def named_often(cell, rows):
    """One cell that many rows name: a file of a few bytes."""
    names = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), pa.array([cell]))
    return pa.table({"text": names, "row": range(rows)})


def test_a_long_cell_named_by_many_rows_is_cut_before_it_fills_the_memory(tmp_path):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match=r"unpacks to more than 0\.2 GB"):
        taken(tmp_path, named_often("x" * (4 << 20), 50_000), Limits(unpacked_bytes=200 << 20), store_schema=False)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 1 << 20  # KB
    assert not (tmp_path / "table.parquet").exists()


@pytest.mark.parametrize("coding", [{}, {"use_dictionary": False, "column_encoding": {"text": "DELTA_BYTE_ARRAY"}}])
def test_a_cell_may_be_only_so_long(coding, tmp_path):
    table = named_often("x" * (9 << 20), 2)
    plain = table.set_column(0, "text", table["text"].cast(pa.string()))
    with pytest.raises(BadInput, match="“text” has a cell longer than 8 MB"):
        taken(tmp_path, plain, **coding)


def test_texts_say_the_same_however_they_are_written(tmp_path):
    table = pa.table({"s": [f"name {n % 900}" for n in range(100_000)], "n": range(100_000)})
    codings = [
        {},
        {"use_dictionary": False},
        {"use_dictionary": False, "column_encoding": {"s": "DELTA_BYTE_ARRAY"}},
        {"use_dictionary": False, "column_encoding": {"s": "DELTA_LENGTH_BYTE_ARRAY"}},
    ]
    assert len({taken(tmp_path, table, **coding).digest for coding in codings}) == 1


def test_the_digest_is_of_the_cells_and_not_of_the_file(tmp_path):
    table = pa.table({"a": pa.array([1, None, 3] * 1000), "s": ["x", "", None] * 1000, "f": [0.1, 0.2, 0.3] * 1000})
    first = taken(tmp_path, table)
    again = taken(tmp_path, table, row_group_size=7, compression="none", use_dictionary=False)
    assert again.digest == first.digest and again.column_digests == first.column_digests
    moved = taken(tmp_path, table.set_column(2, "f", pa.array([0.1, 0.2, 0.4] * 1000)))
    assert moved.digest != first.digest
    assert [n for n in "asf" if moved.column_digests[n] != first.column_digests[n]] == ["f"]


def test_missing_and_empty_and_shifted_texts_differ(tmp_path):
    digests = {
        taken(tmp_path, {"a": column, "b": [1, 2]}).digest
        for column in (["ab", "c"], ["a", "bc"], ["abc", ""], pa.array(["abc", None]), pa.array([None, "abc"]))
    }
    assert len(digests) == 5


def test_the_same_table_as_csv_and_as_parquet_is_the_same(tmp_path):
    from_parquet = taken(tmp_path, {"a": pa.array([1, 2], pa.int16()), "b": ["x", "y"]})
    assert taken(tmp_path, b"a,b\n1,x\n2,y\n").digest == from_parquet.digest
