"""A person's rows are found and left out by key, whatever a key looks like."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.errors import BadInput
from apps.datasets.erasing.keys import digests_of, new_salt, read_keys
from apps.datasets.erasing.rows import Remaining, Sought, count
from apps.datasets.intake.columns import type_name
from apps.datasets.intake.digesting import TableDigest


def stored(folder, **columns):
    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    pq.write_table(table, folder / "t.parquet")
    return folder / "t.parquet", table


def sought(keys, column="k"):
    salt = new_salt()
    return Sought(column, digests_of(keys, salt), salt)


def found(folder, values, keys):
    """How many rows are found, and which keys are left."""
    path, table = stored(folder, k=values)
    type_, what = type_name(table.schema.field("k").type), sought(keys)
    left = pa.Table.from_batches(Remaining(path, type_, what, spill=folder).batches(), table.schema)
    rows = count(path, type_, what, spill=folder)
    assert rows + left.num_rows == table.num_rows
    return rows, left["k"].to_pylist()


@pytest.mark.parametrize(
    ("values", "keys", "left"),
    [
        ([1, 2, None, 2], ["2"], [1, None]),
        ([7, 70, 77], ["007", "+70"], [77]),
        (["007", "7", None, "ä b"], ["007"], ["7", None, "ä b"]),
        (["007", "7"], ["7"], ["007"]),
        (["a'); DROP TABLE x;--", "b"], ["a'); DROP TABLE x;--"], ["b"]),
        ([1.0, 2.5, 3.0, None], ["1", "2.5", "3"], [2.5, None]),
        ([date(2026, 1, 2), date(2026, 1, 3), None], ["2026-01-02"], [date(2026, 1, 3), None]),
        ([2**63 - 1, -(2**63)], [str(2**63 - 1), str(2**63), str(-(2**63))], []),
        ([1, 2], ["one"], [1, 2]),
        (["A", "a"], ["a"], ["A"]),
    ],
)
def test_keys_are_compared_as_their_column_has_them(tmp_path, values, keys, left):
    rows, remaining = found(tmp_path, values, keys)
    assert (rows, remaining) == (len(values) - len(left), left)


def test_what_is_left_says_what_a_table_without_the_rows_says(tmp_path):
    columns = {
        "k": [1, 2, 3, 2],
        "x": [0.5, None, 1.5, 2.5],
        "s": ["a", "", None, "ß"],
        "b": [True, None, False, True],
    }
    path, table = stored(tmp_path, **columns)
    kept = TableDigest(table.schema)
    rows = Remaining(path, "integer", sought(["2"]), spill=tmp_path)
    for batch in rows.batches():
        kept.update(batch)
    alone = TableDigest(table.schema)
    for batch in table.take(pa.array([0, 2])).to_batches():
        alone.update(batch)
    assert kept.hexdigest() == alone.hexdigest()


def test_order_is_kept_in_a_large_table(tmp_path):
    numbers = list(range(200_000))
    path, table = stored(tmp_path, k=[number % 1_000 for number in numbers], n=numbers)
    left = Remaining(path, "integer", sought(["5", "7"]), spill=tmp_path)
    rest = pa.Table.from_batches(left.batches(), table.schema)["n"].to_pylist()
    assert rest == [number for number in numbers if number % 1_000 not in (5, 7)]


@given(st.lists(st.one_of(st.none(), st.text(max_size=5).filter(lambda t: "\x00" not in t)), min_size=1, max_size=20),
       st.data())  # fmt: skip
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_other_row_is_ever_found(tmp_path_factory, values, data):
    keys = data.draw(st.lists(st.sampled_from([v for v in values if v] or ["x"]), min_size=1))
    _, left = found(tmp_path_factory.mktemp("k"), pa.array(values, pa.string()), keys)
    assert left == [value for value in values if value not in keys]


def test_keys_are_read_one_a_line_and_each_once():
    assert read_keys([" 7 ", "", "7", "8"]) == ["7", "8"]


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        (["", "  "], "Give the keys"),
        ([str(n) for n in range(1_001)], "1,001 keys are more than 1,000"),
        (["x" * 201], "at most 200 characters"),
    ],
)
def test_keys_that_can_not_be_are_refused(keys, sentence):
    with pytest.raises(BadInput, match=sentence):
        read_keys(keys)


def test_a_digest_tells_nothing_without_its_salt():
    one, other = (digests_of(["42"], new_salt()) for _ in range(2))
    assert not {*one["text"], *one["whole"]} & {*other["text"], *other["whole"]}
