"""What a retired model leaves behind: a manifest of everything about it, by reference and digest."""

from collections.abc import Callable
from typing import Any

from apps.approvals.models import Approval
from apps.datasets.models import DatasetVersion
from apps.deployments.models import Deployment
from apps.evaluations.models import Evaluation
from apps.exceptions.models import Exemption
from apps.findings.models import Finding
from apps.inventory.models import Model
from apps.monitoring.models import Alert, Window
from apps.signatures.models import Signature
from apps.validations.models import Validation

TABLES = ("training_data", "reference_data", "evaluation_data")
# What later rooms have of a model: {name: (its rows of a model, the column of their digest)}.
_further: dict[str, tuple[Callable[[Model], Any], str]] = {}


def add(name: str, rows: Callable[[Model], Any], digest: str) -> None:
    """Let a later room's rows be archived, by reference and digest; called once, in AppConfig.ready()."""
    _further[name] = rows, digest


def manifest(model: Model) -> dict[str, Any]:
    """Everything that was ever said, measured and signed about `model`, so that it can be found again."""
    reference = model.reference
    versions = list(model.versions.order_by("pk"))
    tables = {version.metadata[name] for version in versions for name in TABLES if version.metadata.get(name)}
    signed = Signature.objects.filter(root_reference=reference).order_by("pk")
    return {
        "v": 2,
        "model": reference,
        "versions": [
            {"reference": row.reference, "artifact": row.artifact_id, "metadata": row.metadata} for row in versions
        ],
        "data": _pairs(DatasetVersion.objects.filter(reference__in=tables), "digest"),
        "evaluations": _pairs(Evaluation.objects.filter(version__model=model), "results_digest"),
        "validations": _pairs(Validation.objects.filter(version__model=model), "report_digest"),
        "approvals": _pairs(Approval.objects.filter(root_reference=reference), "dossier_digest"),
        "signatures": [[row.reference, row.digest] for row in signed],
        "findings": _named(Finding.objects.filter(root_reference=reference)),
        "exemptions": _named(Exemption.objects.filter(root_reference=reference)),
        "deployments": _pairs(Deployment.objects.filter(version__model=model), "artifact_digest"),
        "windows": _pairs(Window.objects.filter(plan__model=model), "results_digest"),
        "alerts": _named(Alert.objects.filter(model=model)),
        **{name: _pairs(rows(model), digest) for name, (rows, digest) in _further.items()},
    }


def _named(rows: Any) -> list[str]:
    return list(rows.order_by("pk").values_list("reference", flat=True))


def _pairs(rows: Any, digest: str) -> list[list[str]]:
    return [list(pair) for pair in rows.order_by("pk").values_list("reference", digest)]
