"""Whether a window still looks like the reference, beside what sampling alone would show."""

import itertools
import math
from collections.abc import Callable, Iterator

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Floats, Integers
from apps.measures.definitions import BINARY, EVERY, Direction, Family, define, registered
from apps.measures.distances import (
    Distance,
    basic_interval,
    coarse_places,
    jensen_shannon,
    kolmogorov_smirnov,
    noise_floor,
    pooled,
    population_stability_index,
    smirnov_floor,
    wasserstein,
    wasserstein_over,
)
from apps.measures.profiles import CELLS, DECISION, OTHER, Axis, Cells, Profile
from apps.measures.results import Estimate, NotAvailable, Result
from apps.measures.sample import Sample
from apps.measures.spec import MISSING, Spec, group_label

ALPHA = 0.01
"""The share of unshifted windows in which sampling alone lifts any column over its floor, for each measure."""

FINE = 48
BASIC = "multinomial draws on counts, basic"
FLOOR = f"`noise_floor` is exceeded by sampling alone in {ALPHA:.0%} of unshifted windows, over all columns together."
PARAMETERS = {
    "features": "columns compared",
    "reference": "the frozen profile",
    "confidence": "of the interval",
    "seed": "of the draws",
}

Comparison = Callable[[str, Profile, Profile, Spec], Estimate]


def drift_results(reference: Profile, window: Profile, spec: Spec) -> list[Result]:
    """Every drift measure of a window over the reference's frozen cells, from counts alone."""
    results = []
    for definition in registered():
        comparison = COMPARISONS.get(definition.id)
        if comparison is None or spec.task not in definition.tasks:
            continue
        for estimate in _estimates(definition.id, reference, window, spec):
            results.append(definition.result(estimate, confidence=spec.confidence, min_n=spec.min_n))
    return results


def _estimates(measure: str, reference: Profile, window: Profile, spec: Spec) -> Iterator[Estimate]:
    for name in COLUMNS[measure](reference, spec):
        n = window.cells[name].n if name in window.cells else 0
        try:
            if name not in window.cells:
                raise NotAvailable(f"The window has no column {name!r}.")
            if not n or not reference.cells[name].n:
                raise NotAvailable("The window or the reference has no rows.")
            yield COMPARISONS[measure](name, reference, window, spec)
        except NotAvailable as refusal:
            yield Estimate(value=None, n=n, attribute=name, reason=str(refusal))


def _every(reference: Profile, spec: Spec) -> list[str]:
    return [name for name in reference.axes if name != DECISION]


def _numbers(reference: Profile, spec: Spec) -> list[str]:
    return [name for name, axis in reference.axes.items() if axis.kind == "number"]


def _target(reference: Profile, spec: Spec) -> list[str]:
    return [spec.target] if spec.target in reference.axes and spec.target is not None else []


def _decision(reference: Profile, spec: Spec) -> list[str]:
    return [DECISION] if DECISION in reference.axes else []


COMPARISONS: dict[str, Comparison] = {}
COLUMNS: dict[str, Callable[[Profile, Spec], list[str]]] = {}


def _over_bins(measure: str, distance: Distance) -> Comparison:
    def compare(name: str, reference: Profile, window: Profile, spec: Spec) -> Estimate:
        axis, before, after = reference.axes[name], reference.cells[name], window.cells[name]
        places = coarse_places(axis, before)
        p, q = pooled(before.counts, places), pooled(after.counts, places)
        value = float(distance(p, q))
        floor = noise_floor(distance, p, q, _level(measure, reference, spec), spec.seed)
        low, high = basic_interval(distance, p, q, value, spec)
        series = _beside(value, floor, before) | {"bins": _bins(axis, places, p, q)}
        return Estimate(value=value, n=after.n, low=low, high=high, method=BASIC, attribute=name, series=series)

    return compare


def ks_distance(name: str, reference: Profile, window: Profile, spec: Spec) -> Estimate:
    """Over present values; the floor is Smirnov's critical value."""
    before, after = _both_present(name, reference, window)
    value = float(kolmogorov_smirnov(before.present, after.present))
    n, m = int(before.present.sum()), int(after.present.sum())
    floor = smirnov_floor(n, m, _level("ks_distance", reference, spec))
    _, p, q = _fine(reference.axes[name], before, after)
    low, high = basic_interval(kolmogorov_smirnov, p, q, value, spec)
    series = _beside(value, floor, before)
    capped = None if high is None else min(high, 1.0)
    return Estimate(value=value, n=m, low=low, high=capped, method=BASIC, attribute=name, series=series)


def wasserstein_distance(name: str, reference: Profile, window: Profile, spec: Spec) -> Estimate:
    """In the reference's standard deviations; the floor from draws over at most 48 cells."""
    before, after = _both_present(name, reference, window)
    axis = reference.axes[name]
    unit = axis.deviation
    if unit == 0:
        raise NotAvailable("The reference is constant, so there is no standard deviation to measure in.")
    value = wasserstein(axis, before, after) / unit
    edges, p, q = _fine(axis, before, after)
    distance = wasserstein_over(edges)
    floor = noise_floor(distance, p, q, _level("wasserstein", reference, spec), spec.seed) / unit
    inside = float(distance(p, q))
    low, high = basic_interval(distance, p, q, inside, spec)
    # the tails and what pooling lost don't scatter in the draws: the interval moves with them
    beyond = value - inside / unit
    series = _beside(value, floor, before) | {"standard_deviation": unit}
    return Estimate(
        value=value,
        n=int(after.present.sum()),
        low=None if low is None else max(0.0, low / unit + beyond),
        high=None if high is None else high / unit + beyond,
        method=BASIC,
        attribute=name,
        series=series,
    )


def share_difference(measure: str, label: Callable[[Spec], str]) -> Comparison:
    """The window's share of a label less the reference's, with Newcombe's interval."""

    def compare(name: str, reference: Profile, window: Profile, spec: Spec) -> Estimate:
        axis, before, after = reference.axes[name], reference.cells[name], window.cells[name]
        n, m = int(before.present.sum()), int(after.present.sum())
        wanted = label(spec)
        if not n or not m or wanted not in axis.levels:
            raise NotAvailable(f"The reference or the window has no known value, or never {wanted!r}.")
        place = axis.levels.index(wanted)
        p, q = before.counts[place] / n, after.counts[place] / m
        low, high = newcombe(float(q), m, float(p), n, spec.confidence)
        together = (before.counts[place] + after.counts[place]) / (n + m)
        error = math.sqrt(together * (1 - together) * (1 / n + 1 / m))
        floor = intervals.z(1 - ALPHA) * error
        value = float(q - p)
        series = _beside(abs(value), floor, before) | {"reference": float(p), "window": float(q)}
        return Estimate(value=value, n=m, low=low, high=high, method="Newcombe", attribute=name, series=series)

    return compare


def newcombe(share: float, n: float, other: float, other_n: float, confidence: float) -> tuple[float, float]:
    """Interval of the difference of two independent shares from their Wilson intervals.

    Source: Newcombe (1998), Statistics in Medicine 17:873-890, method 10.
    """
    low, high = intervals.wilson(share, n, confidence)
    other_low, other_high = intervals.wilson(other, other_n, confidence)
    difference = share - other
    return (
        difference - math.hypot(share - low, other_high - other),
        difference + math.hypot(high - share, other - other_low),
    )


def _level(measure: str, reference: Profile, spec: Spec) -> float:
    """Bonferroni's share of ALPHA for one column."""
    return ALPHA / max(len(COLUMNS[measure](reference, spec)), 1)


def _both_present(name: str, reference: Profile, window: Profile) -> tuple[Cells, Cells]:
    before, after = reference.cells[name], window.cells[name]
    if not before.present.sum() or not after.present.sum():
        raise NotAvailable("All values are missing in the window or in the reference.")
    return before, after


def _beside(value: float, floor: float, before: Cells) -> dict[str, object]:
    return {"noise_floor": floor, "above_noise": bool(value > floor), "reference_n": before.n}


def _fine(axis: Axis, before: Cells, after: Cells) -> tuple[Floats, Integers, Integers]:
    """Edges and counts of present values over at most FINE cells of about equal pooled mass; tails stay apart."""
    both = before.present + after.present
    if len(both) <= FINE:
        return axis.edges, before.present, after.present
    inner = np.cumsum(both)[:-1]
    chosen = np.unique(np.searchsorted(inner, np.arange(1, FINE - 2) / (FINE - 2) * inner[-1], side="left"))
    chosen = np.unique(np.concatenate([[0], np.minimum(chosen, len(inner) - 1), [len(inner) - 1]]))
    starts = np.concatenate([[0], chosen + 1])
    return axis.edges[chosen], np.add.reduceat(before.present, starts), np.add.reduceat(after.present, starts)


def _bins(axis: Axis, places: Integers, p: Integers, q: Integers) -> list[dict[str, object]]:
    """One row a bin for a reader: its name, and both shares."""
    names = _names(axis, places)
    n, m = max(int(p.sum()), 1), max(int(q.sum()), 1)
    return [
        {"bin": name, "reference": float(p[i] / n), "window": float(q[i] / m), "n": int(q[i])}
        for i, name in enumerate(names)
    ]


def _names(axis: Axis, places: Integers) -> list[str]:
    size = int(places.max()) + 1
    if axis.kind == "category":
        names = [OTHER] * (size - 1)
        for level, place in zip(axis.levels, places, strict=False):
            if np.count_nonzero(places[:-2] == place) == 1:
                names[place] = level
        return [*names, MISSING]
    last = [axis.edges[np.flatnonzero(places == place)[-1]] for place in range(size - 2)]
    if not last:
        return ["all", MISSING]
    between = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(last)]
    return [f"up to {last[0]:g}", *between, f"above {last[-1]:g}", MISSING]


def _over_columns(measure: str) -> Callable[[Sample], Iterator[Estimate]]:
    def compute(sample: Sample) -> Iterator[Estimate]:
        assert sample.reference is not None
        return _estimates(measure, sample.reference, sample.window, sample.spec)

    return compute


def _define(comparison: Comparison, columns: Callable[[Profile, Spec], list[str]], **fields: object) -> None:
    name = str(fields["id"])
    COMPARISONS[name], COLUMNS[name] = comparison, columns
    define(family=Family.DRIFT, parameters=PARAMETERS, **fields)(_over_columns(name))


_define(
    _over_bins("psi", population_stability_index),
    _every,
    id="psi",
    title="Population stability index",
    tasks=EVERY,
    formula="Σ over bins of (p − q) · ln(p / q), p of the reference, q of the window",
    source="Siddiqi, Credit Risk Scorecards (2006), ch. 9; Yurdakul & Naranjo (2020)",
    reading="Below 0.1 little moved, above 0.25 much did, by convention. Nothing below the noise floor counts.",
    unit="nats",
    convention=(
        "Bins are the reference's deciles (levels of categories), frozen, open at the ends, closed on the right;"
        f" missing values are a bin; an empty bin counts half a row; rows are unweighted. {FLOOR}"
        " Evidently's differs: it pools both samples into equal-width bins and drops missing values."
    ),
    interval=BASIC,
    direction=Direction.LOWER,
)
_define(
    ks_distance,
    _numbers,
    id="ks_distance",
    title="Kolmogorov-Smirnov distance",
    tasks=EVERY,
    formula="max over x of |F(x) − G(x)|, F of the reference, G of the window",
    source="Smirnov (1939); floor: the two-sample test's critical value",
    reading="The largest gap of the two distributions, 0 to 1.",
    unit="share",
    convention=f"Over at most {CELLS} frozen cells, exact for few values; missing values left out. {FLOOR}",
    interval=BASIC,
    direction=Direction.LOWER,
)
_define(
    wasserstein_distance,
    _numbers,
    id="wasserstein",
    title="Wasserstein distance",
    tasks=EVERY,
    formula="∫ |F(x) − G(x)| dx / standard deviation of the reference",
    source="Vaserstein (1969); Ramdas, García Trillos & Cuturi (2017)",
    reading="How far values moved on average, in standard deviations of the reference.",
    unit="standard deviations",
    convention=f"First order; straight lines within frozen cells, exact tails; missing values left out. {FLOOR}",
    interval=BASIC,
    direction=Direction.LOWER,
)
_define(
    _over_bins("jensen_shannon", jensen_shannon),
    _every,
    id="jensen_shannon",
    title="Jensen-Shannon distance",
    tasks=EVERY,
    formula="√(½ KL(p ‖ m) + ½ KL(q ‖ m)), m = (p + q) / 2",
    source="Lin (1991); Endres & Schindelin (2003)",
    reading="0 the same, 1 nothing in common.",
    unit="1",
    convention=f"Base 2, so that it ends at 1 (SciPy's default is base e); the bins of the PSI. {FLOOR}",
    interval=BASIC,
    direction=Direction.LOWER,
)
_define(
    share_difference("target_rate_difference", lambda spec: group_label(spec.positive_label)),
    _target,
    id="target_rate_difference",
    title="Change of the target rate",
    tasks=BINARY,
    formula="share of the positive label in the window − in the reference",
    source="interval: Newcombe (1998)",
    reading="0 is no change: above 0 the positive label has become commoner.",
    unit="difference of shares",
    convention=f"Among rows with an outcome. The floor is two-sided: {FLOOR}",
    interval="Newcombe",
    direction=Direction.TARGET,
)
_define(
    share_difference("selection_rate_difference", lambda spec: "1"),
    _decision,
    id="selection_rate_difference",
    title="Change of the selection rate",
    tasks=EVERY,
    formula="share of favourable decisions in the window − in the reference",
    source="interval: Newcombe (1998)",
    reading="0 is no change: above 0 the model favours more people than it did.",
    unit="difference of shares",
    convention=f"Among rows with a decision. The floor is two-sided: {FLOOR}",
    interval="Newcombe",
    direction=Direction.TARGET,
)
