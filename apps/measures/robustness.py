"""How predictions bear noise, missing values and values beyond the range, and whether the model refuses them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Array, Booleans, Floats
from apps.measures.definitions import BINARY, EVERY, Definition, Direction, Family, add
from apps.measures.features import Features, column, numeric_places, with_column
from apps.measures.results import Estimate, Result, Status
from apps.measures.scores import ScoreCounts
from apps.measures.spec import Spec, Task

NOISE = (0.05, 0.1, 0.25)
MISSING_SHARE = 0.1
UNSEEN = "never seen before"


@dataclass(frozen=True)
class Perturbation:
    """A perturbed table of features: its name, its kind (noise, missing, out_of_range), the column it is about."""

    name: str
    kind: str
    attribute: str | None
    features: Features


def perturbations(features: Features, columns: Sequence[str], seed: int = 0) -> Iterator[Perturbation]:
    """Every perturbed copy of a table, one at a time.

    Noise of 0.05, 0.1 and 0.25 standard deviations on all numeric columns; one in ten values missing everywhere; and
    each column by itself all missing, and far out of its range (three ranges above the largest value, or a level
    never seen).

    Args:
        features: a frame or array of shape (n, k); columns: names of its columns, in order.
    """
    rng = np.random.default_rng(seed)
    numeric = numeric_places(features)
    for scale in NOISE:
        noisy = features
        for place in numeric:
            noisy = with_column(noisy, place, _noisy(column(features, place), scale, rng))
        yield Perturbation(f"noise of {scale:g} sd", "noise", None, noisy)
    holed = features
    for place in range(len(columns)):
        holed = _without(holed, place, rng.random(len(features)) < MISSING_SHARE)
    yield Perturbation(f"{MISSING_SHARE:.0%} missing", "missing", None, holed)
    everywhere = np.ones(len(features), bool)
    for place, name in enumerate(columns):
        yield Perturbation(f"{name} missing", "missing", name, _without(features, place, everywhere))
        beyond = _beyond(column(features, place)) if place in numeric else UNSEEN
        yield Perturbation(f"{name} out of range", "out_of_range", name, _set(features, place, beyond))


def _noisy(values: Array, scale: float, rng: np.random.Generator) -> Floats:
    numbers = values.astype(np.float64)
    known = numbers[np.isfinite(numbers)]
    noise = rng.normal(0, scale * (known.std() if len(known) else 0), len(numbers))
    # whole numbers stay whole, as a count or a code would
    whole = len(known) > 0 and bool((known == np.round(known)).all())
    return np.asarray(np.round(numbers + noise) if whole else numbers + noise)


def _beyond(values: Array) -> float:
    numbers = values.astype(np.float64)
    known = numbers[np.isfinite(numbers)]
    if not len(known):
        return 0.0
    return float(known.max() + 3 * max(float(np.ptp(known)), 1.0))


def _without(features: Features, place: int, gone: Booleans) -> Features:
    if isinstance(features, np.ndarray):
        values = features[:, place].astype(np.float64) if features.dtype.kind in "fiu" else features[:, place].copy()
        values[gone] = np.nan
        table = features.astype(np.float64) if features.dtype.kind in "iu" else features
        return with_column(table, place, values)
    series = features.iloc[:, place]
    series = series.astype("float64") if getattr(series.dtype, "kind", "O") in "iu" else series
    return with_column(features, place, series.mask(gone))


def _set(features: Features, place: int, value: Any) -> Features:
    if isinstance(features, np.ndarray):
        return with_column(features, place, value)
    series = features.iloc[:, place]
    if hasattr(series, "cat"):
        series = series.cat.add_categories([value]) if value not in series.cat.categories else series
    return with_column(
        features,
        place,
        [value] * len(features) if not hasattr(series, "cat") else series.where(np.zeros(len(features), bool), value),
    )


def decisions(scores: Floats, spec: Spec) -> Floats:
    """1 where the positive label is predicted, 0 elsewhere, NaN without a score (binary)."""
    cut = 0.5 if spec.cut is None else spec.cut
    chosen = scores >= cut if spec.score_direction == "higher" else scores <= cut
    return np.where(np.isfinite(scores), chosen, np.nan)


def robustness(
    base: Array,
    perturbed: Mapping[str, Array | str],
    kinds: Mapping[str, tuple[str, str | None]],
    spec: Spec,
    target: Array | None = None,
) -> list[Result]:
    """Results from scores before and after perturbation.

    Args:
        base: scores of the table as it is, shape (n,).
        perturbed: by perturbation name, its scores of shape (n,), NaN where the model refused a row, or the error's
            text where it refused the table.
        kinds: by name, the perturbation's kind and attribute.
        target: 1 positive, 0 other, shape (n,), for the change of AUC (binary).
    """
    results = []
    scores = np.asarray(base, dtype=np.float64)
    for name, after in perturbed.items():
        kind, attribute = kinds[name]
        told = {"perturbation": name, "kind": kind}
        changed = np.full(len(scores), np.nan) if isinstance(after, str) else np.asarray(after, dtype=np.float64)
        refused = np.isfinite(scores) & ~np.isfinite(changed)
        known = np.isfinite(scores) & np.isfinite(changed)
        message = {"message": after} if isinstance(after, str) else {}
        results.append(_share(REFUSED, refused, np.isfinite(scores), attribute, told | message, spec))
        if spec.task is Task.BINARY:
            flipped = decisions(scores, spec) != decisions(changed, spec)
            results.append(_share(FLIPPED, flipped & known, known, attribute, told, spec))
            if target is not None:
                results.append(_auc_change(scores, changed, target, known, attribute, told, spec))
        results.append(_movement(scores, changed, known, attribute, told, spec))
    return results


def _share(
    definition: Definition, hits: Booleans, of: Booleans, attribute: str | None, told: dict[str, Any], spec: Spec
) -> Result:
    n = int(of.sum())
    if not n:
        return _refused(definition, attribute, told, spec)
    value = float(hits.sum() / n)
    low, high = intervals.wilson(value, n, spec.confidence)
    estimate = Estimate(
        value=value,
        n=n,
        low=low,
        high=high,
        method=intervals.WILSON,
        attribute=attribute,
        series=told,
        slice_=_slice(told),
    )
    return definition.result(estimate, confidence=spec.confidence, min_n=spec.min_n)


def _auc_change(
    scores: Floats,
    changed: Floats,
    target: Array,
    known: Booleans,
    attribute: str | None,
    told: dict[str, Any],
    spec: Spec,
) -> Result:
    """AUC after less before, on the rows that both score; the paired DeLong interval."""
    outcome = np.asarray(target, dtype=np.float64)
    kept = known & np.isfinite(outcome)
    y, before, after = outcome[kept], scores[kept], changed[kept]
    if not kept.any() or np.ptp(y) == 0 or min(y.sum(), len(y) - y.sum()) < 2:
        return _refused(AUC_CHANGE, attribute, told, spec)
    sign = 1.0 if spec.score_direction == "higher" else -1.0
    value = _auc(sign * after, y) - _auc(sign * before, y)
    error = _paired_error(sign * before, sign * after, y)
    low, high = intervals.normal(value, error, spec.confidence, -1.0, 1.0)
    estimate = Estimate(
        value=value,
        n=int(kept.sum()),
        low=low,
        high=high,
        method="paired DeLong, normal",
        attribute=attribute,
        series=told,
        slice_=_slice(told),
    )
    return AUC_CHANGE.result(estimate, confidence=spec.confidence, min_n=spec.min_n)


def _auc(scores: Floats, y: Floats) -> float:
    return ScoreCounts.of(scores, y, np.ones(len(y))).auc()


def _paired_error(before: Floats, after: Floats, y: Floats) -> float:
    positive, other = [np.subtract(*(_components(scores, y, side) for scores in (after, before))) for side in (1, 0)]
    return float(np.sqrt(positive.var(ddof=1) / len(positive) + other.var(ddof=1) / len(other)))


def _components(scores: Floats, y: Floats, side: int) -> Floats:
    """DeLong's structural components: for each row of a class, the share of the other class on its right side."""
    ours, others = scores[y == side], np.sort(scores[y != side])
    below = (np.searchsorted(others, ours, "left") + np.searchsorted(others, ours, "right")) / 2 / len(others)
    return np.asarray(below if side == 1 else 1 - below)


def _movement(
    scores: Floats, changed: Floats, known: Booleans, attribute: str | None, told: dict[str, Any], spec: Spec
) -> Result:
    if not known.any():
        return _refused(MOVEMENT, attribute, told, spec)
    moved = np.abs(changed[known] - scores[known])
    value, error = intervals.mean_error(moved, np.ones(len(moved)))
    low, high = intervals.normal(value, error, spec.confidence, 0.0)
    estimate = Estimate(
        value=value,
        n=len(moved),
        low=low,
        high=high,
        method=intervals.MEAN,
        attribute=attribute,
        series=told,
        slice_=_slice(told),
    )
    return MOVEMENT.result(estimate, confidence=spec.confidence, min_n=spec.min_n)


def _refused(definition: Definition, attribute: str | None, told: dict[str, Any], spec: Spec) -> Result:
    estimate = Estimate(
        value=None,
        n=0,
        attribute=attribute,
        series=told,
        slice_=_slice(told),
        status=Status.NOT_AVAILABLE,
        reason="No row is scored both before and after, or the outcomes are of one class.",
    )
    return definition.result(estimate, confidence=spec.confidence)


def _slice(told: Mapping[str, Any]) -> dict[str, str]:
    return {"perturbation": str(told["perturbation"])}


PARAMETERS = {"seed": "of the noise and the holes", "confidence": "of the interval"}
CONVENTION = "Noise is scaled to each numeric column's standard deviation and keeps whole numbers whole."
FLIPPED = add(
    Definition(
        id="decisions_flipped",
        title="Decisions flipped",
        family=Family.ROBUSTNESS,
        tasks=BINARY,
        formula="rows decided otherwise after the perturbation / rows scored before and after",
        source="Hendrycks & Dietterich (2019), flip rate",
        reading="How many people would hear another decision though hardly anything about them changed.",
        unit="share",
        convention=CONVENTION,
        interval=intervals.WILSON,
        direction=Direction.LOWER,
        parameters=PARAMETERS,
    )
)
AUC_CHANGE = add(
    Definition(
        id="auc_change",
        title="Change of AUC",
        family=Family.ROBUSTNESS,
        tasks=BINARY,
        formula="AUC after the perturbation − AUC before, on the same rows",
        source="interval: DeLong, DeLong & Clarke-Pearson (1988), paired",
        reading="Below 0 the perturbation costs ranking.",
        unit="difference of shares",
        convention=CONVENTION,
        interval="paired DeLong, normal",
        direction=Direction.HIGHER,
        parameters=PARAMETERS,
    )
)
MOVEMENT = add(
    Definition(
        id="score_movement",
        title="Movement of the score",
        family=Family.ROBUSTNESS,
        tasks=EVERY,
        formula="mean of |score after − score before|",
        source="Hendrycks & Dietterich (2019)",
        reading="How far predictions move, on their own scale.",
        unit="the score's",
        convention=CONVENTION,
        interval=intervals.MEAN,
        direction=Direction.LOWER,
        parameters=PARAMETERS,
    )
)
REFUSED = add(
    Definition(
        id="rows_refused",
        title="Rows refused",
        family=Family.ROBUSTNESS,
        tasks=EVERY,
        formula="rows without a score after the perturbation / rows with one before",
        source="ISO/IEC TR 24029-1:2021",
        reading="1 refuses such input, 0 scores it as if nothing were wrong; which is right depends on the use.",
        unit="share",
        convention="An error for the whole table refuses all its rows; its text stands in the series.",
        interval=intervals.WILSON,
        direction=Direction.NONE,
        parameters=PARAMETERS,
    )
)
