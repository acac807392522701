"""How close predicted values come."""

import math
from collections.abc import Iterator

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Floats
from apps.measures.binary import mean_of
from apps.measures.definitions import REGRESSION, Direction, Family, define
from apps.measures.results import Estimate, NotAvailable
from apps.measures.sample import Sample

DELTA = "delta method over row losses, normal"
CONFIDENCE = {"confidence": "of the interval"}


@define(
    id="mae",
    title="Mean absolute error",
    family=Family.PERFORMANCE,
    tasks=REGRESSION,
    formula="mean of |ŷ − y|",
    source="Willmott & Matsuura (2005)",
    reading="How far off a prediction is on average, in the target's own unit.",
    unit="target's unit",
    convention="Equals scikit-learn's mean_absolute_error.",
    interval=intervals.MEAN,
    direction=Direction.LOWER,
    parameters=CONFIDENCE,
    sliced=True,
)
def mae(sample: Sample) -> Iterator[Estimate]:
    outcome, predicted, weights = sample.labelled_decisions()
    yield mean_of(np.abs(predicted - outcome), weights, sample.spec.confidence)


@define(
    id="rmse",
    title="Root mean squared error",
    family=Family.PERFORMANCE,
    tasks=REGRESSION,
    formula="√ of the mean of (ŷ − y)²",
    source="Chai & Draxler (2014)",
    reading="As the mean absolute error, with large misses weighing more.",
    unit="target's unit",
    convention="Equals scikit-learn's root_mean_squared_error.",
    interval="normal interval of the mean squared error, its root taken",
    direction=Direction.LOWER,
    parameters=CONFIDENCE,
    sliced=True,
)
def rmse(sample: Sample) -> Iterator[Estimate]:
    outcome, predicted, weights = sample.labelled_decisions()
    value, error = intervals.mean_error((predicted - outcome) ** 2, weights)
    low, high = intervals.normal(value, error, sample.spec.confidence, 0.0)
    yield Estimate(
        value=math.sqrt(value),
        n=len(outcome),
        low=None if low is None else math.sqrt(low),
        high=None if high is None else math.sqrt(high),
        method="normal interval of the mean squared error, its root taken",
    )


@define(
    id="r2",
    title="Coefficient of determination",
    family=Family.PERFORMANCE,
    tasks=REGRESSION,
    formula="1 − Σ(ŷ − y)² / Σ(y − ȳ)²",
    source="Draper & Smith (1998)",
    reading="1 is perfect, 0 no better than the mean, below 0 worse than it.",
    unit="1",
    convention="ȳ is of the measured rows; not available for a constant target. Equals scikit-learn's r2_score.",
    interval=DELTA,
    direction=Direction.HIGHER,
    parameters=CONFIDENCE,
    sliced=True,
)
def r2(sample: Sample) -> Iterator[Estimate]:
    outcome, predicted, weights = sample.labelled_decisions()
    mean = float(np.dot(weights, outcome) / weights.sum())
    residual, spread = (predicted - outcome) ** 2, (outcome - mean) ** 2
    total = float(np.dot(weights, spread))
    if total == 0:
        raise NotAvailable("The target is constant, so there is no variance to explain.")
    unexplained = float(np.dot(weights, residual)) / total
    low, high = intervals.normal(
        1 - unexplained, _ratio_error(residual, spread, weights, unexplained), sample.spec.confidence, top=1.0
    )
    yield Estimate(value=1 - unexplained, n=len(outcome), low=low, high=high, method=DELTA)


@define(
    id="mean_error",
    title="Mean error (bias)",
    family=Family.CALIBRATION,
    tasks=REGRESSION,
    formula="mean of (ŷ − y)",
    source="ISO 5725-1:2023 (trueness)",
    reading="0 is right on average; above 0 the model predicts too much.",
    unit="target's unit",
    convention="Predicted less true.",
    interval=intervals.MEAN,
    direction=Direction.TARGET,
    parameters=CONFIDENCE,
    sliced=True,
)
def mean_error(sample: Sample) -> Iterator[Estimate]:
    outcome, predicted, weights = sample.labelled_decisions()
    value, error = intervals.mean_error(predicted - outcome, weights)
    low, high = intervals.normal(value, error, sample.spec.confidence)
    yield Estimate(value=value, n=len(outcome), low=low, high=high, method=intervals.MEAN)


@define(
    id="within_tolerance",
    title="Share within tolerance",
    family=Family.PERFORMANCE,
    tasks=REGRESSION,
    formula="share of |ŷ − y| ≤ tolerance",
    source="ISO/IEC TS 4213:2022; the tolerance is the version's own",
    reading="How often the prediction is as close as the use needs.",
    unit="share",
    convention="A miss of exactly the tolerance is within it.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
    parameters=CONFIDENCE | {"tolerance": "in the target's unit"},
    sliced=True,
)
def within_tolerance(sample: Sample) -> Iterator[Estimate]:
    outcome, predicted, weights = sample.labelled_decisions()
    if sample.spec.tolerance is None:
        raise NotAvailable("The version names no tolerance.")
    value = float(np.dot(weights, np.abs(predicted - outcome) <= sample.spec.tolerance) / weights.sum())
    effective = intervals.effective(float(weights.sum()), float(np.dot(weights, weights)))
    low, high = intervals.wilson(value, effective, sample.spec.confidence)
    yield Estimate(value=value, n=len(outcome), low=low, high=high, method=intervals.WILSON)


def _ratio_error(numerator: Floats, denominator: Floats, weights: Floats, ratio: float) -> float:
    """Standard error of Σw·a / Σw·b by linearisation: √Σw²(a − r·b)² / Σw·b."""
    return math.sqrt(float(np.dot(weights**2, (numerator - ratio * denominator) ** 2))) / float(
        np.dot(weights, denominator)
    )
