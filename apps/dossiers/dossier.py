"""The dossier: everything a decision rests on, as canonical JSON. Its sha256 is what people sign."""

from typing import Any

from apps.core.canonical import digest
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Evaluation
from apps.evaluations.selectors import evidence_of
from apps.exceptions.selectors import granted
from apps.findings.selectors import blocking_findings
from apps.inventory.models import Limitation, Model, ModelVersion
from apps.validations.models import Validation

# What a granted approval stays bound to. Later findings act only through an explicit suspension, never by accident.
BINDING = ("tier", "artifact", "metadata", "data", "policies", "uses", "restrictions")
DATA = ("training_data", "reference_data", "evaluation_data")


def dossier_of(version: ModelVersion) -> dict[str, Any]:
    """What stands behind `version` now: artefact, data, evidence, verdict, rules, uses and limits, validation."""
    model, evaluation, findings = version.model, evidence_of(version), blocking_findings(version.reference)
    return {
        "v": 1,
        "version": version.reference,
        "model": {"reference": model.reference, "purpose": model.purpose, "owner": model.owner.reference},
        "tier": model.tier,
        "artifact": artifact(version),
        "metadata": digest(version.metadata),
        "data": data(version),
        "evidence": _evidence(evaluation),
        "verdict": _verdict(evaluation),
        "policies": policies(version, evaluation),
        "uses": uses(model),
        "restrictions": limits(model, Limitation.Sort.RESTRICTION),
        "limitations": [*limits(model, Limitation.Sort.LIMITATION), *version.metadata.get("limitations", [])],
        "validation": _validation(version),
        "exceptions": granted(version.reference, model.reference, *(finding.reference for finding in findings)),
        "findings": [[finding.reference, str(finding.severity)] for finding in findings],
    }


def still_bound(version: ModelVersion, record: dict[str, Any]) -> bool:
    """Whether what was approved is what is there now, section by binding section."""
    model = version.model
    now = {
        "tier": model.tier,
        "policies": policies(version, evidence_of(version)),
        "artifact": artifact(version),
        "metadata": digest(version.metadata),
        "data": data(version),
        "uses": uses(model),
        "restrictions": limits(model, Limitation.Sort.RESTRICTION),
    }
    return all(record[section] == now[section] for section in BINDING)


def artifact(version: ModelVersion) -> dict[str, Any] | None:
    file, original = version.artifact, version.parity_artifact
    if file is None:
        return None
    converted = (
        {} if original is None else {"converted_from": {"sha256": original.blob_id, "format": original.format}}
    )
    return {"sha256": file.blob_id, "format": file.format, **converted}


def data(version: ModelVersion) -> dict[str, Any]:
    named = {field: version.metadata[field] for field in DATA if version.metadata.get(field)}
    digests = dict(DatasetVersion.objects.filter(reference__in=named.values()).values_list("reference", "digest"))
    return {field: {"reference": reference, "digest": digests[reference]} for field, reference in named.items()}


def uses(model: Model) -> list[dict[str, Any]]:
    return [
        {"number": use.number, "name": use.name, "population": use.population, "boundaries": use.boundaries}
        for use in sorted(model.uses.all(), key=lambda use: use.number)
        if use.ended_at is None
    ]


def limits(model: Model, sort: str) -> list[str]:
    return list(model.limitations.filter(sort=sort).order_by("number").values_list("text", flat=True))


def validation_of(version: ModelVersion) -> Validation | None:
    """The newest concluded validation of a version."""
    return version.validations.filter(status=Validation.Status.CONCLUDED).order_by("-pk").first()


def _evidence(evaluation: Evaluation | None) -> dict[str, Any] | None:
    if evaluation is None:
        return None
    return {
        "evaluation": evaluation.reference,
        "results": evaluation.results_digest,
        "predictions": evaluation.predictions_id,
        "reference_predictions": evaluation.reference_predictions_id,
    }


def _verdict(evaluation: Evaluation | None) -> dict[str, Any] | None:
    if evaluation is None:
        return None
    return {"outcome": str(evaluation.verdict.outcome), "digest": evaluation.verdict.digest}


def policies(version: ModelVersion, evaluation: Evaluation | None) -> dict[str, str | None]:
    """The policy versions as used: the method that gave the tier, the gates that gave the verdict."""
    gates = None if evaluation is None else evaluation.verdict.policy.reference
    return {"tiering": version.model.tier_method, "gates": gates}


def unmet_gates(evaluation: Evaluation | None) -> list[dict[str, Any]]:
    """The blocking gates that failed or could not be judged for want of the measure."""
    gates = [] if evaluation is None else evaluation.verdict.gates
    return [gate for gate in gates if gate["severity"] == "block" and gate["outcome"] in ("failed", "unavailable")]


def _validation(version: ModelVersion) -> dict[str, Any] | None:
    validation = validation_of(version)
    if validation is None:
        return None
    return {
        "reference": validation.reference,
        "conclusion": str(validation.conclusion),
        "report": validation.report_digest,
        "validator": validation.validator.reference,
    }
