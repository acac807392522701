"""Reads of evaluations that need thought."""

from apps.evaluations.models import Evaluation
from apps.inventory.models import ModelVersion


def evidence_of(version: ModelVersion) -> Evaluation | None:
    """The evaluation that a version's dossier rests on: the newest one that is done and no dry run."""
    rows = version.evaluations.filter(status=Evaluation.Status.DONE, dry_run=False)
    return rows.select_related("verdict__policy").order_by("-pk").first()
