"""What was measured and what the policy says of it: the evidence's part of a card.

Every number keeps its interval, its denominator and its convention. Rows of people's data (the cases of an
explanation) stay behind: a card travels further than who may read rows.
"""

from typing import Any

from apps.evaluations.models import Evaluation, Result
from apps.evaluations.selectors import evidence_of
from apps.inventory.models import ModelVersion

FAMILIES = ("performance", "calibration", "fairness", "explanation", "robustness", "drift")
SHOWN_SERIES = frozenset(
    {
        *("roc", "confusion", "reliability", "dependence", "noise_floor", "above_noise", "reference_n"),
        *("scale", "method", "exact", "statement", "perturbation", "kind", "reference", "reference_group"),
    }
)


def evidence(version: ModelVersion) -> dict[str, Any]:
    """The card's parts `evaluation`, `verdict`, one a family of measures, and `measures` with their definitions."""
    evaluation = evidence_of(version)
    if evaluation is None:
        return {"evaluation": None, "verdict": None, **{family: [] for family in FAMILIES}, "measures": {}}
    rows = list(evaluation.results.order_by("pk"))
    found: dict[str, Any] = {family: [] for family in FAMILIES}
    for row in rows:
        found.setdefault(row.family, []).append(result(row))
    return {
        "evaluation": _evaluation(evaluation),
        "verdict": _verdict(evaluation),
        **found,
        "measures": definitions(rows),
    }


def result(row: Result) -> dict[str, Any]:
    """One number with all that it means; what does not apply to it is left out."""
    always = {
        "measure": row.measure,
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "confidence": row.confidence,
        "interval_method": row.interval_method,
        "n": row.n,
        "status": row.status,
        "dataset_digest": row.dataset_digest,
    }
    series = {name: value for name, value in (row.series or {}).items() if name in SHOWN_SERIES}
    where = {"attribute": row.attribute, "group": row.group, "class": row.class_label, "slice": row.slice}
    told = {**where, "reason": row.reason, "series": series}
    return always | {name: value for name, value in told.items() if value}


def definitions(rows: list[Result]) -> dict[str, Any]:
    """What each measure of these results is, so that a card is read without our catalogue at hand."""
    from apps.measures.catalogue import definitions as known

    catalogue = {definition.id: definition for definition in known()}
    said = {}
    for row in rows:
        entry = catalogue.get(row.measure)
        said[row.measure] = {
            "title": entry.title if entry else row.measure.replace("_", " ").capitalize(),
            "version": row.measure_version,
            "unit": row.unit,
            "direction": row.direction,
            "convention": row.convention,
            "formula": entry.formula if entry else "",
            "reading": entry.reading if entry else "",
            "source": entry.source if entry else "",
        }
    return said


def _evaluation(row: Evaluation) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "finished_at": row.finished_at,
        "results_digest": row.results_digest,
        "predictions_digest": row.predictions_id,
        "engine": row.engine,
    }


def _verdict(row: Evaluation) -> dict[str, Any]:
    verdict = row.verdict
    return {
        "outcome": str(verdict.outcome),
        "outcome_name": verdict.get_outcome_display(),
        "policy": verdict.policy.reference,
        "policy_name": verdict.policy.policy.name,
        "gates": verdict.gates,
        "digest": verdict.digest,
        "given_at": verdict.given_at,
    }
