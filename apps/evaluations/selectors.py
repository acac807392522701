"""Reads of evaluations that need thought."""

from apps.evaluations.models import Evaluation
from apps.inventory.models import ModelVersion


def evidence_of(version: ModelVersion) -> Evaluation | None:
    """The evaluation that a version's dossier rests on: the newest one that is done and no dry run."""
    rows = version.evaluations.filter(status=Evaluation.Status.DONE, dry_run=False)
    return rows.select_related("verdict__policy").order_by("-pk").first()


def newest_of(version: ModelVersion, reference: str | None = None) -> Evaluation | None:
    """The newest evaluation of a version that is done, dry runs included; or the one of that reference."""
    rows = version.evaluations.filter(status=Evaluation.Status.DONE)
    rows = rows.filter(reference=reference) if reference else rows
    return rows.select_related("verdict__policy", "version__model").order_by("-pk").first()


def running_of(version: ModelVersion) -> Evaluation | None:
    """The evaluation of a version that is under way."""
    return version.evaluations.filter(status=Evaluation.Status.RUNNING).order_by("-pk").first()


def earlier(evaluation: Evaluation, most: int = 5) -> list[Evaluation]:
    """The last evaluations of the same model up to this one, oldest first."""
    rows = Evaluation.objects.filter(
        version__model=evaluation.version.model, status=Evaluation.Status.DONE, pk__lte=evaluation.pk
    )
    return list(rows.select_related("verdict").order_by("-pk")[:most])[::-1]
