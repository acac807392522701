"""A profile says of each column what a person would count, and names nobody."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.canonical import plain
from apps.datasets.intake.profile import BINS, profile


def profiled(folder, columns):
    table = pa.table(columns)
    pq.write_table(table, folder / "t.parquet")
    return profile(folder / "t.parquet", table.schema)


@given(
    values=st.lists(st.none() | st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=1, max_size=80).filter(
        lambda values: any(value is not None for value in values)
    )
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_figures_are_numpys(values, tmp_path):
    found = profiled(tmp_path, {"a": pa.array(values, pa.float64())})
    present = np.array([value for value in values if value is not None])
    column, detail = found.columns[0], found.details["a"]
    assert (column.nulls, column.distinct) == (len(values) - len(present), len(set(present.tolist())))
    assert (column.min, column.max) == (present.min(), present.max())
    assert detail["mean"] == pytest.approx(present.mean(), rel=1e-9, abs=1e-9)
    if len(present) > 1:
        assert detail["sd"] == pytest.approx(present.std(ddof=1), rel=1e-7, abs=1e-6)
    if column.min < column.max:
        assert sum(detail["histogram"]["counts"]) == len(present) and len(detail["histogram"]["edges"]) == BINS + 1
        assert detail["histogram"]["counts"][0] and detail["histogram"]["counts"][-1]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1e308, -1e308]),
        pa.array([2**63 - 1, -(2**63)]),
        pa.array([5e-324, 0.0]),
        pa.array([None, None], pa.float64()),
        pa.array([True, None]),
        pa.array([0, 10**14], pa.timestamp("us")),
    ],
)
def test_extreme_columns_still_fit_into_a_record(values, tmp_path):
    found = profiled(tmp_path, {"a": values})
    plain([column.as_dict() for column in found.columns])
    plain(found.details)


def test_frequent_values_are_listed_where_they_are_few(tmp_path):
    found = profiled(tmp_path, {"sex": ["f", "m", "f"], "name": ["a", "b", None]})
    assert found.details["sex"]["top"] == [["f", 2], ["m", 1]]
    many = profiled(tmp_path, {"name": [f"person {n}" for n in range(51)]})
    assert many.details["name"] == {} and many.columns[0].min is None


def test_a_wide_table_fits_into_the_memory_that_there_is(tmp_path):
    """Each column of different numbers has a table of its own while it is counted; all at once they have no room."""
    numbers = np.random.default_rng(0).normal(size=(300, 20_000))
    path = tmp_path / "wide.parquet"
    table = pa.table({f"x{place}": column for place, column in enumerate(numbers)})
    pq.write_table(table, path)
    found = profile(path, table.schema)
    assert [column.distinct for column in found.columns] == [20_000] * 300
    assert len(found.details) == 300 and len(found.details["x299"]["histogram"]["counts"]) == 20
