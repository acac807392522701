"""How well a binary classifier ranks and decides."""

import math
from collections.abc import Iterator

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Floats, divide
from apps.measures.confusion import ALL, Confusion
from apps.measures.definitions import BINARY, Direction, Family, define
from apps.measures.results import Estimate
from apps.measures.sample import Sample
from apps.measures.scores import ScoreCounts

REPLICATES = {"replicates": "draws behind the interval", "seed": "of the draws", "confidence": "of the interval"}
DECISIONS = {"threshold": "score from which the positive label is predicted", "confidence": "of the interval"}


@define(
    id="auc",
    title="Area under the ROC curve",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="P(s⁺ > s⁻) + ½ P(s⁺ = s⁻) for a random positive and a random other row",
    source="Hanley & McNeil (1982); interval: DeLong et al. (1988), Sun & Xu (2014)",
    reading="0.5 ranks as a coin does, 1 ranks every positive above every other. It says nothing of calibration.",
    unit="share",
    convention="Ties count one half. Exact over distinct scores; equals scikit-learn's roc_auc_score.",
    interval=intervals.DELONG,
    direction=Direction.HIGHER,
    parameters={"confidence": "of the interval"},
    sliced=True,
)
def auc(sample: Sample) -> Iterator[Estimate]:
    counts = sample.scored
    value = counts.auc()
    low, high = intervals.normal(value, counts.auc_error(), sample.spec.confidence, 0.0, 1.0)
    series = None if sample.slice_ else {"roc": roc_curve(counts), "counts": _classes(counts)}
    yield Estimate(value=value, n=counts.rows, low=low, high=high, method=intervals.DELONG, series=series)


@define(
    id="gini",
    title="Gini coefficient (accuracy ratio)",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="2 · AUC − 1",
    source="Engelmann, Hayden & Tasche (2003); Basel Committee WP 14 (2005)",
    reading="0 ranks as a coin does, 1 perfectly. Credit scorecards usually reach 0.4 to 0.6.",
    unit="1",
    convention="Somers' D of outcome by score; negative where the ranking is reversed.",
    interval="DeLong of the AUC, doubled",
    direction=Direction.HIGHER,
    parameters={"confidence": "of the interval"},
    sliced=True,
)
def gini(sample: Sample) -> Iterator[Estimate]:
    counts = sample.scored
    value = 2 * counts.auc() - 1
    low, high = intervals.normal(value, 2 * counts.auc_error(), sample.spec.confidence, -1.0, 1.0)
    yield Estimate(value=value, n=counts.rows, low=low, high=high, method="DeLong of the AUC, doubled")


@define(
    id="ks",
    title="Kolmogorov-Smirnov separation",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="max over s of |F(s | other) − F(s | positive)|",
    source="Siddiqi, Credit Risk Scorecards (2006), ch. 6",
    reading="The largest gap between the two classes' score distributions: 0 none, 1 complete.",
    unit="share",
    convention="Exact over distinct scores; the interval's draws pool scores into at most 512 cells.",
    interval=intervals.BOOTSTRAP_ERROR,
    direction=Direction.HIGHER,
    parameters=REPLICATES,
)
def ks(sample: Sample) -> Iterator[Estimate]:
    counts, spec = sample.scored, sample.spec
    gaps = np.abs(np.subtract(*counts.shares().T))
    draws = intervals.multinomial(counts.thinned(512), counts.effective.sum(), spec.replicates, spec.seed)
    totals = draws.sum(axis=1, keepdims=True)
    replicates = np.abs(np.subtract(*np.moveaxis(np.cumsum(draws, axis=1) / np.maximum(totals, 1), -1, 0))).max(
        axis=1
    )
    value = float(gaps.max())
    low, high = intervals.normal(value, float(replicates.std(ddof=1)), spec.confidence, 0.0, 1.0)
    places, shares = counts.curve_places(), counts.shares()
    series = {
        "at_score": float(counts.scores[gaps.argmax()]),
        "score": counts.scores[places].tolist(),
        "other": shares[places, 0].tolist(),
        "positive": shares[places, 1].tolist(),
    }
    yield Estimate(value=value, n=counts.rows, low=low, high=high, method=intervals.BOOTSTRAP_ERROR, series=series)


@define(
    id="brier",
    title="Brier score",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="mean of (p − y)²",
    source="Brier (1950)",
    reading="Mean squared error of the probabilities: 0 is perfect, the base rate alone gives π(1 − π).",
    unit="1",
    convention="Of the positive label only (half of the two-class form). Equals scikit-learn's brier_score_loss.",
    interval=intervals.MEAN,
    direction=Direction.LOWER,
    parameters={"confidence": "of the interval"},
    sliced=True,
)
def brier(sample: Sample) -> Iterator[Estimate]:
    outcome, probability, weights = sample.probabilities()
    yield mean_of((probability - outcome) ** 2, weights, sample.spec.confidence)


@define(
    id="log_loss",
    title="Log loss",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="mean of −y·ln p − (1 − y)·ln(1 − p)",
    source="Good (1952)",
    reading="Punishes confident errors hard; 0 is perfect, ln 2 = 0.693 says one half of everybody.",
    unit="nats",
    convention="p is kept 2.2e-16 off 0 and 1, as scikit-learn's log_loss does.",
    interval=intervals.MEAN,
    direction=Direction.LOWER,
    parameters={"confidence": "of the interval"},
    sliced=True,
)
def log_loss(sample: Sample) -> Iterator[Estimate]:
    outcome, probability, weights = sample.probabilities()
    tiny = float(np.finfo(np.float64).eps)
    p = np.clip(probability, tiny, 1 - tiny)
    yield mean_of(-np.where(outcome == 1, np.log(p), np.log1p(-p)), weights, sample.spec.confidence)


@define(
    id="accuracy",
    title="Accuracy",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="(TP + TN) / (TP + FP + FN + TN)",
    source="ISO/IEC TS 4213:2022, 6.2",
    reading="Share of right decisions. Read it beside the base rate: always saying the commoner label scores that.",
    unit="share",
    convention="At the version's threshold, or by the table's own predictions.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
    parameters=DECISIONS,
    sliced=True,
)
def accuracy(sample: Sample) -> Iterator[Estimate]:
    table = Confusion.of(sample)
    names = ("true_negative", "false_positive", "false_negative", "true_positive")
    series = None if sample.slice_ else {"confusion": dict(zip(names, table.weights.ravel().tolist(), strict=True))}
    yield table.share(np.diag_indices(2), ALL, sample.spec.confidence, series)


@define(
    id="precision",
    title="Precision",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="TP / (TP + FP)",
    source="ISO/IEC TS 4213:2022, 6.2",
    reading="Of those predicted positive, the share that is.",
    unit="share",
    convention="Not available where nobody is predicted positive (scikit-learn says 0). n counts those.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
    parameters=DECISIONS,
    sliced=True,
)
def precision(sample: Sample) -> Iterator[Estimate]:
    yield Confusion.of(sample).share(np.s_[1, 1], np.s_[:, 1], sample.spec.confidence)


@define(
    id="recall",
    title="Recall (true positive rate)",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="TP / (TP + FN)",
    source="ISO/IEC TS 4213:2022, 6.2",
    reading="Of those truly positive, the share that the model finds.",
    unit="share",
    convention="Not available where nobody is positive (scikit-learn says 0). n counts the positives.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
    parameters=DECISIONS,
    sliced=True,
)
def recall(sample: Sample) -> Iterator[Estimate]:
    yield Confusion.of(sample).share(np.s_[1, 1], np.s_[1, :], sample.spec.confidence)


@define(
    id="f1",
    title="F1 score",
    family=Family.PERFORMANCE,
    tasks=BINARY,
    formula="2·TP / (2·TP + FP + FN)",
    source="van Rijsbergen (1979)",
    reading="Harmonic mean of precision and recall; ignores true negatives.",
    unit="share",
    convention="Not available where there is neither a positive nor a positive prediction.",
    interval=intervals.BOOTSTRAP,
    direction=Direction.HIGHER,
    parameters=DECISIONS | REPLICATES,
    sliced=True,
)
def f1(sample: Sample) -> Iterator[Estimate]:
    table = Confusion.of(sample)
    value = float(f1_of(table.weights))
    draws = f1_of(intervals.multinomial(table.weights, table.effective, sample.spec.replicates, sample.spec.seed))
    low, high = intervals.percentiles(draws, value, sample.spec.confidence)
    yield Estimate(value=value, n=table.n, low=low, high=high, method=intervals.BOOTSTRAP)


def f1_of(table: Floats) -> Floats:
    """F1 of confusion tables, shape (..., 2, 2) by (outcome, decision)."""
    hits = 2 * table[..., 1, 1]
    return divide(hits, hits + table[..., 0, 1] + table[..., 1, 0])


def mean_of(losses: Floats, weights: Floats, confidence: float) -> Estimate:
    """A mean of row losses with its normal interval."""
    value, error = intervals.mean_error(losses, weights)
    low, high = intervals.normal(value, error, confidence, 0.0)
    return Estimate(value=value, n=len(losses), low=low, high=high, method=intervals.MEAN)


def roc_curve(counts: ScoreCounts) -> dict[str, list[float]]:
    """False and true positive rates at falling thresholds, from (0, 0) to (1, 1), about 200 points."""
    places = counts.curve_places()[::-1]
    above = 1 - counts.shares() + counts.cells / counts.totals
    rates = np.clip(above[places], 0, 1)
    return {
        "fpr": [0.0, *rates[:, 0].tolist()],
        "tpr": [0.0, *rates[:, 1].tolist()],
        "threshold": [math.nextafter(float(counts.scores[-1]), math.inf), *counts.scores[places].tolist()],
    }


def _classes(counts: ScoreCounts) -> dict[str, int]:
    return {"other": int(counts.n[0]), "positive": int(counts.n[1])}
