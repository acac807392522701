"""Two tables are compared as anybody would by hand, whatever their types, order and size."""

from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.datasets.comparing import Side, Unmatched, compare
from apps.datasets.comparing.examples import cells_at
from apps.datasets.intake.metadata import TableMetadata
from apps.datasets.intake.taking import take_rows
from apps.measures.distances import kolmogorov_smirnov, population_stability_index


class Rows:
    def __init__(self, table):
        self.table, self.schema, self.notes = table, table.schema, []

    def batches(self):
        yield from self.table.to_batches(max_chunksize=3)


def side(folder, name, **columns):
    """A stored table of these columns: lists, or Arrow arrays."""
    path = folder / f"{name}.parquet"
    table = pa.table({column: pa.array(values) for column, values in columns.items()})
    taken = take_rows(Rows(table), path, TableMetadata())
    told = {c.name: {**c.as_dict(), "digest": taken.column_digests[c.name]} for c in taken.columns}
    return Side(name, path, taken.digest, taken.rows, told, taken.profile.details)


@pytest.fixture
def a(tmp_path):
    return side(tmp_path, "a", id=[1, 2, 3, 4], x=[1.5, None, 3.0, 4.0], s=["one", "two", None, "four"])


def test_equal_tables_differ_in_nothing(tmp_path, a):
    found = compare(a, a, key=["id"])
    assert found["schema"] == {"added": [], "removed": [], "retyped": [], "moved": False, "same": 3, "changed": []}
    assert found["rows"] | {"examples": 0} == {
        "by": "key", "over": 0, "added": 0, "removed": 0, "changed": 0, "same": 4, "examples": 0,
    }  # fmt: skip
    assert found["cells"] == [] and found["distributions"] == []


def test_rows_and_cells_by_key(tmp_path, a):
    b = side(tmp_path, "b", id=[5, 4, 3, 1], x=[9.0, 4.0, None, 1.5], s=["five", "four", "three", "one"])
    found = compare(a, b, key=["id"])
    rows = found["rows"]
    assert (rows["added"], rows["removed"], rows["changed"], rows["same"]) == (1, 1, 1, 2)
    assert rows["examples"] == {"added": [0], "removed": [1]}
    cells = {cell["column"]: cell for cell in found["cells"]}
    assert {name: cell["changed"] for name, cell in cells.items()} == {"x": 1, "s": 1}
    assert cells["x"]["examples"] == [[2, 2]] and cells["x"]["share"] == pytest.approx(1 / 3)


def test_without_a_key_rows_count_as_wholes_as_often_as_they_stand_there(tmp_path):
    a = side(tmp_path, "a", x=[1, 1, 1, 2, None], y=["a", "a", "a", "b", None])
    b = side(tmp_path, "b", x=[1, None, None, 3, 1], y=["a", None, None, "b", "a"])
    rows = compare(a, b)["rows"]
    assert (rows["by"], rows["added"], rows["removed"], rows["changed"], rows["same"]) == (
        "whole_rows",
        2,
        2,
        None,
        3,
    )
    assert rows["examples"] == {"added": [1, 3], "removed": [0, 3]}


def test_columns_come_go_move_and_change_their_type(tmp_path, a):
    b = side(tmp_path, "b", s=["one", "two", None, "four"], id=["1", "2", "3", "4"], new=[True, False, True, None])
    schema = compare(a, b, key=[])["schema"]
    assert schema["added"] == [{"name": "new", "type": "boolean"}]
    assert schema["removed"] == [{"name": "x", "type": "number"}]
    assert schema["retyped"] == [{"name": "id", "before": "integer", "after": "string"}]
    assert schema["moved"] and schema["same"] == 1 and schema["changed"] == ["id"]


def test_a_retyped_column_is_compared_by_what_its_cells_say(tmp_path):
    a = side(tmp_path, "a", k=["p", "q", "r"], x=[1, 2, 3], y=[1, 2, 3])
    b = side(tmp_path, "b", k=["p", "q", "r"], x=[1.0, 2.5, 3.0], y=["1", "2", "three"])
    found = compare(a, b, key=["k"])
    assert {cell["column"]: cell["changed"] for cell in found["cells"]} == {"x": 1, "y": 1}
    assert compare(a, b)["rows"]["removed"] == 2


def test_rows_in_the_same_order_are_found_without_looking_at_columns_that_are_the_same(tmp_path):
    ids, same = list(range(50)), ["x"] * 50
    a = side(tmp_path, "a", id=ids, same=same, moved=ids)
    b = side(tmp_path, "b", id=ids, same=same, moved=[0, *ids[:-1]])
    found = compare(a, b, key=["id"])
    assert (found["rows"]["over"], found["rows"]["changed"]) == (1, 49)
    assert found["cells"][0]["examples"] == [[n, n] for n in range(1, 6)]


def test_a_key_of_several_columns(tmp_path):
    a = side(tmp_path, "a", year=[1, 1, 2], id=[1, 2, 1], x=[1, 2, 3])
    b = side(tmp_path, "b", year=[2, 1, 2], id=[1, 2, 2], x=[3, 9, 4])
    rows = compare(a, b, key=["year", "id"])["rows"]
    assert (rows["added"], rows["removed"], rows["changed"], rows["same"]) == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        ([1, 1, 2, 2], "2 values stand in several rows of b"),
        ([1, 2, 3, 3], "1 value stands in several rows of b"),
        ([1, None, 3, None], "“id” is empty in 2 rows of b"),
    ],
)
def test_a_key_that_names_no_row_is_refused(tmp_path, a, ids, sentence):
    b = side(tmp_path, "b", id=ids, x=[1.0, 2.0, 3.0, 4.0])
    with pytest.raises(Unmatched, match=sentence):
        compare(a, b, key=["id"])


def test_names_that_mean_something_to_a_database_are_only_names(tmp_path):
    odd = ["file_row_number", 'a"b', "count(*)", "select", "a.b", "x'y", "?"]
    first = side(tmp_path, "a", **{"k;--": [1, 2]}, **{name: [1, 2] for name in odd})
    second = side(tmp_path, "b", **{"k;--": [2, 1]}, **{name: [3, 1] for name in odd})
    found = compare(first, second, key=["k;--"])
    assert {cell["column"]: cell["changed"] for cell in found["cells"]} == dict.fromkeys(odd, 1)
    assert found["cells"][0]["examples"] == [[1, 0]]
    assert compare(first, second)["rows"]["added"] == 1


def test_every_type_of_cell_is_compared(tmp_path):
    from datetime import UTC, date, datetime

    early, late = (datetime(2026, 1, 1, 10, 0, second) for second in (0, 1))  # noqa: DTZ001, without a zone on purpose
    a = side(tmp_path, "a", i=[1, 2], n=[0.1, 0.2], b=[True, None], s=["", "é"], d=[date(2026, 1, 1), None],
             t=[early, None], u=pa.array([early.replace(tzinfo=UTC)] * 2))  # fmt: skip
    b = side(tmp_path, "b", i=[1, 2], n=[0.1, 0.3], b=[True, False], s=[None, "é"], d=[date(2026, 1, 2), None],
             t=[late, None], u=pa.array([early.replace(tzinfo=UTC), late.replace(tzinfo=UTC)]))  # fmt: skip
    found = compare(a, b, key=["i"])
    assert {cell["column"]: cell["changed"] for cell in found["cells"]} == dict.fromkeys("nbsdtu", 1)


def test_distances_are_those_of_the_catalogue(tmp_path):
    import numpy as np

    draw = np.random.default_rng(7)
    old, new = draw.normal(size=5_000), draw.normal(0.5, 1, size=4_000)
    a, b = (
        side(tmp_path, "a", x=old, c=["m"] * 2_000 + ["f"] * 3_000),
        side(tmp_path, "b", x=new, c=["m"] * 3_000 + ["d"] * 1_000),
    )
    found = {row["column"]: row for row in compare(a, b)["distributions"]}
    deciles = np.quantile(old, np.arange(1, 10) / 10)
    counts = [np.bincount(np.searchsorted(deciles, values), minlength=10) for values in (old, new)]
    assert found["x"]["psi"] == pytest.approx(float(population_stability_index(*counts)), rel=0.03)
    everything = np.sort(np.concatenate([old, new]))
    exact = max(abs(np.searchsorted(np.sort(old), everything, "right") / 5_000
                    - np.searchsorted(np.sort(new), everything, "right") / 4_000))  # fmt: skip
    assert found["x"]["ks"] == pytest.approx(exact, abs=1 / 256)
    assert found["x"]["psi"] > found["x"]["psi_floor"] and found["x"]["ks"] > found["x"]["ks_floor"]
    levels = [np.array([0, 3_000, 2_000]), np.array([1_000, 0, 3_000])]
    assert found["c"]["bins"] == [["m", 2_000, 3_000], ["f", 3_000, 0], ["d", 0, 1_000]]
    assert found["c"]["psi"] == pytest.approx(float(population_stability_index(*levels)), rel=1e-3)
    assert sum(row[1] for row in found["x"]["bins"]) == 5_000 and sum(row[2] for row in found["x"]["bins"]) == 4_000
    assert float(kolmogorov_smirnov(*counts)) <= found["x"]["ks"] + 1e-12


def test_the_same_population_stays_below_its_floor(tmp_path):
    import numpy as np

    draw = np.random.default_rng(8)
    a, b = (side(tmp_path, name, x=draw.normal(size=3_000), y=draw.integers(0, 9, 3_000)) for name in "ab")
    assert all(row["psi"] <= row["psi_floor"] for row in compare(a, b)["distributions"])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([None, None, None], [1.0, 2.0, None]),
        ([1.0, 1.0, 1.0], [None, None, None]),
        ([5.0, 5.0, 5.0], [5.0, 5.0, 6.0]),
        ([1e308, -1e308, 0.0], [1.0, 2.0, 3.0]),
        ([0.0, 1e-300, 2.0], [3.0, 2.0, 1.0]),
    ],
)
def test_columns_at_the_edge_have_a_distribution_too(tmp_path, old, new):
    kind = pa.float64()
    a, b = side(tmp_path, "a", x=pa.array(old, kind)), side(tmp_path, "b", x=pa.array(new, kind))
    (row,) = compare(a, b)["distributions"]
    assert sum(bin_[1] for bin_ in row["bins"]) == 3 and sum(bin_[2] for bin_ in row["bins"]) == 3
    assert row["psi"] >= 0


def test_a_column_of_many_texts_says_so(tmp_path):
    a, b = (side(tmp_path, n, s=[f"{n}{i}" for i in range(60)]) for n in "ab")
    (row,) = compare(a, b)["distributions"]
    assert (row["kind"], row["distinct"]) == ("too_many_values", [60, 60]) and "bins" not in row


def test_cells_are_read_where_they_lie(tmp_path):
    table = pa.table({"x": list(range(100)), "y": ["é" * 300] * 100})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=7)
    found = cells_at(tmp_path / "t.parquet", [99, 0, 7], ["x", "y"])
    assert {place: row["x"] for place, row in found.items()} == {0: 0, 7: 7, 99: 99}
    assert found[0]["y"] == "é" * 200 + "…"
    assert cells_at(tmp_path / "t.parquet", [], ["x"]) == {}


CELL = st.one_of(st.none(), st.integers(-3, 3))
TABLE = st.dictionaries(st.integers(0, 12), st.tuples(CELL, CELL), min_size=1)


@given(old=TABLE, new=TABLE, data=st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_it_counts_as_one_would_by_hand(tmp_path_factory, old, new, data):
    folder = tmp_path_factory.mktemp("pair")
    sides = []
    for name, rows in (("a", old), ("b", new)):
        keys = data.draw(st.permutations(sorted(rows)))
        columns = {c: pa.array([rows[key][i] for key in keys], pa.int64()) for i, c in enumerate("xy")}
        sides.append(side(folder, name, k=pa.array(keys, pa.int64()), **columns))
    both = old.keys() & new.keys()
    rows = compare(*sides, key=["k"])
    changed = {c: sum(old[k][i] != new[k][i] for k in both) for i, c in enumerate("xy")}
    assert (rows["rows"]["added"], rows["rows"]["removed"]) == (len(new.keys() - both), len(old.keys() - both))
    assert rows["rows"]["changed"] == sum(old[k] != new[k] for k in both)
    assert {cell["column"]: cell["changed"] for cell in rows["cells"]} == {c: n for c, n in changed.items() if n}
    wholes = compare(*sides)["rows"]
    counted = [Counter((k, *cells) for k, cells in rows.items()) for rows in (old, new)]
    assert (wholes["added"], wholes["removed"]) == (
        (counted[1] - counted[0]).total(),
        (counted[0] - counted[1]).total(),
    )
