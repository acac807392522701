"""How far two tables of counts over the same cells are apart, and how far sampling alone sets them."""

import math
from collections.abc import Callable

import numpy as np

from apps.measures.arrays import Array, Floats, Integers
from apps.measures.intervals import Interval, multinomial
from apps.measures.profiles import Axis, Cells
from apps.measures.spec import Spec

Distance = Callable[[Array, Array], Floats]

REPLICATES = 300
BINS = 10
LEVELS = 20


def population_stability_index(reference: Array, current: Array) -> Floats:
    """PSI = Σ (p − q) · ln(p / q).

    Args:
        reference, current: counts over the same bins, shape (..., bins).
    Returns:
        nats, ≥ 0, shape (...). An empty bin counts as half a row, so that one alone moves the sum little.
    """
    p, q = _smoothed(reference), _smoothed(current)
    return np.asarray(((p - q) * np.log(p / q)).sum(axis=-1))


def _smoothed(counts: Array) -> Floats:
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(counts > 0, counts, 0.5) / np.maximum(total, 1))


def jensen_shannon(reference: Array, current: Array) -> Floats:
    """√ of the Jensen-Shannon divergence in base 2, 0..1, of counts shaped (..., bins)."""
    p, q = (counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1) for counts in (reference, current))
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return np.asarray(np.sqrt(np.clip(divergence / math.log(2), 0, 1)))


def _relative_entropy(p: Floats, q: Floats) -> Floats:
    ratio = np.divide(p, q, out=np.ones_like(p), where=q > 0)
    return np.asarray((p * np.log(np.where(p > 0, ratio, 1))).sum(axis=-1))


def kolmogorov_smirnov(reference: Array, current: Array) -> Floats:
    """Largest gap of the cumulated shares of counts shaped (..., cells)."""
    return np.asarray(np.abs(_cumulated(reference) - _cumulated(current)).max(axis=-1))


def _cumulated(counts: Array) -> Floats:
    total = np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    return np.asarray(np.cumsum(counts, axis=-1) / total)


def wasserstein_over(edges: Floats) -> Distance:
    """The Wasserstein-1 distance of counts whose cells these edges part, shape (..., len(edges) + 1), tails apart."""
    widths = np.diff(edges)

    def distance(reference: Array, current: Array) -> Floats:
        gaps = _cumulated(reference)[..., :-1] - _cumulated(current)[..., :-1]
        # |a + (b − a)t| over a cell: a trapezium, two triangles where the sign turns
        left, right = gaps[..., :-1], gaps[..., 1:]
        total = np.abs(left) + np.abs(right)
        turned = np.divide(left**2 + right**2, total, out=np.zeros_like(total), where=total > 0)
        heights = np.where(left * right < 0, turned, total) / 2
        return np.asarray((heights * widths).sum(axis=-1))

    return distance


def wasserstein(axis: Axis, reference: Cells, current: Cells) -> float:
    """Wasserstein-1 distance in the column's unit; exact for columns of few values and in the tails."""
    inside = float(wasserstein_over(axis.edges)(reference.present, current.present))
    n, m = max(int(reference.present.sum()), 1), max(int(current.present.sum()), 1)
    return inside + abs(current.below / m - reference.below / n) + abs(current.above / m - reference.above / n)


def coarse_places(axis: Axis, reference: Cells) -> Integers:
    """The bin of each cell, shape (axis.size,): about ten of equal reference mass for numbers, the commonest twenty
    levels and the rest for categories; missing values always by themselves, last."""
    counts = reference.present
    if axis.kind == "category":
        chosen = np.sort(np.argsort(-counts[:-1], kind="stable")[: LEVELS - 1])
        places = np.full(axis.size, len(chosen), dtype=np.int64)
        places[chosen] = np.arange(len(chosen))
        places[-1] = len(chosen) + 1
        return places
    total = counts.sum()
    before = np.cumsum(counts) - counts
    bins = np.minimum(before * BINS // max(int(total), 1), BINS - 1)
    _, places = np.unique(bins, return_inverse=True)
    return np.append(places, places.max() + 1).astype(np.int64)


def pooled(counts: Array, places: Integers) -> Integers:
    """Counts by bin."""
    return np.bincount(places, weights=counts, minlength=int(places.max()) + 1).astype(np.int64)


def noise_floor(distance: Distance, reference: Array, current: Array, level: float, seed: int) -> float:
    """The value that sampling alone exceeds with probability `level` if both samples come from one population.

    Both tables are drawn 300 times from their pooled shares; the quantile comes from the gamma distribution
    with the draws' mean and variance, as sums of squared deviations follow it closely, and tails beyond the draws
    can be had.
    """
    from scipy.special import gammaincinv

    n, m = int(reference.sum()), int(current.sum())
    both = reference + current
    draws = distance(multinomial(both, n, REPLICATES, seed), multinomial(both, m, REPLICATES, seed + 1))
    mean, variance = float(draws.mean()), float(draws.var())
    if mean == 0 or variance == 0:
        return mean
    return float(gammaincinv(mean * mean / variance, 1 - level) * variance / mean)


def smirnov_floor(n: int, m: int, level: float) -> float:
    """The critical value of the two-sample Kolmogorov-Smirnov test; holds its level for ties too (Smirnov, 1939)."""
    return min(1.0, math.sqrt(-math.log(level / 2) / 2 * (n + m) / (n * m)))


def basic_interval(distance: Distance, reference: Array, current: Array, value: float, spec: Spec) -> Interval:
    """2·value less the draws' quantiles: takes out the upward bias that sampling gives every distance; ≥ 0.

    Both tables are drawn from their own shares. Widened to hold the value, cut at 0.
    """
    n, m, replicates = int(reference.sum()), int(current.sum()), min(spec.replicates, REPLICATES)
    before = multinomial(reference, n, replicates, spec.seed)
    draws = distance(before, multinomial(current, m, replicates, spec.seed + 1))
    low, high = np.quantile(draws, [0.5 - spec.confidence / 2, 0.5 + spec.confidence / 2])
    return max(0.0, min(2 * value - float(high), value)), max(2 * value - float(low), value)
