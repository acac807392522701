"""Tiers, routes, monitoring limits and deadlines decide as their documents say, and their cases hold them to it."""

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import BadInput
from apps.policies.rules import Standing, Unreadable, read_policy, run_cases, standing, tier, watch
from apps.policies.rules.monitoring import Indicator
from tests.builders.policies import DEFAULTS, default, default_text, gate_yaml

LEVELS = ["low", "medium", "high"]


@pytest.mark.parametrize("path", sorted(DEFAULTS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_cases_of_our_own_policies_pass(path):
    assert [run.explanation for run in run_cases(read_policy(path.read_text())) if not run.passed] == []


def test_a_case_that_fails_says_how():
    (run,) = run_cases(read_policy(gate_yaml(least="0.95")))
    assert not run.passed and run.explanation == "outcome is failed, expected passed."
    assert "misses the limit of at least 0.950" in run.reasons[0]


class TestTiers:
    def test_the_most_severe_row_decides_and_says_why(self):
        stated = {"exposure": {"level": "high", "amount": "2000000"}, "decision_impact": "high", "complexity": "low"}
        decided, reasons = tier(default("tiering"), stated)
        assert decided == 1 and "Exposure is high" in reasons[0] and len(reasons) == 2

    def test_what_is_not_stated_counts_as_the_worst(self):
        decided, reasons = tier(default("tiering"), {"exposure": "low", "decision_impact": "low"})
        assert decided == 3 and reasons[-1] == "Complexity isn't stated, so high is assumed."

    def test_a_level_that_is_not_known_is_refused_with_its_field(self):
        with pytest.raises(BadInput, match="“huge” isn't a level of exposure") as refused:
            tier(default("tiering"), {"exposure": {"level": "huge"}})
        assert list(refused.value.errors) == ["materiality.exposure"]

    @given(st.tuples(*[st.integers(0, 2)] * 3), st.integers(0, 2))
    def test_more_never_means_a_milder_tier(self, levels, axis):
        method = default("tiering")
        raised = [min(level + (place == axis), 2) for place, level in enumerate(levels)]
        names = [item.name for item in method.axes]
        before, after = (
            tier(method, {name: LEVELS[level] for name, level in zip(names, chosen, strict=True)})[0]
            for chosen in (levels, raised)
        )
        assert after <= before

    def test_every_combination_has_a_tier_and_a_reason(self):
        method = default("tiering")
        for levels in product(LEVELS, repeat=3):
            decided, reasons = tier(method, dict(zip([axis.name for axis in method.axes], levels, strict=True)))
            assert decided in (1, 2, 3) and reasons

    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("{exposure: high}", "{exposur: high}", "which isn't an axis"),
            ("{exposure: high}", "{exposure: huge}", "isn't a level of exposure"),
            ("otherwise: 3", "otherwise: 2", "ever be in tier 3"),
            ("otherwise: 3", "otherwise: 5", "isn't one of the tiers"),
        ],
    )
    def test_a_matrix_that_does_not_hang_together_is_refused(self, before, after, said):
        with pytest.raises(Unreadable, match=said):
            read_policy(default_text("tiering").replace(before, after))


class TestRoutes:
    def decide(self, *pairs, asked=None, **changes):
        route = default("approval_tier_1")
        stage = route.stages[0].model_copy(update=changes)
        later = stage.model_copy(update={"name": "Committee", "quorum": 1, "mode": "any"})
        decisions = [{"stage": where, "person": who, "decision": what} for where, who, what in pairs]
        return standing(route.model_copy(update={"stages": [stage, later]}), decisions, asked)

    def test_stages_open_one_after_the_other(self):
        assert self.decide() == Standing("pending", "Second line", 2)
        two = [("Second line", "rosa", "approve"), ("Second line", "ruth", "approve")]
        assert self.decide(*two) == Standing("pending", "Committee", 1)
        assert self.decide(*two, ("Committee", "carl", "approve")).outcome == "approved"

    def test_nobody_counts_in_two_stages(self):
        signed = [("Second line", "rosa", "approve"), ("Second line", "ruth", "approve")]
        assert self.decide(*signed, ("Committee", "rosa", "approve")) == Standing("pending", "Committee", 1)

    def test_all_means_everybody_who_was_asked(self):
        signed = [("Second line", "rosa", "approve"), ("Second line", "ruth", "approve")]
        asked = {"Second line": ["rosa", "ruth", "reza"]}
        assert self.decide(*signed, asked=asked, mode="all") == Standing("pending", "Second line", 1)

    @pytest.mark.parametrize(("word", "outcome"), [("reject", "rejected"), ("send_back", "sent_back")])
    def test_a_no_ends_it_at_once(self, word, outcome):
        assert self.decide(("Second line", "rosa", word)) == Standing(outcome, "Second line")

    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("role: risk_officer", "role: risk_officer\n    permission: x.y", "give one of the two"),
            ("reminders_days: [7, 2]", "reminders_days: [14]", "would come too early"),
            ("quorum: 2", "quorum: 0", "greater than or equal to 1"),
            ("stage: Second line, person: rosa", "stage: Third line, person: rosa", "“Third line”, which isn't here"),
        ],
    )
    def test_a_route_that_does_not_hang_together_is_refused(self, before, after, said):
        with pytest.raises(Unreadable, match=said):
            read_policy(default_text("approval_tier_1").replace(before, after))


class TestMonitoring:
    def read(self, **result):
        (reading,) = [r for r in watch(default("monitoring_binary_classification"), [result]) if r.n or r.value]
        return reading

    def test_levels_follow_the_limits(self):
        levels = {value: self.read(measure="auc", value=value, n=5000).level for value in (0.8, 0.72, 0.6)}
        assert levels == {0.8: "green", 0.72: "yellow", 0.6: "red"}

    def test_chance_raises_nothing(self):
        drift = {"measure": "psi", "attribute": "age", "n": 150, "value": 0.3}
        assert self.read(**drift, series={"noise_floor": 0.31}).level == "green"
        assert self.read(**drift, series={"noise_floor": 0.1}).level == "red"

    @pytest.mark.parametrize("value", [-0.309, 0.309])
    def test_a_fall_beyond_chance_is_as_red_as_a_rise(self, value):
        limits = default("monitoring_binary_classification")
        change = {"measure": "target_rate_difference", "attribute": "default", "n": 900, "value": value}
        limit = {"yellow": {"min": -0.1, "max": 0.1}, "red": {"min": -0.2, "max": 0.2}}
        indicator = Indicator(name="Rate", measure=change["measure"], select={"attribute": "any"}, **limit)
        limits = limits.model_copy(update={"indicators": [indicator], "cases": []})
        (reading,) = watch(limits, [change | {"series": {"noise_floor": 0.025}}])
        assert reading.level == "red"

    def test_too_few_rows_are_unknown_and_no_alert(self):
        assert self.read(measure="auc", value=0.5, n=20).level == "unknown"

    def test_the_worst_column_speaks(self):
        readings = watch(
            default("monitoring_binary_classification"),
            [{"measure": "psi", "attribute": name, "value": value, "n": 900} for name, value in (("a", 0), ("b", 7))],
        )
        assert readings[0].level == "red" and readings[0].select == {"attribute": "b"}

    def test_red_must_lie_beyond_yellow(self):
        text = default_text("monitoring_binary_classification").replace("red: {max: 0.25}", "red: {max: 0.05}")
        with pytest.raises(Unreadable, match="red must lie beyond yellow"):
            read_policy(text)


class TestDeadlines:
    def test_days_are_calendar_days_from_the_opening(self):
        deadlines = default("finding_deadlines")
        assert deadlines.due("critical", date(2026, 12, 24)) == date(2027, 1, 7)
        assert deadlines.of("critical").blocks_approval and not deadlines.of("low").blocks_approval
        with pytest.raises(LookupError, match="no severity “dire”"):
            deadlines.due("dire", date(2026, 12, 24))

    def test_the_severest_has_the_least_time(self):
        with pytest.raises(Unreadable, match="Put the severest first"):
            read_policy(default_text("finding_deadlines").replace("days: 14\n", "days: 300\n"))
