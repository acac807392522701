"""What fairlearn also computes, equal to the last bit."""

import numpy as np
import pandas as pd
from fairlearn import metrics as fl
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, precision_score

from apps.measures.measuring import measure
from apps.measures.spec import INTERSECTION, Protected, Spec, Task
from tests.measures.conftest import only

SPEC = Spec(
    task=Task.BINARY,
    target="y",
    prediction="d",
    positive_label=1,
    protected=(Protected("sex", "sex"), Protected("race", "race")),
    min_n=1,
    replicates=50,
)
BY_GROUP = {
    "selection_rate": fl.selection_rate,
    "group_true_positive_rate": fl.true_positive_rate,
    "group_false_positive_rate": fl.false_positive_rate,
    "group_precision": precision_score,
    "group_accuracy": accuracy_score,
}
DIFFERENCES = {
    "demographic_parity_difference": fl.demographic_parity_difference,
    "demographic_parity_ratio": fl.demographic_parity_ratio,
    "equalized_odds_difference": fl.equalized_odds_difference,
    "equal_opportunity_difference": fl.equal_opportunity_difference,
}


@st.composite
def people(draw):
    """Rows in which every intersection has every outcome with every decision, so that all rates are defined."""
    seed = draw(st.integers(0, 2**32 - 1))
    n = draw(st.integers(0, 300))
    rng = np.random.default_rng(seed)
    every = [(s, r, y, d) for s in "fm" for r in ("1", "2", "9") for y in (0, 1) for d in (0, 1)]
    chance = rng.dirichlet(np.ones(len(every)))
    drawn = [every[i] for i in rng.choice(len(every), n, p=chance)]
    return pd.DataFrame(every + drawn, columns=["sex", "race", "y", "d"])


@settings(max_examples=12, deadline=None)
@given(people())
def test_rates_by_group_equal_fairlearns_to_the_last_bit(table):
    results = measure(table, SPEC, ["fairness"])
    for attributes in (["sex"], ["race"], ["sex", "race"]):
        frame = fl.MetricFrame(metrics=BY_GROUP, y_true=table.y, y_pred=table.d, sensitive_features=table[attributes])
        for key, row in frame.by_group.iterrows():
            labels = dict(zip(attributes, key if isinstance(key, tuple) else (key,), strict=True))
            for name in BY_GROUP:
                found = only(results, name, attribute=INTERSECTION.join(attributes), group=labels)
                assert found.value == row[name], (name, labels)


@settings(max_examples=12, deadline=None)
@given(people())
def test_differences_between_groups_equal_fairlearns_to_the_last_bit(table):
    results = measure(table, SPEC, ["fairness"])
    for attributes in (["sex"], ["race"], ["sex", "race"]):
        for name, oracle in DIFFERENCES.items():
            found = only(results, name, attribute=INTERSECTION.join(attributes))
            assert found.value == oracle(table.y, table.d, sensitive_features=table[attributes]), (name, attributes)


def test_a_group_without_a_favourable_outcome_is_left_out_where_fairlearn_counts_it_as_zero():
    table = pd.DataFrame({"sex": list("ffffmmmm"), "race": "1", "y": [0, 0, 0, 0, 1, 1, 1, 0], "d": [0, 1] * 4})
    results = measure(table, SPEC, ["fairness"])
    rate = only(results, "group_true_positive_rate", attribute="sex", group={"sex": "f"})
    assert rate.status == "not_available" and rate.n == 0
    assert fl.true_positive_rate(table.y[:4], table.d[:4]) == 0
