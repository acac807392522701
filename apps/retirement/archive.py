"""What a retired model leaves behind: a manifest of everything about it, by reference and digest."""

from typing import Any

from apps.approvals.models import Approval
from apps.datasets.models import DatasetVersion
from apps.evaluations.models import Evaluation
from apps.findings.models import Finding
from apps.inventory.models import Model
from apps.signatures.models import Signature
from apps.validations.models import Validation

TABLES = ("training_data", "reference_data", "evaluation_data")


def manifest(model: Model) -> dict[str, Any]:
    """Everything that was ever said, measured and signed about `model`, so that it can be found again."""
    reference = model.reference
    versions = list(model.versions.order_by("pk"))
    tables = {version.metadata[name] for version in versions for name in TABLES if version.metadata.get(name)}
    signed = Signature.objects.filter(root_reference=reference).order_by("pk")
    return {
        "v": 1,
        "model": reference,
        "versions": [
            {"reference": row.reference, "artifact": row.artifact_id, "metadata": row.metadata} for row in versions
        ],
        "data": _pairs(DatasetVersion.objects.filter(reference__in=tables), "digest"),
        "evaluations": _pairs(Evaluation.objects.filter(version__model=model), "results_digest"),
        "validations": _pairs(Validation.objects.filter(version__model=model), "report_digest"),
        "approvals": _pairs(Approval.objects.filter(root_reference=reference), "dossier_digest"),
        "signatures": [[row.reference, row.digest] for row in signed],
        "findings": list(
            Finding.objects.filter(root_reference=reference).order_by("pk").values_list("reference", flat=True)
        ),
    }


def _pairs(rows: Any, digest: str) -> list[list[str]]:
    return [list(pair) for pair in rows.order_by("pk").values_list("reference", digest)]
