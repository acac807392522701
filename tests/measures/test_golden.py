"""Published figures, reproduced. Source: the figures measured on the census data when this project was planned."""

import pytest

from apps.measures.measuring import measure
from tests.measures.conftest import WORKING_AGE, only


@pytest.fixture(scope="module")
def results():
    from apps.measures.spec import Protected, Spec, Task

    spec = Spec(
        task=Task.BINARY,
        target="employed",
        scores=("score",),
        positive_label=1,
        protected=(Protected("race", "RAC1P"), Protected("sex", "SEX")),
    )
    return measure(WORKING_AGE, spec)


def test_the_waiver_model_ranks_and_calibrates_as_published(results):
    assert only(results, "auc").value == pytest.approx(0.796, abs=0.0005)
    assert only(results, "brier").value == pytest.approx(0.153, abs=0.0005)
    assert only(results, "auc").n == 17853


def test_the_worst_race_group_is_the_published_one_with_its_katz_interval(results):
    worst = only(results, "worst_impact_ratio", attribute="race")
    assert (round(worst.value, 3), round(worst.low, 3), round(worst.high, 3)) == (0.831, 0.799, 0.864)
    assert worst.group == {"RAC1P": "2"} and worst.series["reference_group"] == {"RAC1P": "1"}


def test_true_positive_rates_differ_by_race_as_published(results):
    assert only(results, "equal_opportunity_difference", attribute="race").value == pytest.approx(0.077, abs=0.0005)


def test_tiny_groups_are_flagged_and_left_out_of_the_worst(results):
    tiny = only(results, "impact_ratio", attribute="race", group={"RAC1P": "3"})
    assert tiny.status == "too_small" and tiny.value < 0.831 and "15 rows" in tiny.reason


def test_a_group_of_one_class_has_no_auc_and_says_why(results):
    alone = only(results, "group_auc", attribute="race", group={"RAC1P": "4"})
    assert alone.status == "not_available" and alone.value is None and "one class" in alone.reason


def test_the_same_table_gives_the_same_numbers(results, waiver_spec):
    again = measure(WORKING_AGE, waiver_spec)
    assert [r.as_dict() for r in again] == [r.as_dict() for r in results]
