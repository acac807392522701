"""Whether predicted probabilities come true."""

from collections.abc import Iterator

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Floats, Integers, divide
from apps.measures.definitions import BINARY, Direction, Family, define
from apps.measures.results import Estimate, NotAvailable
from apps.measures.sample import Sample

BINS = 10
COX = "Cox (1958), Biometrika 45:562-565; Van Calster et al. (2019), BMC Medicine 17:230"


@define(
    id="calibration_slope",
    title="Calibration slope",
    family=Family.CALIBRATION,
    tasks=BINARY,
    formula="b of logit P(y = 1) = a + b · logit p",
    source=COX,
    reading="1 is right. Below 1 the probabilities are too extreme (overfitting), above 1 too timid.",
    unit="1",
    convention="Maximum likelihood without penalty; p kept 1e-6 off 0 and 1.",
    interval=intervals.WALD,
    direction=Direction.TARGET,
    parameters={"confidence": "of the interval"},
    sliced=True,
)
def calibration_slope(sample: Sample) -> Iterator[Estimate]:
    outcome, probability, weights = sample.probabilities()
    logit = _logit(probability)
    if np.ptp(logit) == 0:
        raise NotAvailable("All scores are equal, so there is no slope.")
    positive, other = logit[outcome == 1], logit[outcome == 0]
    if len(positive) and len(other) and (positive.min() >= other.max() or positive.max() <= other.min()):
        raise NotAvailable("The scores separate the classes completely, so there is no finite slope.")
    design = np.column_stack([np.ones_like(logit), logit])
    coefficients, errors = _logistic(design, np.zeros_like(logit), outcome, weights)
    yield _wald(float(coefficients[1]), float(errors[1]), len(outcome), sample.spec.confidence)


@define(
    id="calibration_intercept",
    title="Calibration in the large",
    family=Family.CALIBRATION,
    tasks=BINARY,
    formula="a of logit P(y = 1) = a + logit p (slope held at 1)",
    source=COX,
    reading="0 is right. Above 0 the outcomes are more frequent than predicted, below 0 rarer.",
    unit="log-odds",
    convention="The slope is held at 1, so that the intercept means a shift of the whole level.",
    interval=intervals.WALD,
    direction=Direction.TARGET,
    parameters={"confidence": "of the interval"},
    sliced=True,
)
def calibration_intercept(sample: Sample) -> Iterator[Estimate]:
    outcome, probability, weights = sample.probabilities()
    logit = _logit(probability)
    coefficients, errors = _logistic(np.ones((len(logit), 1)), logit, outcome, weights)
    yield _wald(float(coefficients[0]), float(errors[0]), len(outcome), sample.spec.confidence)


@define(
    id="expected_calibration_error",
    title="Expected calibration error, with the reliability table",
    family=Family.CALIBRATION,
    tasks=BINARY,
    formula="Σ over bins of (n_b / n) · |mean p − share of y = 1|",
    source="Naeini, Cooper & Hauskrecht (2015); Murphy & Winkler (1977)",
    reading="Mean distance between promise and outcome; the table shows where it lies.",
    unit="share",
    convention="Ten bins of about equal weight, equal scores never split; biased upwards on few rows.",
    interval=intervals.BOOTSTRAP,
    direction=Direction.LOWER,
    parameters={"replicates": "draws behind the interval", "seed": "of the draws", "confidence": "of the interval"},
)
def expected_calibration_error(sample: Sample) -> Iterator[Estimate]:
    outcome, probability, weights = sample.probabilities()
    spec = sample.spec
    bins = equal_weight_bins(probability, weights, BINS)
    size = int(bins.max()) + 1
    promised = np.bincount(bins, weights * probability, size) / np.bincount(bins, weights, size)
    sides = [np.bincount(bins, weights * (outcome == y), size) for y in (0, 1)]
    cells = np.asarray(np.column_stack(sides), dtype=np.float64)
    value = float(_ece(cells, promised))
    effective = intervals.effective(float(weights.sum()), float(np.dot(weights, weights)))
    draws = _ece(intervals.multinomial(cells, effective, spec.replicates, spec.seed), promised)
    low, high = intervals.percentiles(draws, value, spec.confidence)
    yield Estimate(
        value=value,
        n=len(outcome),
        low=low,
        high=high,
        method=intervals.BOOTSTRAP,
        series={"reliability": _table(bins, size, promised, cells, probability, effective, spec.confidence)},
    )


def _table(
    bins: Integers,
    size: int,
    promised: Floats,
    cells: Floats,
    probability: Floats,
    effective: float,
    confidence: float,
) -> list[dict[str, float | int]]:
    """One row a bin: range and mean of p, rows, observed share with Wilson's interval."""
    counts = np.bincount(bins, minlength=size)
    rows = []
    for b in range(size):
        inside = probability[bins == b]
        weight = cells[b].sum()
        observed = float(cells[b, 1] / weight)
        low, high = intervals.wilson(observed, effective * float(weight / cells.sum()), confidence)
        rows.append(
            {
                "from": float(inside.min()),
                "to": float(inside.max()),
                "n": int(counts[b]),
                "predicted": float(promised[b]),
                "observed": observed,
                "low": low,
                "high": high,
            }
        )
    return rows


def equal_weight_bins(values: Floats, weights: Floats, bins: int) -> Integers:
    """The bin of each value, shape (n,), 0.. without gaps: bins of about equal weight, equal values together."""
    _, place = np.unique(values, return_inverse=True)
    mass = np.cumsum(np.bincount(place, weights))
    middle = mass - np.bincount(place, weights) / 2
    _, bin_of_value = np.unique(
        np.minimum((middle / mass[-1] * bins).astype(np.int64), bins - 1), return_inverse=True
    )
    return np.asarray(bin_of_value[place], dtype=np.int64)


def _ece(cells: Floats, promised: Floats) -> Floats:
    weight = cells.sum(axis=-1)
    gaps = np.abs(np.nan_to_num(divide(cells[..., 1], weight) - promised)) * weight
    return np.asarray(gaps.sum(axis=-1) / weight.sum(axis=-1))


def _logit(probability: Floats) -> Floats:
    p = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(p) - np.log1p(-p))


def _logistic(design: Floats, offset: Floats, outcome: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Coefficients and standard errors of a weighted logistic regression by Newton's method with halved steps.

    Raises:
        NotAvailable: only one class, or no convergence.
    """
    if np.ptp(outcome) == 0:
        raise NotAvailable(f"All {len(outcome)} rows are of one class, so there is no calibration to fit.")
    # scaled so that the errors are those of the effective number of rows
    weights = weights * weights.sum() / np.dot(weights, weights)
    start = np.zeros(design.shape[1])
    if design.shape[1] > 1:
        start[1] = 1.0
    coefficients, likelihood = start, _likelihood(start, design, offset, outcome, weights)
    for _ in range(50):
        p = _expit(offset + design @ coefficients)
        information = design.T @ (design * (weights * p * (1 - p))[:, None])
        step = np.linalg.lstsq(information, design.T @ (weights * (outcome - p)), rcond=None)[0]
        scale = 1.0
        while (
            tried := _likelihood(coefficients + scale * step, design, offset, outcome, weights)
        ) < likelihood - 1e-9:
            scale /= 2
            if scale < 1e-6:
                break
        coefficients, likelihood = coefficients + scale * step, tried
        if np.abs(step).max() < 1e-9:
            return coefficients, np.sqrt(np.diag(np.linalg.pinv(information)))
    raise NotAvailable("The fit of calibration did not settle.")


def _likelihood(coefficients: Floats, design: Floats, offset: Floats, outcome: Floats, weights: Floats) -> float:
    linear = offset + design @ coefficients
    return -float(np.dot(weights, np.logaddexp(0, np.where(outcome == 1, -linear, linear))))


def _expit(values: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(values / 2)))


def _wald(value: float, error: float, n: int, confidence: float) -> Estimate:
    low, high = intervals.normal(value, error, confidence)
    return Estimate(value=value, n=n, low=low, high=high, method=intervals.WALD)
