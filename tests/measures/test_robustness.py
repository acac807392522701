"""Robustness: small changes, holes, and values from nowhere."""

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from apps.measures.robustness import perturbations, robustness
from apps.measures.spec import Spec, Task

SPEC = Spec(task=Task.BINARY, target="y", scores=("p",), positive_label=1, min_n=1)


@pytest.fixture(scope="module")
def loans():
    rng = np.random.default_rng(9)
    table = pd.DataFrame(
        {
            "income": rng.lognormal(10, 0.5, 800),
            "children": rng.integers(0, 5, 800),
            "region": pd.Categorical(rng.choice(["north", "south"], 800)),
        }
    )
    chance = 1 / (1 + np.exp(-(np.log(table.income) - 10 - 0.3 * table.children)))
    return table, (rng.random(800) < chance).astype(int)


def scored(predict, table):
    """Scores of every perturbation, as the sandbox would give them: an error's text where the model refuses."""
    after, kinds = {}, {}
    for item in perturbations(table, list(table.columns), seed=1):
        kinds[item.name] = (item.kind, item.attribute)
        try:
            after[item.name] = predict(item.features)
        except ValueError as error:
            after[item.name] = str(error)
    return after, kinds


def named(results, measure, name):
    return next(r for r in results if r.measure == measure and r.slice_ == {"perturbation": name})


def test_every_kind_of_perturbation_is_there_and_leaves_the_table_alone(loans):
    table, _ = loans
    before = table.copy()
    found = list(perturbations(table, list(table.columns)))
    assert {item.kind for item in found} == {"noise", "missing", "out_of_range"}
    pd.testing.assert_frame_equal(table, before)
    by_name = {item.name: item.features for item in found}
    assert by_name["children missing"].children.isna().all()
    assert by_name["income out of range"].income.min() > table.income.max()
    assert (by_name["region out of range"].region == "never seen before").all()
    assert (by_name["noise of 0.25 sd"].children % 1 == 0).all()
    assert by_name["10% missing"].isna().to_numpy().mean() == pytest.approx(0.1, abs=0.02)


def test_perturbations_come_out_the_same_again(loans):
    table, _ = loans
    for one, other in zip(
        perturbations(table, list(table.columns), 4), perturbations(table, list(table.columns), 4), strict=True
    ):
        pd.testing.assert_frame_equal(one.features, other.features)


def test_a_model_that_takes_missing_values_is_measured_through_them(loans):
    table, y = loans
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0, categorical_features="from_dtype").fit(
        table, y
    )

    def predict(features):
        return model.predict_proba(features)[:, 1]

    after, kinds = scored(predict, table)
    results = robustness(predict(table), after, kinds, SPEC, y)
    lost = named(results, "auc_change", "income missing")
    assert lost.value == pytest.approx(
        roc_auc_score(y, after["income missing"]) - roc_auc_score(y, predict(table)), abs=1e-12
    )
    assert lost.low < lost.value < lost.high < 0 and lost.attribute == "income"
    assert named(results, "rows_refused", "income missing").value == 0
    small, large = (named(results, "decisions_flipped", f"noise of {scale} sd").value for scale in ("0.05", "0.25"))
    assert 0 < small < large < 0.5


def test_a_model_that_refuses_missing_values_is_said_to_refuse(loans):
    table, y = loans
    numbers = table[["income", "children"]]
    model = LogisticRegression().fit(numbers, y)

    def predict(features):
        return model.predict_proba(features)[:, 1]

    after, kinds = scored(predict, numbers)
    results = robustness(predict(numbers), after, kinds, SPEC, y)
    refused = named(results, "rows_refused", "children missing")
    assert refused.value == 1 and "NaN" in refused.series["message"]
    assert named(results, "decisions_flipped", "children missing").status == "not_available"


def test_the_paired_interval_of_no_change_is_empty(loans):
    _, y = loans
    scores = np.random.default_rng(0).random(800)
    results = robustness(scores, {"same": scores}, {"same": ("noise", None)}, SPEC, y)
    change = named(results, "auc_change", "same")
    assert (change.value, change.low, change.high) == (0, 0, 0)
    assert named(results, "decisions_flipped", "same").value == 0


def test_arrays_are_perturbed_as_frames_are():
    found = list(perturbations(np.arange(40.0).reshape(10, 4), ["a", "b", "c", "d"]))
    assert np.isnan(next(item.features for item in found if item.name == "b missing")[:, 1]).all()
