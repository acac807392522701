"""How well a classifier of several classes decides."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Floats, divide
from apps.measures.binary import mean_of
from apps.measures.confusion import ALL, Confusion
from apps.measures.definitions import MULTICLASS, Direction, Family, define
from apps.measures.results import Estimate, NotAvailable
from apps.measures.sample import Sample

CHOICE = {"classes": "in the order of the score columns", "confidence": "of the interval"}


@define(
    id="multiclass_accuracy",
    title="Accuracy",
    family=Family.PERFORMANCE,
    tasks=MULTICLASS,
    formula="Σ diagonal / Σ of the confusion matrix",
    source="ISO/IEC TS 4213:2022, 6.3",
    reading="Share of right decisions; read it beside the share of the commonest class.",
    unit="share",
    convention="The first of the largest scores decides where the table has no predictions.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
    parameters=CHOICE,
    sliced=True,
)
def multiclass_accuracy(sample: Sample) -> Iterator[Estimate]:
    names = [str(label) for label in sample.spec.classes]
    table = Confusion.of(sample, len(names))
    series = None if sample.slice_ else {"confusion": {"classes": names, "rows": table.weights.tolist()}}
    yield table.share(np.diag_indices(len(names)), ALL, sample.spec.confidence, series)


@define(
    id="macro_f1",
    title="Macro F1",
    family=Family.PERFORMANCE,
    tasks=MULTICLASS,
    formula="mean over classes of 2·TP / (2·TP + FP + FN)",
    source="Opitz & Burst (2019)",
    reading="Every class counts alike, however rare; one failed class pulls it down.",
    unit="share",
    convention="Mean of the classes' F1 (not F1 of the means); a class neither true nor predicted is left out.",
    interval=intervals.BOOTSTRAP,
    direction=Direction.HIGHER,
    parameters=CHOICE | {"replicates": "draws behind the interval", "seed": "of the draws"},
    sliced=True,
)
def macro_f1(sample: Sample) -> Iterator[Estimate]:
    table, spec = Confusion.of(sample, len(sample.spec.classes)), sample.spec
    value = float(_macro_f1(table.weights))
    draws = _macro_f1(intervals.multinomial(table.weights, table.effective, spec.replicates, spec.seed))
    low, high = intervals.percentiles(draws, value, spec.confidence)
    yield Estimate(value=value, n=table.n, low=low, high=high, method=intervals.BOOTSTRAP)


@define(
    id="multiclass_log_loss",
    title="Log loss",
    family=Family.PERFORMANCE,
    tasks=MULTICLASS,
    formula="mean of −ln p of the true class",
    source="Good (1952)",
    reading="0 is perfect; ln k says one k-th of everybody.",
    unit="nats",
    convention="Scores are divided by their sum and kept 2.2e-16 off 0 and 1, as scikit-learn does.",
    interval=intervals.MEAN,
    direction=Direction.LOWER,
    parameters={"confidence": "of the interval"},
    sliced=True,
)
def multiclass_log_loss(sample: Sample) -> Iterator[Estimate]:
    spec = sample.spec
    if spec.score_kind != "probability" or sample.scores.shape[1] != len(spec.classes):
        raise NotAvailable("Log loss needs one probability a class.")
    kept = np.isfinite(sample.outcome) & np.isfinite(sample.scores).all(axis=1) & (sample.weights > 0)
    if not kept.any():
        raise NotAvailable("No row has both its scores and an outcome.")
    scores = sample.scores[kept]
    if scores.min() < 0 or not (scores.sum(axis=1) > 0).all():
        raise NotAvailable("Some scores are negative or all zero, so they are no probabilities.")
    scores = scores / scores.sum(axis=1, keepdims=True)
    chosen = scores[np.arange(len(scores)), sample.outcome[kept].astype(np.int64)]
    tiny = float(np.finfo(np.float64).eps)
    yield mean_of(-np.log(np.clip(chosen, tiny, 1 - tiny)), sample.weights[kept], spec.confidence)


@define(
    id="class_precision",
    title="Precision by class",
    family=Family.PERFORMANCE,
    tasks=MULTICLASS,
    formula="rightly predicted as the class / predicted as the class",
    source="ISO/IEC TS 4213:2022, 6.3",
    reading="Of those predicted to be of the class, the share that is.",
    unit="share",
    convention="One class against all others; n counts those predicted.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
    parameters=CHOICE,
)
def class_precision(sample: Sample) -> Iterator[Estimate]:
    return _by_class(sample, lambda i: np.s_[:, i])


@define(
    id="class_recall",
    title="Recall by class",
    family=Family.PERFORMANCE,
    tasks=MULTICLASS,
    formula="rightly predicted as the class / truly of the class",
    source="ISO/IEC TS 4213:2022, 6.3",
    reading="Of those truly of the class, the share that the model finds.",
    unit="share",
    convention="One class against all others; n counts those of the class.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
    parameters=CHOICE,
)
def class_recall(sample: Sample) -> Iterator[Estimate]:
    return _by_class(sample, lambda i: np.s_[i, :])


def _macro_f1(table: Floats) -> Floats:
    hits = 2 * np.diagonal(table, axis1=-2, axis2=-1)
    scores = divide(hits, table.sum(axis=-1) + table.sum(axis=-2))
    return np.asarray(np.nanmean(scores, axis=-1))


def _by_class(sample: Sample, base: Callable[[int], Any]) -> Iterator[Estimate]:
    table = Confusion.of(sample, len(sample.spec.classes))
    for i, label in enumerate(sample.spec.classes):
        yield replace(table.share(np.s_[i, i], base(i), sample.spec.confidence), class_=str(label))
