"""What scikit-learn also computes, computed equal on generated data."""

import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.measures.measuring import measure
from apps.measures.spec import Spec, Task
from tests.measures.conftest import only

BINARY = Spec(task=Task.BINARY, target="y", scores=("p",), positive_label=1, min_n=1, replicates=50)
WEIGHTED = Spec(task=Task.BINARY, target="y", scores=("p",), positive_label=1, min_n=1, weight="w", replicates=50)


@st.composite
def scored(draw):
    n = draw(st.integers(4, 60))
    y = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n).filter(lambda values: 0 < sum(values) < n))
    step = draw(st.sampled_from([4, 20, 1000]))
    p = draw(st.lists(st.integers(0, step), min_size=n, max_size=n))
    w = draw(st.lists(st.floats(0.1, 5), min_size=n, max_size=n))
    return {"y": np.array(y), "p": np.array(p) / step, "w": np.array(w)}


def values(table, spec, families=("performance",)):
    return {r.measure: r.value for r in measure(table, spec, families)}


@settings(max_examples=40, deadline=None)
@given(scored())
def test_binary_measures_equal_sklearns(table):
    found = values(table, BINARY)
    y, p = table["y"], table["p"]
    decided = (p >= 0.5).astype(int)
    fpr, tpr, _ = sk.roc_curve(y, p)
    assert found["auc"] == pytest.approx(sk.roc_auc_score(y, p), abs=1e-12)
    assert found["ks"] == pytest.approx((tpr - fpr).max() if (tpr - fpr).max() > 0 else 0, abs=1e-9) or found[
        "ks"
    ] == pytest.approx(np.abs(tpr - fpr).max(), abs=1e-9)
    assert found["brier"] == pytest.approx(sk.brier_score_loss(y, p), abs=1e-12)
    assert found["log_loss"] == pytest.approx(sk.log_loss(y, p, labels=[0, 1]), rel=1e-9)
    assert found["accuracy"] == sk.accuracy_score(y, decided)
    assert found["recall"] == pytest.approx(sk.recall_score(y, decided), abs=1e-12)
    if decided.any():
        assert found["precision"] == pytest.approx(sk.precision_score(y, decided), abs=1e-12)
        assert found["f1"] == pytest.approx(sk.f1_score(y, decided), abs=1e-12)
    else:
        assert found["precision"] is None


@settings(max_examples=20, deadline=None)
@given(scored())
def test_weighted_measures_equal_sklearns(table):
    found = values(table, WEIGHTED)
    y, p, w = table["y"], table["p"], table["w"]
    assert found["auc"] == pytest.approx(sk.roc_auc_score(y, p, sample_weight=w), abs=1e-9)
    assert found["brier"] == pytest.approx(sk.brier_score_loss(y, p, sample_weight=w), abs=1e-9)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(y, p >= 0.5, sample_weight=w), abs=1e-9)


def test_multiclass_measures_equal_sklearns():
    rng = np.random.default_rng(1)
    scores = rng.dirichlet([1, 1, 1], 400)
    y = np.array([rng.choice(3, p=row) for row in scores])
    names = np.array(["a", "b", "c"])
    table = {"y": names[y]} | {f"p_{name}": scores[:, i] for i, name in enumerate(names)}
    spec = Spec(task=Task.MULTICLASS, target="y", scores=("p_a", "p_b", "p_c"), classes=("a", "b", "c"), min_n=1)
    results = measure(table, spec, ["performance"])
    decided = scores.argmax(axis=1)
    assert only(results, "multiclass_accuracy").value == sk.accuracy_score(y, decided)
    assert only(results, "macro_f1").value == pytest.approx(sk.f1_score(y, decided, average="macro"), abs=1e-12)
    assert only(results, "multiclass_log_loss").value == pytest.approx(sk.log_loss(y, scores), rel=1e-9)
    precision = sk.precision_score(y, decided, average=None)
    assert only(results, "class_precision", class_="b").value == pytest.approx(precision[1], abs=1e-12)


def test_regression_measures_equal_sklearns():
    rng = np.random.default_rng(2)
    y = rng.normal(100, 20, 500)
    predicted = y + rng.normal(1, 8, 500)
    spec = Spec(task=Task.REGRESSION, target="y", scores=("s",), tolerance=10.0, unit="EUR")
    results = measure({"y": y, "s": predicted}, spec)
    assert only(results, "mae").value == pytest.approx(sk.mean_absolute_error(y, predicted), rel=1e-12)
    assert only(results, "rmse").value == pytest.approx(sk.root_mean_squared_error(y, predicted), rel=1e-12)
    assert only(results, "r2").value == pytest.approx(sk.r2_score(y, predicted), rel=1e-12)
    assert only(results, "mean_error").low < 1 < only(results, "mean_error").high
    assert only(results, "within_tolerance").value == np.mean(np.abs(predicted - y) <= 10)


def test_calibration_equals_an_unpenalised_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(4)
    p = rng.uniform(0.05, 0.95, 3000)
    y = (rng.random(3000) < 1 / (1 + np.exp(-(0.3 + 0.7 * np.log(p / (1 - p)))))).astype(int)
    slope = only(measure({"y": y, "p": p}, BINARY, ["calibration"]), "calibration_slope")
    logit = np.log(p / (1 - p))[:, None]
    oracle = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit, y)
    assert slope.value == pytest.approx(oracle.coef_[0, 0], rel=1e-4)
    assert slope.low < 0.7 < slope.high
