"""Rows of models that sort into classes and of models that estimate, checked without a database."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.core.errors import BadInput
from apps.measures.spec import Spec, Task
from apps.monitoring.intake.checking import Versions, check_outcomes, check_predictions
from apps.monitoring.intake.reading import look_at_parquet, read_json, read_parquet
from apps.monitoring.intake.versions import check_any, check_each
from apps.monitoring.reference import Reference

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
VERSIONS = Versions("MDL-0001", frozenset({"MDL-0001@1.0.0"}), frozenset({"MDL-0001@1.0.0"}))
ROW = {"id": 1, "time": "2026-11-01T08:00:00Z", "version": "MDL-0001@1.0.0", "use": "Sort mail"}


def reference(target_type="DOUBLE", **spec):
    return Reference(Path("never-read.parquet"), Spec(target="y", **spec), {"length": "BIGINT"}, target_type)


SORTING = reference("VARCHAR", task=Task.MULTICLASS, classes=("a", "b"), scores=("score_a", "score_b"))
ESTIMATING = reference(task=Task.REGRESSION, scores=("score",))


def predicted(rows, against):
    return check_predictions(read_json(json.dumps(rows).encode(), "predictions"), against, VERSIONS, NOW)


def test_a_class_score_each_comes_as_a_list():
    checked = predicted([{**ROW, "score": [0.3, 0.7], "features": {"length": 12}}], SORTING)
    row = checked.good.to_pylist()[0]
    assert (row["_score_0"], row["_score_1"], row["feature:length"], row["_id"]) == (0.3, 0.7, 12.0, "1")


def test_a_list_that_is_too_short_is_rejected():
    (said,) = predicted([{**ROW, "score": [0.3]}], SORTING).rejections
    assert said == {"row": 0, "reason": "score_1: it has to be a number."}


def test_an_estimate_may_be_any_number():
    assert predicted([{**ROW, "score": 125_000.5}], ESTIMATING).good.num_rows == 1


@pytest.mark.parametrize(("outcome", "taken"), [(118_000, 1), ("118000", 1), ("much", 0), (None, 0)])
def test_an_outcome_of_an_estimate_is_a_number(outcome, taken):
    rows = [{"id": 1, "time": ROW["time"], "outcome": outcome}]
    checked = check_outcomes(read_json(json.dumps(rows).encode(), "outcomes"), ESTIMATING, NOW)
    assert checked.good.num_rows == taken
    if not taken:
        assert checked.rejections[0]["reason"] == "outcome: it has to be a number."


def test_the_same_row_has_one_digest_however_its_numbers_are_written():
    one = predicted([{**ROW, "score": 1, "features": {"length": 12}}], ESTIMATING)
    two = predicted([{**ROW, "score": 1.0, "features": {"length": 12.0}, "id": "1"}], ESTIMATING)
    assert one.good.column("_digest").to_pylist() == two.good.column("_digest").to_pylist()


NAMES = ("score", "id", "time", "version", "use")
NAMED_SO = Reference(
    Path("never-read.parquet"),
    Spec(target="y", task=Task.REGRESSION, scores=("estimate",)),
    dict.fromkeys(NAMES, "BIGINT"),
    "DOUBLE",
)
BOTH = {**ROW, "score": 0.7, "features": {name: 640 + place for place, name in enumerate(NAMES)}}


def whole(checked):
    (row,) = checked.good.to_pylist()
    return row["_id"], row["_score_0"], [row[f"feature:{name}"] for name in NAMES]


def test_a_feature_may_be_called_as_a_field_is():
    assert whole(predicted([BOTH], NAMED_SO)) == ("1", 0.7, [640, 641, 642, 643, 644])


def test_in_parquet_such_a_feature_says_that_it_is_one(tmp_path):
    flat = {**ROW, "score": 0.7, **{f"features.{name}": value for name, value in BOTH["features"].items()}}
    pq.write_table(pa.Table.from_pylist([flat]), tmp_path / "rows.parquet")
    look_at_parquet(tmp_path / "rows.parquet", "predictions")
    checked = check_predictions(read_parquet(tmp_path / "rows.parquet", "predictions"), NAMED_SO, VERSIONS, NOW)
    assert whole(checked) == ("1", 0.7, [640, 641, 642, 643, 644])
    assert checked.good.column("_digest") == predicted([BOTH], NAMED_SO).good.column("_digest")


def test_in_parquet_one_name_twice_is_refused(tmp_path):
    pq.write_table(pa.Table.from_pylist([{**ROW, "score": 1, "age": 1, "group.age": 2}]), tmp_path / "rows.parquet")
    with pytest.raises(BadInput) as refused:
        look_at_parquet(tmp_path / "rows.parquet", "predictions")
    assert refused.value.errors == {"file": ["Two columns are called “age”."]}


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32(), pa.float16()])
def test_a_feature_that_is_not_a_number_is_missing(tmp_path, kind):
    row = {**ROW, "score": 1, "length": np.float16("nan")}
    schema = pa.schema(
        [*((name, pa.array([value]).type) for name, value in list(row.items())[:-1]), ("length", kind)]
    )
    pq.write_table(pa.Table.from_pylist([row], schema), tmp_path / "rows.parquet")
    checked = check_predictions(read_parquet(tmp_path / "rows.parquet", "predictions"), ESTIMATING, VERSIONS, NOW)
    assert checked.good.column("feature:length").to_pylist() == [None]


@pytest.mark.parametrize("moment", ["-infinity", "0001-01-01T00:00:00Z", "1969-12-31"])
def test_a_moment_before_there_were_models_is_rejected_and_the_others_are_taken(moment):
    rows = [{**ROW, "score": 1, "time": moment}, {**ROW, "score": 1, "id": 2}]
    checked = predicted(rows, ESTIMATING)
    assert checked.good.num_rows == 1
    assert checked.rejections == [{"row": 0, "reason": "time: it lies before 1970."}]


AT_TWO = "MDL-0001@2.0.0"
WORDS = Reference(Path("never-read.parquet"), ESTIMATING.spec, {"length": "VARCHAR", "width": "BIGINT"}, "DOUBLE")
BOTH_VERSIONS = Versions("MDL-0001", *[frozenset({"MDL-0001@1.0.0", AT_TWO})] * 2)


def test_each_row_is_checked_by_its_own_version_s_reference():
    rows = [
        {**ROW, "score": 1, "features": {"length": 12}},
        {**ROW, "score": 1, "features": {"length": "long", "width": 3}, "id": 2, "version": "2.0.0"},
        {**ROW, "score": 1, "features": {"length": "long"}, "id": 3},
        {**ROW, "score": 1, "id": 4, "version": "9.0.0"},
        {**ROW, "score": 1, "id": 5, "version": None},
    ]
    table = read_json(json.dumps(rows).encode(), "predictions")
    checked = check_each(table, {AT_TWO: WORDS, "MDL-0001@1.0.0": ESTIMATING}, BOTH_VERSIONS, NOW)
    kept = [(row["_id"], row["feature:length"], row["feature:width"]) for row in checked.good.to_pylist()]
    assert kept == [("1", "12", None), ("2", "long", 3.0)]
    assert checked.rejections == [
        {"row": 2, "reason": "length: “long” is no number."},
        {"row": 3, "reason": "version: MDL-0001@9.0.0 is no version of MDL-0001."},
        {"row": 4, "reason": "version: say which predicted."},
    ]


def test_an_outcome_counts_that_any_version_was_tested_on():
    sorting = Reference(Path("never-read.parquet"), SORTING.spec, {}, "VARCHAR")
    sorting.__dict__["outcomes"] = ["a", "b"]  # as if read from its table
    rows = [{"id": place, "time": ROW["time"], "outcome": said} for place, said in enumerate(("a", 118_000, "much"))]
    checked = check_any(read_json(json.dumps(rows).encode(), "outcomes"), [ESTIMATING, sorting], NOW)
    assert [row["_outcome"] for row in checked.good.to_pylist()] == ["a", "118000"]
    assert checked.rejections == [{"row": 2, "reason": "outcome: it has to be a number."}]
