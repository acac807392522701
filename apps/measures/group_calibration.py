"""Whether probabilities come true, and rank, within each group."""

import math
from collections.abc import Iterator

import numpy as np

from apps.measures import expressions, intervals
from apps.measures.arrays import Floats
from apps.measures.counts import Counts
from apps.measures.definitions import BINARY, CLASSIFICATION, Direction, Family, define
from apps.measures.fairness import GROUPED, MEASURES, PARITY, counts_of, over_attributes, too_few
from apps.measures.results import Estimate, NotAvailable
from apps.measures.sample import Sample
from apps.measures.scores import ScoreCounts
from apps.measures.spec import Spec

GAP = "mean of row differences, normal"


def gaps(counts: Counts) -> tuple[Floats, Floats, Floats]:
    """Per group: mean of (y − p), its standard error, and rows, over rows with an outcome and a probability.

    Raises:
        NotAvailable: the scores are no probabilities of the favourable label.
    """
    if counts.scores is None or counts.scored_weights is None:
        raise NotAvailable("The scores are no probabilities of the favourable label.")
    assert counts.score_squares is not None and counts.scored_squares is not None and counts.scored_rows is not None
    weight = counts.scored_weights[:, :2, :2].sum(axis=2)
    square = counts.scored_squares[:, :2, :2].sum(axis=(1, 2))
    total, deserving = weight.sum(axis=1), weight[:, 1]
    promised, promised_squares = (cube[:, :2, :2].sum(axis=2) for cube in (counts.scores, counts.score_squares))
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = (deserving - promised.sum(axis=1)) / total
        # (y − p)² = y − 2yp + p² for y in {0, 1}
        second = (deserving - 2 * promised[:, 1] + promised_squares.sum(axis=1)) / total
        effective = total**2 / square
        error = np.sqrt(np.maximum(second - gap**2, 0) / np.maximum(effective - 1, 0))
    return gap, error, counts.scored_rows[:, :2, :2].sum(axis=(1, 2))


def calibration_gap(attribute: str, counts: Counts, spec: Spec) -> Iterator[Estimate]:
    """Each group's mean outcome less its mean probability."""
    gap, error, rows = gaps(counts)
    for i, group in enumerate(counts.groups):
        low, high = intervals.normal(float(gap[i]), float(error[i]), spec.confidence, -1.0, 1.0)
        yield Estimate(
            value=float(gap[i]),
            n=int(rows[i]),
            low=low,
            high=high,
            method=GAP,
            attribute=attribute,
            group=counts.label(group),
            reason="" if rows[i] else "The group has no row with both an outcome and a probability.",
        )


def calibration_spread(attribute: str, counts: Counts, spec: Spec) -> Iterator[Estimate]:
    """The widest distance between two groups' calibration gaps, with the pair's normal interval."""
    gap, error, rows = gaps(counts)
    large = np.flatnonzero((rows >= max(spec.min_n, 1)) & np.isfinite(gap))
    if len(large) < 2:
        yield too_few(attribute, counts, spec, int(rows[large].sum()))
        return
    top, bottom = large[np.argmax(gap[large])], large[np.argmin(gap[large])]
    value = float(gap[top] - gap[bottom])
    low, high = intervals.normal(value, math.hypot(error[top], error[bottom]), spec.confidence, 0.0, 2.0)
    series = {"highest": counts.label(counts.groups[top]), "lowest": counts.label(counts.groups[bottom])}
    n = int(rows[large].sum())
    yield Estimate(value=value, n=n, low=low, high=high, method=GAP, attribute=attribute, series=series)


MEASURES["group_calibration_gap"] = calibration_gap
MEASURES["calibration_gap_difference"] = calibration_spread

define(
    id="group_calibration_gap",
    title="Calibration within groups",
    family=Family.FAIRNESS,
    tasks=CLASSIFICATION,
    formula="mean of (y − p) in the group, y and p of the favourable label",
    source="Pleiss et al. (2017); Barocas, Hardt & Narayanan (2023), ch. 3 (sufficiency)",
    reading="0 promises the group what comes true. Above 0 the model underrates the group, below 0 it overrates it.",
    unit="difference of shares",
    convention="Over rows with an outcome, a probability and a decision.",
    interval=GAP,
    direction=Direction.TARGET,
    parameters=GROUPED,
)(over_attributes(calibration_gap))
define(
    id="calibration_gap_difference",
    title="Difference of calibration between groups",
    family=Family.FAIRNESS,
    tasks=CLASSIFICATION,
    formula="max over groups − min over groups of the calibration gap",
    source="Pleiss et al. (2017)",
    reading="0 is as right, or as wrong, for all groups.",
    unit="difference of shares",
    convention=f"{PARITY} The interval is that pair's and does not account for the choice of the pair.",
    interval=GAP,
    direction=Direction.LOWER,
    parameters=GROUPED,
)(over_attributes(calibration_spread))


@define(
    id="group_auc",
    title="AUC by group",
    family=Family.FAIRNESS,
    tasks=BINARY,
    formula="AUC among the rows of the group",
    source="Borkan et al. (2019), subgroup AUC; interval: DeLong et al. (1988)",
    reading="How well the model ranks within the group.",
    unit="share",
    convention="By single attributes, not intersections; a group of one class has none.",
    interval=intervals.DELONG,
    direction=Direction.HIGHER,
    parameters=GROUPED,
)
def group_auc(sample: Sample) -> Iterator[Estimate]:
    counts, spec = counts_of(sample), sample.spec
    scored = _scored_by_group(sample)
    for name in counts.names:
        table = counts.by(name)
        for group in table.groups:
            found = scored[name].get(group[0])
            n = 0 if found is None else found.rows
            if found is None or found.n.min() == 0:
                reason = "The group's scored rows with an outcome are of one class only, or absent."
                yield Estimate(value=None, n=n, attribute=name, group=table.label(group), reason=reason)
                continue
            value = found.auc()
            low, high = intervals.normal(value, found.auc_error(), spec.confidence, 0.0, 1.0)
            yield Estimate(
                value=value,
                n=n,
                low=low,
                high=high,
                method=intervals.DELONG,
                attribute=name,
                group=table.label(group),
            )


def _scored_by_group(sample: Sample) -> dict[str, dict[str, ScoreCounts]]:
    """Scores counted by group of every attribute, in one more scan of the table."""
    table, spec = sample.table, sample.spec
    assert table is not None
    sample.labelled_scores()  # refuses where there is nothing to rank
    kept = np.isfinite(sample.outcome) & np.isfinite(sample.scores[:, 0]) & (sample.weights > 0)
    sign = 1.0 if spec.score_direction == "higher" else -1.0
    found: dict[str, dict[str, ScoreCounts]] = {}
    for attribute in spec.protected:
        codes, labels = table.codes(expressions.group(table, attribute))
        found[attribute.name] = {}
        for code, label in enumerate(labels):
            rows = kept & (codes == code)
            if rows.any():
                arrays = (sign * sample.scores[rows, 0], sample.outcome[rows], sample.weights[rows])
                found[attribute.name][label] = ScoreCounts.of(*arrays)
    return found
