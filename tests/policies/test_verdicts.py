"""What a gate policy makes of results."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.measures.measuring import measure
from apps.measures.spec import Protected, Spec, Task
from apps.policies.rules import Outcome, judge
from tests.builders.policies import FOUR_FIFTHS, default, gates, one, ratio

WORKING_AGE = Path(__file__).resolve().parents[1] / "measures" / "golden" / "working_age.parquet"


def fairness(*results, **changes):
    return one(judge(gates(FOUR_FIFTHS | changes), list(results)))


class TestTheStory:
    """The figures are those measured on the data that the product ships with."""

    def test_all_ages_fail_by_the_worst_group(self):
        line = fairness(ratio(1.0, group="6"), ratio(0.639, 0.578, 0.705, group="9", n=741))
        assert line.outcome is Outcome.FAILED
        assert line.select == {"attribute": "race", "group": {"race": "9"}}
        assert line.margin == pytest.approx(-0.161)
        assert "race 9, the worst of 2: 0.639 (n = 741) misses the limit of at least 0.800 by 0.161" in line.reason
        assert "whole interval" in line.reason

    def test_working_age_passes_at_the_point_only(self):
        line = fairness(ratio(1.0, group="1"), ratio(0.831, 0.799, 0.864, n=1131))
        assert line.outcome is Outcome.PASSED_NEAR_LIMIT
        assert (line.value, line.low, line.high, line.n) == (0.831, 0.799, 0.864, 1131)
        assert "while its lower bound 0.799 does not" in line.reason

    def test_too_few_young_people_leave_it_open(self):
        line = fairness(ratio(1.0, group="over 25", n=324), ratio(0.85, 0.71, 0.98, group="25 or under", n=76))
        assert line.outcome is Outcome.INCONCLUSIVE
        assert "only 76 rows, fewer than the 100" in line.reason

    def test_a_figure_over_enough_rows_that_is_still_too_small_says_why_itself(self):
        told = "age has fewer than two groups of 100 rows to compare."
        line = fairness(ratio(None, group="25 or under", n=239) | {"status": "too_small", "reason": told})
        assert line.outcome is Outcome.INCONCLUSIVE
        assert line.reason.endswith(f"It can't be judged by: {told}")

    def test_a_wide_interval_leaves_it_open_too(self):
        line = fairness(ratio(0.85, 0.71, 0.98, n=190))
        assert line.outcome is Outcome.INCONCLUSIVE and "don't settle it" in line.reason

    @pytest.mark.parametrize(
        ("case", "outcome"), [(0, "failed"), (1, "passed_near_limit"), (2, "inconclusive"), (3, "unavailable")]
    )
    def test_the_default_policy_tells_it_so(self, case, outcome):
        policy = default("gates_binary_classification")
        assert judge(policy, [result.as_dict() for result in policy.cases[case].results]).outcome == outcome


def test_the_default_policy_tells_it_so_of_the_real_figures():
    """Scores of the working-age model on census data; the figures are those of tests/measures/test_golden.py."""
    people = (Protected("race", "RAC1P"), Protected("sex", "SEX"))
    spec = Spec(task=Task.BINARY, target="employed", scores=("score",), positive_label=1, protected=people)
    results = [result.as_dict() for result in measure(WORKING_AGE, spec, reference=WORKING_AGE)]
    verdict = judge(default("gates_binary_classification"), results)
    lines = {line.name: line for line in verdict.gates}
    assert verdict.outcome is Outcome.PASSED_NEAR_LIMIT and not verdict.unmet
    assert {line.outcome for line in verdict.gates if line.severity == "block"} == {"passed", "passed_near_limit"}
    ratio_of_race = lines["Four-fifths rule"]
    assert (ratio_of_race.outcome, round(ratio_of_race.value, 3)) == (Outcome.PASSED_NEAR_LIMIT, 0.831)
    assert "Set aside as too few to judge" in ratio_of_race.reason and "(n = 15)" in ratio_of_race.reason
    assert lines["Four-fifths rule at intersections"].outcome is Outcome.FAILED


class TestSmallGroups:
    def test_a_tiny_group_is_set_aside_and_named(self):
        line = fairness(ratio(1.0, n=10_000, group="1"), ratio(0.2, n=6, group="7", status="too_small"))
        assert line.outcome is Outcome.PASSED
        assert "Set aside as too few to judge and a small share of all: race 7 (n = 6)." in line.reason

    def test_a_small_group_that_is_a_fair_share_is_not(self):
        assert fairness(ratio(1.0, n=300, group="1"), ratio(1.0, n=60)).outcome is Outcome.INCONCLUSIVE

    def test_a_failing_group_fails_whatever_the_small_ones_say(self):
        line = fairness(ratio(0.5, 0.45, 0.55, n=300), ratio(None, n=60, group="3", status="too_small"))
        assert line.outcome is Outcome.FAILED

    def test_an_unknown_n_is_no_n(self):
        assert fairness(ratio(0.9, n=None)).outcome is Outcome.INCONCLUSIVE

    def test_only_small_groups_leave_it_open(self):
        assert fairness(ratio(1.0, n=3), set_aside_below=0.2).outcome is Outcome.INCONCLUSIVE


class TestAbsence:
    def test_no_result_fails(self):
        line = fairness()
        assert line.outcome is Outcome.FAILED and "for any single attribute" in line.reason

    def test_no_result_may_be_called_unavailable_but_never_passes(self):
        assert fairness(on_missing="unavailable").outcome is Outcome.UNAVAILABLE

    @pytest.mark.parametrize("status", ["not_available", "error"])
    def test_what_could_not_be_measured_is_unavailable_with_its_reason(self, status):
        line = fairness(ratio(0.95, status=status, reason="The model can't be loaded."))
        assert line.outcome is Outcome.UNAVAILABLE and "The model can't be loaded." in line.reason

    def test_a_bound_that_nobody_computed_is_unavailable(self):
        assert fairness(ratio(0.9), use="lower", near=None).outcome is Outcome.UNAVAILABLE


class TestSelection:
    def test_an_overall_gate_does_not_look_into_groups(self):
        policy = gates({"limit": {"min": 0.7}})
        results = [{"measure": "auc", "value": 0.8}, {"measure": "auc", "value": 0.5, "attribute": "race"}]
        assert one(judge(policy, results)).value == 0.8

    def test_intersections_count_only_where_they_are_asked_for(self):
        both = ratio(0.5, attribute="race & sex") | {"group": {"race": "2", "sex": "1"}}
        assert fairness(ratio(0.9), both).outcome is Outcome.PASSED
        assert fairness(ratio(0.9), both, select={"attribute": "intersections"}).outcome is Outcome.FAILED

    def test_labels_are_compared_by_what_they_mean(self):
        chosen = {"attribute": "race", "group": {"race": 2}}
        assert fairness(ratio(0.9), ratio(0.1, group="3"), select=chosen).outcome is Outcome.PASSED

    def test_each_gives_a_line_for_each_group(self):
        verdict = judge(gates(FOUR_FIFTHS | {"aggregate": "each"}), [ratio(0.9), ratio(0.7, group="3")])
        assert [line.outcome for line in verdict.gates] == ["passed", "failed"]

    def test_classes_and_slices_are_selected_by_name(self):
        policy = gates(
            {"limit": {"min": 0.7}, "select": {"class": "good"}},
            {"limit": {"min": 0.7}, "select": {"slice": {"region": "north"}}},
        )
        results = [
            {"measure": "auc", "value": 0.8, "class": "good"},
            {"measure": "auc", "value": 0.6, "class": "bad"},
            {"measure": "auc", "value": 0.9, "slice": {"region": "north"}},
        ]
        assert [line.value for line in judge(policy, results).gates] == [0.8, 0.9]


class TestTheWhole:
    def test_a_warning_is_shown_and_does_not_decide(self):
        policy = gates({"limit": {"min": 0.7}}, {"limit": {"min": 0.95}, "severity": "warn"})
        verdict = judge(policy, [{"measure": "auc", "value": 0.8}])
        assert verdict.outcome is Outcome.PASSED and verdict.gates[1].outcome is Outcome.FAILED

    def test_an_exception_covers_a_failed_gate_and_stays_visible(self):
        policy = gates({"limit": {"min": 0.9}}, {"limit": {"min": 0.7}})
        results = [{"measure": "auc", "value": 0.8}]
        assert judge(policy, results).unmet[0].name == "Gate 0"
        verdict = judge(policy, results, {"Gate 0": "EXC-0001", "Gate 1": "EXC-0002"})
        assert verdict.outcome is Outcome.PASSED and not verdict.unmet
        assert [line.exception for line in verdict.gates] == ["EXC-0001", None]
        assert verdict.gates[0].outcome is Outcome.FAILED and verdict.excepted == verdict.gates[:1]

    def test_it_is_written_in_the_apis_shape_and_has_a_digest(self):
        verdict = judge(gates({"limit": {"min": 0.9}}), [{"measure": "auc", "value": 0.95, "n": 10}])
        written = verdict.as_dict("POL-0001@1")
        assert written["outcome"] == "passed" and written["policy"] == "POL-0001@1"
        assert written["gates"][0].keys() == {
            *("name", "measure", "select", "value", "low", "high", "n", "limit", "margin", "severity", "outcome"),
            "reason",
        }
        assert len(verdict.digest("POL-0001@1")) == 64 and verdict.digest("POL-0001@1") != verdict.digest()

    def test_a_margin_makes_near(self):
        policy = gates({"measure": "psi", "limit": {"max": 0.25}, "near": 0.05})
        assert judge(policy, [{"measure": "psi", "value": 0.21}]).outcome is Outcome.PASSED_NEAR_LIMIT
        assert judge(policy, [{"measure": "psi", "value": 0.25}]).outcome is Outcome.PASSED_NEAR_LIMIT
        assert judge(policy, [{"measure": "psi", "value": 0.19}]).outcome is Outcome.PASSED

    def test_drift_that_chance_would_give_settles_nothing(self):
        policy = gates({"measure": "psi", "limit": {"max": 0.25}, "above_noise": True})
        drift = {"measure": "psi", "value": 0.3, "n": 150}
        assert judge(policy, [drift | {"series": {"noise_floor": 0.35}}]).outcome is Outcome.INCONCLUSIVE
        assert judge(policy, [drift | {"series": {"noise_floor": 0.20}}]).outcome is Outcome.FAILED

    @pytest.mark.parametrize("value", [-0.309, 0.309])
    def test_a_change_beyond_chance_fails_in_either_direction(self, value):
        policy = gates({"measure": "target_rate_difference", "limit": {"min": -0.1, "max": 0.1}, "above_noise": True})
        change = {"measure": "target_rate_difference", "value": value, "n": 900}
        assert judge(policy, [change | {"series": {"noise_floor": 0.025}}]).outcome is Outcome.FAILED
        assert judge(policy, [change | {"series": {"noise_floor": 0.31}}]).outcome is Outcome.INCONCLUSIVE

    def test_the_limit_itself_passes(self):
        assert judge(gates({"limit": {"min": 0.8}}), [{"measure": "auc", "value": 0.8}]).outcome is Outcome.PASSED

    def test_the_lower_bound_can_be_asked_for(self):
        policy = gates({"limit": {"min": 0.8}, "use": "lower"})
        assert judge(policy, [{"measure": "auc", "value": 0.82, "low": 0.79, "high": 0.85}]).outcome is Outcome.FAILED


shares = st.floats(0, 1, allow_nan=False).map(lambda value: round(value, 3))
spans = st.tuples(shares, shares, shares).map(sorted)


@st.composite
def ratios(draw):
    low, value, high = draw(spans)
    return ratio(value, low, high, group=str(draw(st.integers(0, 9))), n=draw(st.integers(1, 500)))


policies = st.sampled_from(
    [gates(FOUR_FIFTHS), gates(FOUR_FIFTHS | {"aggregate": "each"}), gates(FOUR_FIFTHS | {"set_aside_below": 0.0})]
)


@given(policies, st.lists(ratios(), max_size=6), st.randoms())
def test_the_order_of_results_does_not_matter(policy, results, random):
    shuffled = list(results)
    random.shuffle(shuffled)
    assert judge(policy, results).digest() == judge(policy, shuffled).digest()


@given(st.lists(ratios(), min_size=1, max_size=6), ratios())
def test_another_group_never_makes_the_worst_better(results, another):
    policy = gates(FOUR_FIFTHS | {"set_aside_below": 0.0})
    assert judge(policy, [*results, another]).outcome.rank >= judge(policy, results).outcome.rank


@given(spans, st.floats(0, 1), st.booleans())
def test_a_better_figure_never_gets_a_worse_outcome(span, gain, wide):
    policy = gates(FOUR_FIFTHS | {"max_width": 0.15 if wide else None})
    low, value, high = span
    before = judge(policy, [ratio(value, low, high)]).outcome
    after = judge(policy, [ratio(value + gain, low + gain, high + gain)]).outcome
    assert after.rank <= before.rank


@given(spans, st.floats(0.01, 1), st.floats(0, 0.5))
def test_a_stricter_limit_never_gets_a_better_outcome(span, limit, more):
    low, value, high = span
    results = [ratio(value, low, high)]
    lenient, strict = (gates(FOUR_FIFTHS | {"limit": {"min": least}}) for least in (limit, limit + more))
    assert judge(strict, results).outcome.rank >= judge(lenient, results).outcome.rank


@given(st.lists(ratios(), max_size=5))
def test_it_passes_only_by_evidence(results):
    verdict = judge(gates(FOUR_FIFTHS), results)
    if verdict.outcome.passes:
        line = one(verdict)
        assert line.value is not None and line.value >= 0.8 and line.n is not None and line.n >= 100
