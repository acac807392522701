"""Confidence intervals from counts: each says in one line what it assumes, and none of them reads rows."""

import math
from statistics import NormalDist

import numpy as np

from apps.measures.arrays import Array, Floats

Interval = tuple[float | None, float | None]

WILSON = "Wilson score"
KATZ = "Katz log ratio"
DELONG = "DeLong, normal"
MEAN = "mean of row losses, normal"
BOOTSTRAP = "multinomial draws on counts, percentile"
BOOTSTRAP_ERROR = "multinomial draws on counts, standard error, normal"
WALD = "inverse information, normal"


def z(confidence: float) -> float:
    """The normal quantile of a two-sided interval: 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(share: float, n: float, confidence: float) -> tuple[float, float]:
    """Interval of a share on n trials; holds its level at 0 and 1, where Wald's collapses.

    Source: Wilson (1927), JASA 22:209-212; recommended by Brown, Cai & DasGupta (2001).
    """
    if n <= 0:
        return 0.0, 1.0
    q = z(confidence)
    centre = (share + q * q / (2 * n)) / (1 + q * q / n)
    half = q / (1 + q * q / n) * math.sqrt(share * (1 - share) / n + q * q / (4 * n * n))
    return min(max(0.0, centre - half), share), max(min(1.0, centre + half), share)


def katz(share: float, n: float, reference: float, reference_n: float, confidence: float) -> tuple[float, float]:
    """Interval of a ratio of two independent shares, normal in its logarithm.

    An empty cell is smoothed by half a count for the interval only.
    Source: Katz et al. (1978), Biometrics 34:469-474.
    """

    def smoothed(p: float, trials: float) -> float:
        return p if p > 0 else 0.5 / (trials + 0.5)

    p, r = smoothed(share, n), smoothed(reference, reference_n)
    error = math.sqrt((1 - p) / (n * p) + (1 - r) / (reference_n * r))
    ratio, q = p / r, z(confidence)
    low = 0.0 if share == 0 else ratio * math.exp(-q * error)
    return low, ratio * math.exp(q * error)


def normal(
    value: float, error: float, confidence: float, floor: float = -math.inf, top: float = math.inf
) -> Interval:
    """value ± z · error, cut at the measure's own bounds; no interval where the error is unknown."""
    if not math.isfinite(error):
        return None, None
    half = z(confidence) * error
    return max(floor, value - half), min(top, value + half)


def mean_error(values: Floats, weights: Floats) -> tuple[float, float]:
    """Weighted mean and its standard error; with weights of 1 the sample's sd / √n.

    The weighted error is that of a ratio estimator: √Σw²(x − m)² / Σw · √(n / (n − 1)).
    """
    total = float(weights.sum())
    mean = float(np.dot(values, weights) / total)
    n = int(np.count_nonzero(weights))
    if n < 2:
        return mean, math.nan
    spread = math.sqrt(float(np.dot(weights**2, (values - mean) ** 2))) / total
    return mean, spread * math.sqrt(n / (n - 1))


def percentiles(draws: Array, value: float, confidence: float) -> Interval:
    """The draws' central interval, widened to hold the value where bias (of a maximum) would leave it.

    Args:
        draws: replicates, shape (replicates,); NaN where a replicate has no value.
    """
    kept = draws[np.isfinite(draws)]
    if len(kept) < max(20, len(draws) // 2):
        return None, None
    low, high = np.quantile(kept, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return min(float(low), value), max(float(high), value)


def multinomial(weights: Array, n: float, replicates: int, seed: int | np.random.Generator) -> Array:
    """Tables as n rows drawn again would give them: the bootstrap of rows, at the price of cells.

    Args:
        weights: cell totals, any shape; zero cells stay zero.
        n: rows to draw, the effective number where rows are weighted.
    Returns:
        shape (replicates, *weights.shape).
    """
    flat = np.asarray(weights, dtype=np.float64).ravel()
    draws = np.random.default_rng(seed).multinomial(max(1, round(n)), flat / flat.sum(), size=replicates)
    return draws.reshape(replicates, *np.shape(weights))


def effective(weight: float, square: float) -> float:
    """Kish's effective number of rows, (Σw)² / Σw²; n itself where all weights are equal."""
    return weight * weight / square if square > 0 else 0.0
