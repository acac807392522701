"""Bad and empty data get a sentence, never a crash, and never a number without its denominator."""

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.measures.measuring import measure
from apps.measures.spec import Bins, Favourable, Protected, Spec, Task
from tests.measures.conftest import only


def test_an_empty_table_answers_every_question_with_a_reason(loans, loans_spec):
    empty = {name: values[:0] for name, values in loans.items()} | {"sex": pa.array([], pa.string())}
    for result in measure(empty, loans_spec):
        assert result.status == "not_available" and result.value is None and result.reason


def test_one_class_leaves_ranking_without_a_value_and_accuracy_with_one(loans, loans_spec):
    results = measure(loans | {"y": np.ones(1000, dtype=int)}, loans_spec, ["performance", "calibration"])
    assert only(results, "auc").status == "not_available" and "one class" in only(results, "auc").reason
    assert only(results, "calibration_slope").status == "not_available"
    assert only(results, "accuracy").status == "ok"


def test_rows_without_a_score_or_an_outcome_are_left_out_of_n(loans, loans_spec):
    p, y = loans["p"].copy(), loans["y"].astype(float)
    p[:10], p[10:15], y[15:40] = np.nan, np.inf, np.nan
    results = measure(loans | {"p": p, "y": y}, loans_spec)
    assert only(results, "auc").n == 960
    assert sum(r.n for r in results if r.measure == "selection_rate" and r.attribute == "sex") == 985


def test_complete_separation_has_no_calibration_slope_and_says_so(loans_spec):
    y = np.repeat([0, 1], 50)
    results = measure({"y": y, "p": 0.2 + 0.6 * y}, replace(loans_spec, protected=()), ["calibration"])
    assert "separate" in only(results, "calibration_slope").reason


def test_points_rank_and_have_no_calibration(loans, loans_spec):
    points = replace(loans_spec, score_kind="points", threshold=500.0)
    results = measure(loans | {"p": 1000 * loans["p"]}, points)
    assert only(results, "auc").status == "ok" and only(results, "accuracy").status == "ok"
    assert only(results, "brier").status == "not_available" and "points" in only(results, "brier").reason


def test_a_score_whose_low_end_is_positive_ranks_the_same(loans, loans_spec):
    turned = replace(loans_spec, score_direction="lower")
    results = measure(loans | {"p": 1 - loans["p"]}, turned)
    straight = measure(loans, loans_spec)
    for name in ("auc", "brier", "accuracy", "calibration_slope"):
        assert only(results, name).value == pytest.approx(only(straight, name).value, abs=1e-12)


def test_missing_values_are_a_group_of_their_own(loans, loans_spec):
    rate = only(measure(loans, loans_spec), "selection_rate", attribute="sex", group={"sex": "missing"})
    assert rate.n == 7


def test_a_small_group_is_flagged_with_its_number_kept(loans, loans_spec):
    results = measure(loans, replace(loans_spec, min_n=100))
    small = only(results, "impact_ratio", attribute="region", group={"region": "west"})
    assert small.status == "too_small" and small.value is not None and small.n < 100
    worst = only(results, "worst_impact_ratio", attribute="region")
    assert worst.group != {"region": "west"}


def test_without_two_large_groups_nothing_is_compared(loans, loans_spec):
    results = measure(loans, replace(loans_spec, min_n=600))
    for name in ("worst_impact_ratio", "demographic_parity_difference", "equalized_odds_difference"):
        found = only(results, name, attribute="sex")
        assert found.status == "too_small" and found.value is None and "600 rows" in found.reason


def test_the_named_reference_group_is_the_one_compared_with(loans, loans_spec):
    named = replace(loans_spec, protected=(Protected("sex", "sex", reference_group="m"),))
    results = measure(loans, named)
    assert only(results, "impact_ratio", attribute="sex", group={"sex": "m"}).value == 1
    absent = replace(loans_spec, protected=(Protected("sex", "sex", reference_group="x"),))
    assert "doesn't occur" in only(measure(loans, absent), "worst_impact_ratio", attribute="sex").reason


@pytest.mark.parametrize(("closed", "young"), [("right", 190), ("left", 180)])
def test_a_value_on_an_edge_falls_on_the_closed_side(closed, young):
    table = {"y": [0, 1] * 250, "p": [0.3, 0.7] * 250, "age": [20.0] * 180 + [25.0] * 10 + [40.0] * 310}
    bins = Bins((25.0,), closed, ("young", "older"))
    spec = Spec(
        task=Task.BINARY,
        target="y",
        scores=("p",),
        positive_label=1,
        protected=(Protected("age band", "age", bins),),
        min_n=1,
    )
    rate = only(measure(table, spec), "selection_rate", attribute="age band", group={"age": "young"})
    assert rate.n == young


def test_two_bands_of_one_column_are_never_intersected(loans, loans_spec):
    bands = tuple(Protected(f"at {edge}", "age", Bins((edge,))) for edge in (25.0, 60.0))
    results = measure(loans, replace(loans_spec, protected=bands), ["fairness"])
    assert {r.attribute for r in results} == {"at 25.0", "at 60.0"}


def test_labels_are_compared_after_the_columns_type(loans, loans_spec):
    text = replace(loans_spec, positive_label="1")
    assert only(measure(loans, text), "auc").value == only(measure(loans, loans_spec), "auc").value
    with pytest.raises(ValueError, match="'good' can't occur in the numeric column 'y'"):
        measure(loans, replace(loans_spec, positive_label="good"))


def test_a_column_that_is_not_there_is_named(loans, loans_spec):
    with pytest.raises(KeyError, match="no column 'salary'"):
        measure(loans, replace(loans_spec, scores=("salary",)))


def test_favourable_may_be_the_other_label(loans, loans_spec):
    turned = replace(loans_spec, favourable_label=0)
    results = measure(loans, turned)
    straight = only(measure(loans, loans_spec), "selection_rate", attribute="sex", group={"sex": "f"})
    rate = only(results, "selection_rate", attribute="sex", group={"sex": "f"})
    assert rate.value == pytest.approx(1 - straight.value)
    gap = only(results, "group_calibration_gap", attribute="sex", group={"sex": "f"})
    other = only(measure(loans, loans_spec), "group_calibration_gap", attribute="sex", group={"sex": "f"})
    assert gap.value == pytest.approx(-other.value)


def test_a_regression_selects_by_its_favourable_values(loans):
    spec = Spec(
        task=Task.REGRESSION,
        target="y",
        scores=("p",),
        favourable=Favourable(">=", 0.5),
        protected=(Protected("sex", "sex"),),
        min_n=1,
    )
    rate = only(measure(loans, spec), "selection_rate", attribute="sex", group={"sex": "f"})
    assert rate.value == np.mean(loans["p"][loans["sex"] == "f"] >= 0.5)


def test_segments_slice_performance(loans, loans_spec):
    results = measure(loans, replace(loans_spec, segments=("region",)), ["performance"])
    assert only(results, "auc", slice_={"region": "north"}).n == np.count_nonzero(loans["region"] == "north")


def test_paths_frames_arrow_and_mappings_read_alike(loans, loans_spec, tmp_path):
    arrow = pa.table(loans)
    pq.write_table(arrow, tmp_path / "loans.parquet")
    categories = pd.DataFrame(loans).astype({"sex": "category", "region": "category"})
    expected = [r.as_dict() for r in measure(loans, loans_spec)]
    for table in (tmp_path / "loans.parquet", arrow, pd.DataFrame(loans), categories):
        assert [r.as_dict() for r in measure(table, loans_spec)] == expected


def test_results_are_json_with_interval_around_the_value_and_n(loans, loans_spec):
    for result in measure(loans, loans_spec):
        stored = json.loads(json.dumps(result.as_dict(), allow_nan=False))
        assert stored["n"] >= 0 and stored["measure_version"] >= 1 and stored["convention"]
        if result.value is not None:
            assert math.isfinite(result.value) and result.interval_method
            if result.low is not None:
                assert result.low <= result.value <= result.high


def test_metadata_of_a_version_becomes_a_spec():
    metadata = {
        "version": "1.0.0",
        "task": "binary_classification",
        "target": "credit_risk",
        "positive_label": "bad",
        "favourable_label": "good",
        "threshold": 0.4,
        "inputs": ["age", "amount"],
        "protected": [
            "sex",
            {
                "name": "age band",
                "column": "age",
                "bins": {"edges": [25], "closed": "right", "labels": ["<=25", ">25"]},
            },
        ],
    }
    spec = Spec.from_metadata(metadata, scores=("score",), min_n=50)
    assert spec.protected[1] == Protected("age band", "age", Bins((25,), "right", ("<=25", ">25")))
    assert spec.scores == ("score",) and spec.features == ("age", "amount") and spec.min_n == 50
