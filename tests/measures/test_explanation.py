"""Explanations: exact where a method proves additive, honest where it doesn't."""

import json
from itertools import combinations
from math import factorial

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from apps.measures.explanation import Explanation, explain, explanation_results
from apps.measures.results import NotAvailable
from apps.measures.shapley import Game, sampled, tree_shap, woodelf


@pytest.fixture(scope="module")
def loans():
    rng = np.random.default_rng(8)
    table = pd.DataFrame(rng.normal(size=(600, 4)), columns=["income", "debt", "age", "noise"])
    logit = 1.5 * table.income - table.debt + table.income * table.age
    return table, (rng.random(600) < 1 / (1 + np.exp(-logit))).astype(int)


def probability(model):
    return lambda features: model.predict_proba(features)[:, 1]


def shapley_by_definition(score, case, background):
    """Σ over coalitions, as Shapley wrote it; for a handful of features."""
    k = len(case)

    def worth(coalition):
        mixed = background.copy()
        mixed[:, list(coalition)] = case[list(coalition)]
        return score(mixed).mean()

    values = np.zeros(k)
    for j in range(k):
        others = [i for i in range(k) if i != j]
        for size in range(k):
            for chosen in combinations(others, size):
                share = factorial(size) * factorial(k - size - 1) / factorial(k)
                values[j] += share * (worth((*chosen, j)) - worth(chosen))
    return values


def test_a_linear_model_is_explained_in_closed_form(loans):
    table, y = loans
    model = LogisticRegression().fit(table, y)
    found = explain(probability(model), table, table, estimator=model)
    assert found.method == "linear closed form" and found.exact and found.scale == "log-odds"
    assert found.additivity_gap < 1e-9
    assert found.importance[0]["feature"] == "income"


def test_a_pipeline_without_interactions_is_explained_exactly_through_its_predictions_alone(loans):
    table, y = loans
    table = table.assign(region=pd.Categorical(np.where(table.age > 0, "north", "south")))
    steps = make_column_transformer(
        (StandardScaler(), ["income", "debt", "age", "noise"]), (OneHotEncoder(handle_unknown="ignore"), ["region"])
    )
    model = make_pipeline(steps, LogisticRegression()).fit(table, y)
    found = explain(probability(model), table, table)
    assert found.method == "additive" and found.exact and found.additivity_gap < 1e-6
    assert {point["x"] for point in found.dependence["region"]} == {"north", "south"}


def test_boosted_trees_are_explained_exactly_on_the_log_odds(loans):
    table, y = loans
    model = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(table, y)
    found = explain(probability(model), table, table, estimator=model)
    assert found.method.startswith("tree SHAP") and found.exact and found.scale == "log-odds"
    assert found.additivity_gap < 1e-3


def test_a_forest_is_explained_on_its_own_scale_and_a_wrong_sign_is_caught(loans):
    table, y = loans
    model = RandomForestClassifier(20, max_depth=4, random_state=0).fit(table, y)
    game = Game(probability(model), table[:30], table[:50], model, 0, 10_000)
    predicted = game.score(game.features)
    assert woodelf(game, predicted).gap > 0.1 and tree_shap(game, predicted).gap < 1e-6
    found = explain(probability(model), table[:60], table[:50], estimator=model)
    assert found.method == "tree SHAP (shap)" and found.scale == "prediction"


def test_shapley_values_are_those_of_the_definition(loans):
    table, y = loans
    model = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(table.to_numpy(), y)
    background = table.to_numpy()[:40]
    game = Game(model.decision_function, table.to_numpy()[40:43], background, model, 0, 100_000)
    predicted = game.score(game.features)
    expected = [shapley_by_definition(model.decision_function, case, background) for case in game.features]
    # shap compares thresholds in single precision, so a value on a threshold may take the other way
    assert tree_shap(game, predicted).values == pytest.approx(np.array(expected), abs=0.02)
    assert woodelf(game, predicted).values == pytest.approx(np.array(expected), abs=1e-6)
    estimated = sampled(game)
    assert estimated.gap < 1e-9 and not estimated.exact
    off = np.abs(estimated.values - expected) / np.maximum(estimated.errors, 1e-6)
    assert np.quantile(off, 0.75) < 3


def test_a_model_known_only_by_its_predictions_is_sampled_and_says_so(loans):
    table, y = loans
    model = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(table, y)
    found = explain(probability(model), table[:50], table, target=y[:50])
    assert found.method == "permutation sampling" and not found.exact and "standard error" in found.statement
    assert found.additivity_gap < 1e-6
    assert found.importance[0]["feature"] == "income" and found.permutation[0]["feature"] == "income"


def test_the_explanation_is_json_and_becomes_results(loans):
    table, y = loans
    model = LogisticRegression().fit(table, y)
    found = explain(probability(model), table, table, estimator=model, target=y)
    back = Explanation.from_dict(json.loads(json.dumps(found.as_dict(), allow_nan=False)))
    results = explanation_results(back)
    assert {r.measure for r in results} == {"feature_importance", "permutation_importance", "explanation_additivity"}
    cases = results[-1].series["cases"]
    assert [len(case["reasons"]) for case in cases] == [4] * 5
    assert sorted(case["prediction"] for case in cases) == [case["prediction"] for case in cases]
    top = next(r for r in results if r.attribute == "income")
    assert top.low < top.value < top.high and top.n == 500 and len(top.series["dependence"]) > 5


def test_a_model_that_answers_in_another_shape_is_refused(loans):
    table, _ = loans
    with pytest.raises(ValueError, match="one number a row"):
        explain(lambda features: np.zeros((len(features), 3)), table, table)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_a_model_of_interactions_alone_is_never_called_additive_whatever_its_scale(scale):
    table = np.random.default_rng(4).normal(size=(300, 4))
    found = explain(lambda x: scale * x[:, 0] * x[:, 1] * x[:, 2], table, table, link="identity")
    assert not found.exact and found.method == "permutation sampling"


def test_what_shuffling_costs_is_a_loss_where_a_lower_score_means_positive_too(loans):
    table, y = loans
    model = LogisticRegression().fit(table, y)
    higher = explain(probability(model), table, table, target=y)
    lower = explain(lambda x: 1 - probability(model)(x), table, table, target=y, direction="lower")
    assert lower.permutation[0]["feature"] == higher.permutation[0]["feature"]
    assert lower.permutation[0]["value"] == pytest.approx(higher.permutation[0]["value"])


def test_many_interacting_features_are_explained_on_fewer_cases_within_the_budget():
    table, asked = np.random.default_rng(4).normal(size=(500, 200)), []

    def predict(x):
        asked.append(len(x))
        return x[:, 0] * x[:, 1]

    found = explain(predict, table, table, link="identity", budget=200_000)
    assert 10 <= found.n < 500 and found.importance[0]["feature"] in ("0", "1")
    assert max(asked) <= 50_000 and sum(asked) < 2 * 200_000


def test_features_too_many_for_the_budget_are_not_explained_and_the_reason_says_so():
    table = np.random.default_rng(4).normal(size=(50, 3000))
    with pytest.raises(NotAvailable, match="3,000 features that interact"):
        explain(lambda x: x[:, 0] * x[:, 1], table, table, link="identity", budget=200_000)
