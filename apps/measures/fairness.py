"""How groups of people fare: rates by group, their ratios and differences, all from one table of counts."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from apps.measures import intervals, rates
from apps.measures.arrays import Array, Floats
from apps.measures.counts import Counts
from apps.measures.definitions import EVERY, Compute, Direction, Family, define, registered
from apps.measures.rates import GroupRates, Rate
from apps.measures.results import Estimate, NotAvailable, Result, Status
from apps.measures.sample import Sample
from apps.measures.spec import INTERSECTION, Spec, same_label

FAIRLEARN = "equals fairlearn's MetricFrame to the last bit on unweighted rows"
GROUPED = {
    "protected": "attributes, bins and reference groups",
    "favourable_label": "what people wish for",
    "min_n": "rows below which a group is flagged, and left out of comparisons",
    "confidence": "of the interval",
}
PARITY = "Groups with fewer than min_n rows in the denominator are left out; missing values are a group of their own."
"""One sentence on what every comparison leaves out."""


def counts_of(sample: Sample) -> Counts:
    """The sample's cube, counted once for all fairness measures.

    Raises:
        NotAvailable: nothing is protected, or nothing is favourable.
    """
    if not sample.spec.protected:
        raise NotAvailable("No protected attribute was named.")
    return sample.counts


def tables_of(counts: Counts) -> Iterator[tuple[str, Counts]]:
    """Each attribute and each intersection with its counts."""
    for names in [*((name,) for name in counts.names), *counts.intersections()]:
        yield INTERSECTION.join(names), counts.by(*names)


Measure = Callable[[str, Counts, Spec], Iterable[Estimate]]


def over_attributes(measure: Measure) -> Compute:
    """A measure of one table of counts, applied to every attribute and intersection of a sample."""

    def compute(sample: Sample) -> Iterator[Estimate]:
        for attribute, counts in tables_of(counts_of(sample)):
            yield from measure(attribute, counts, sample.spec)

    return compute


def group_rate(rate: Rate) -> Measure:
    """The rate of each group with Wilson's interval."""

    def measure(attribute: str, counts: Counts, spec: Spec) -> Iterator[Estimate]:
        found = GroupRates.of(counts, rate, spec.min_n)
        for i, group in enumerate(counts.groups):
            value = float(found.value[i])
            low, high = intervals.wilson(value, float(found.effective[i]), spec.confidence)
            yield Estimate(
                value=value,
                n=int(found.n[i]),
                low=low,
                high=high,
                method=intervals.WILSON,
                attribute=attribute,
                group=counts.label(group),
                reason="" if found.n[i] else "The group has no row in the denominator.",
            )

    return measure


def reference_of(found: GroupRates, attribute: str, spec: Spec) -> int:
    """The group that others are compared with: the named one, else the large group with the highest rate.

    Raises:
        NotAvailable: the named group isn't there or selects nobody, or no group is large enough.
    """
    named = [item for item in spec.protected if item.name == attribute and item.reference_group is not None]
    if named:
        wanted = named[0].reference_group
        at = [i for i, (group,) in enumerate(found.counts.groups) if same_label(group, wanted)]
        if not at:
            raise NotAvailable(f"The reference group {wanted!r} doesn't occur in {attribute}.")
        place = at[0]
    elif not found.large.any():
        raise NotAvailable(f"No group of {attribute} has {spec.min_n} rows to be compared with.")
    else:
        place = int(np.argmax(np.where(found.large, found.value, -np.inf)))
    if not found.value[place] > 0:
        raise NotAvailable(f"The reference group of {attribute} has a rate of zero, so there is no ratio to it.")
    return place


def ratios(attribute: str, counts: Counts, spec: Spec) -> Iterator[Estimate]:
    """Each group's selection rate over the reference group's, with Katz's interval."""
    found = GroupRates.of(counts, rates.SELECTION, spec.min_n)
    try:
        reference = reference_of(found, attribute, spec)
    except NotAvailable as refusal:
        status = Status.TOO_SMALL if counts.groups and not found.large.any() else Status.NOT_AVAILABLE
        yield Estimate(value=None, n=int(found.n.sum()), attribute=attribute, status=status, reason=str(refusal))
        return
    base, base_n = float(found.value[reference]), float(found.effective[reference])
    series = {"reference_group": counts.label(counts.groups[reference]), "reference_n": int(found.n[reference])}
    for i, group in enumerate(counts.groups):
        value, low, high = float(found.value[i]) / base, None, None
        if i != reference and np.isfinite(value):
            low, high = intervals.katz(
                float(found.value[i]), float(found.effective[i]), base, base_n, spec.confidence
            )
        yield Estimate(
            value=value,
            n=int(found.n[i]),
            low=low if i != reference else 1.0,
            high=high if i != reference else 1.0,
            method=intervals.KATZ if i != reference else "the reference group itself",
            attribute=attribute,
            group=counts.label(group),
            series=series | {"reference": i == reference},
        )


def worst_ratio(attribute: str, counts: Counts, spec: Spec) -> Iterator[Estimate]:
    """The lowest impact ratio among groups large enough; its group is named."""
    found = [item for item in ratios(attribute, counts, spec)]
    comparable = [
        item
        for item in found
        if item.value is not None
        and np.isfinite(item.value)
        and item.n >= spec.min_n
        and not (item.series or {}).get("reference")
    ]
    if comparable:
        yield min(comparable, key=lambda item: (item.value, item.n))
    elif found[0].value is None:
        yield found[0]
    else:
        yield too_few(attribute, counts, spec, sum(item.n for item in found))


def too_few(attribute: str, counts: Counts, spec: Spec, n: int) -> Estimate:
    """No comparison: there are groups, but fewer than two large enough; or there is but one."""
    reason = f"{attribute} has fewer than two groups of {spec.min_n} rows to compare."
    status = Status.TOO_SMALL if len(counts.groups) > 1 else Status.NOT_AVAILABLE
    return Estimate(value=None, n=n, attribute=attribute, status=status, reason=reason)


def _spread(values: Array) -> Floats:
    return np.asarray(np.max(values, axis=-1) - np.min(values, axis=-1))


def _quotient(values: Array) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.min(values, axis=-1) / np.max(values, axis=-1))


def _widest(values: list[Floats]) -> Floats:
    return np.asarray(np.max(values, axis=0))


def _narrowest(values: list[Floats]) -> Floats:
    return np.asarray(np.min(values, axis=0))


def compared(
    over: tuple[Rate, ...], within: Callable[[Array], Floats], across: Callable[[list[Floats]], Floats]
) -> Measure:
    """One number for all groups: `within` compares the groups by a rate, `across` chooses among rates."""

    def measure(attribute: str, counts: Counts, spec: Spec) -> Iterator[Estimate]:
        found = [GroupRates.of(counts, rate, spec.min_n) for rate in over]
        n = int(min(item.n[item.large].sum() for item in found))
        if any(item.large.sum() < 2 for item in found):
            yield too_few(attribute, counts, spec, n)
            return
        value = float(across([within(item.value[item.large]) for item in found]))
        portions = [
            across([within(item.rate.values(cubes)[:, item.large]) for item in found])
            for cubes in counts.draws(spec.replicates, spec.seed)
        ]
        low, high = intervals.percentiles(np.concatenate(portions), value, spec.confidence)
        series = {"groups": [_group_row(found, counts, i) for i in range(len(counts.groups))]}
        yield Estimate(
            value=value, n=n, low=low, high=high, method=intervals.BOOTSTRAP, attribute=attribute, series=series
        )

    return measure


def _group_row(found: list[GroupRates], counts: Counts, i: int) -> dict[str, object]:
    values = [float(item.value[i]) if np.isfinite(item.value[i]) else None for item in found]
    return {
        "group": counts.label(counts.groups[i]),
        "n": [int(item.n[i]) for item in found],
        "values": values,
        "compared": bool(all(item.large[i] for item in found)),
    }


def fairness_results(counts: Counts, spec: Spec) -> list[Result]:
    """Every fairness measure that counts alone give: of an evaluation stored before, or of a monitoring window."""
    results = []
    for definition in registered():
        measure = MEASURES.get(definition.id)
        if measure is None or spec.task not in definition.tasks:
            continue
        for attribute, table in tables_of(counts):
            for estimate in measure(attribute, table, spec):
                results.append(definition.result(estimate, confidence=spec.confidence, min_n=spec.min_n))
    return results


MEASURES: dict[str, Measure] = {}
"""Fairness measures by id, as functions of one attribute's counts."""


def _define(measure: Measure, **fields: object) -> None:
    MEASURES[str(fields["id"])] = measure
    define(family=Family.FAIRNESS, tasks=EVERY, parameters=GROUPED, **fields)(over_attributes(measure))


_define(
    group_rate(rates.SELECTION),
    id="selection_rate",
    title="Selection rate by group",
    formula="favourable decisions / decisions, in the group",
    source="29 CFR 1607.4 (Uniform Guidelines, 1978)",
    reading="The share of the group whom the model favours.",
    unit="share",
    convention=f"Rows without an outcome count too; {FAIRLEARN}.",
    interval=intervals.WILSON,
    direction=Direction.NONE,
)
_define(
    ratios,
    id="impact_ratio",
    title="Impact ratio by group",
    formula="selection rate of the group / selection rate of the reference group",
    source="29 CFR 1607.4 D (four-fifths rule); NYC Local Law 144, 6 RCNY 5-301; interval: Katz et al. (1978)",
    reading="Below 0.8 the four-fifths rule sees adverse impact. Look at the interval as well.",
    unit="ratio",
    convention="The reference is the named group, else the one with the highest rate among those of min_n rows.",
    interval=intervals.KATZ,
    direction=Direction.HIGHER,
)
_define(
    worst_ratio,
    id="worst_impact_ratio",
    title="Worst impact ratio",
    formula="min over groups of the impact ratio",
    source="29 CFR 1607.4 D; interval of the pair named: Katz et al. (1978)",
    reading="The group that fares worst beside the reference group, which the result names.",
    unit="ratio",
    convention=f"{PARITY} The interval is that pair's and does not account for the choice of the worst.",
    interval=intervals.KATZ,
    direction=Direction.HIGHER,
)
_define(
    compared((rates.SELECTION,), _spread, _widest),
    id="demographic_parity_difference",
    title="Demographic parity difference",
    formula="max over groups − min over groups of the selection rate",
    source="Agarwal et al. (2018); fairlearn.metrics.demographic_parity_difference",
    reading="0 selects all groups at one rate.",
    unit="difference of shares",
    convention=f"{PARITY} With min_n = 1 it {FAIRLEARN}.",
    interval=intervals.BOOTSTRAP,
    direction=Direction.LOWER,
)
_define(
    compared((rates.SELECTION,), _quotient, _narrowest),
    id="demographic_parity_ratio",
    title="Demographic parity ratio",
    formula="min over groups / max over groups of the selection rate",
    source="fairlearn.metrics.demographic_parity_ratio",
    reading="1 selects all groups at one rate; the worst impact ratio without a named reference group.",
    unit="ratio",
    convention=f"{PARITY} With min_n = 1 it {FAIRLEARN}.",
    interval=intervals.BOOTSTRAP,
    direction=Direction.HIGHER,
)
_define(
    group_rate(rates.TRUE_POSITIVE),
    id="group_true_positive_rate",
    title="True positive rate by group",
    formula="favoured and deserving / deserving, in the group",
    source="Hardt, Price & Srebro (2016)",
    reading="Of those in the group whose outcome is favourable, the share whom the model favours.",
    unit="share",
    convention=f"Positive means favourable; not available without one (fairlearn: 0), else {FAIRLEARN}.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
)
_define(
    group_rate(rates.FALSE_POSITIVE),
    id="group_false_positive_rate",
    title="False positive rate by group",
    formula="favoured and not deserving / not deserving, in the group",
    source="Hardt, Price & Srebro (2016)",
    reading="Of those in the group whose outcome is not favourable, the share whom the model favours.",
    unit="share",
    convention=f"Positive means favourable; not available without such an outcome (fairlearn: 0), else {FAIRLEARN}.",
    interval=intervals.WILSON,
    direction=Direction.LOWER,
)
_define(
    group_rate(rates.PRECISION),
    id="group_precision",
    title="Precision by group",
    formula="favoured and deserving / favoured, in the group",
    source="Chouldechova (2017), predictive parity",
    reading="Of those in the group whom the model favours, the share whose outcome is favourable.",
    unit="share",
    convention=f"Not available where nobody is favoured (scikit-learn: 0), else {FAIRLEARN}.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
)
_define(
    group_rate(rates.ACCURACY),
    id="group_accuracy",
    title="Accuracy by group",
    formula="right decisions / decisions with an outcome, in the group",
    source="ISO/IEC TR 24027:2021",
    reading="The share of right decisions in the group.",
    unit="share",
    convention=f"Right means favourable or not, alike; {FAIRLEARN}.",
    interval=intervals.WILSON,
    direction=Direction.HIGHER,
)
_define(
    group_rate(rates.BASE),
    id="group_base_rate",
    title="Favourable outcomes by group",
    formula="favourable outcomes / outcomes, in the group",
    source="Barocas, Hardt & Narayanan, Fairness and Machine Learning (2023), ch. 3",
    reading="What the group's outcomes are, whatever the model says; differences here bound what parity can mean.",
    unit="share",
    convention="Rows without a decision count too.",
    interval=intervals.WILSON,
    direction=Direction.NONE,
)
_define(
    compared((rates.TRUE_POSITIVE, rates.FALSE_POSITIVE), _spread, _widest),
    id="equalized_odds_difference",
    title="Equalised odds difference",
    formula="max of (max − min of TPR, max − min of FPR) over groups",
    source="Hardt, Price & Srebro (2016); fairlearn.metrics.equalized_odds_difference",
    reading="0 errs alike in all groups.",
    unit="difference of shares",
    convention=f"The larger of the two. {PARITY} With min_n = 1 it {FAIRLEARN}.",
    interval=intervals.BOOTSTRAP,
    direction=Direction.LOWER,
)
_define(
    compared((rates.TRUE_POSITIVE,), _spread, _widest),
    id="equal_opportunity_difference",
    title="Equal opportunity difference",
    formula="max over groups − min over groups of the true positive rate",
    source="Hardt, Price & Srebro (2016); fairlearn.metrics.equal_opportunity_difference",
    reading="0 finds the deserving alike in all groups.",
    unit="difference of shares",
    convention=f"{PARITY} With min_n = 1 it {FAIRLEARN}.",
    interval=intervals.BOOTSTRAP,
    direction=Direction.LOWER,
)
