"""What the inventory's export tells of approval and validation: who reviewed, who approved, on which data, when."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from apps.approvals.models import Decision
from apps.inventory.models import ModelVersion
from apps.validations.models import Validation


def reviewers(models: Sequence[int]) -> Mapping[int, str]:
    return {row.version.model_id: row.validator.name for row in _concluded(models)}


def last_reviews(models: Sequence[int]) -> Mapping[int, str]:
    return {row.version.model_id: f"{row.concluded_at:%Y-%m-%d}" for row in _concluded(models)}


def approvers(models: Sequence[int]) -> Mapping[int, str]:
    """Who signed the newest granted approval of each model's versions."""
    versions = dict(ModelVersion.objects.filter(model__in=models).values_list("reference", "model_id"))
    signed = Decision.objects.filter(
        approval__subject_reference__in=versions, approval__status__in=("approved", "approved_with_conditions")
    )
    names: defaultdict[int, dict[str, list[str]]] = defaultdict(dict)
    for decision in signed.select_related("approval", "decider").order_by("pk"):
        model = versions[decision.approval.subject_reference]
        names[model].setdefault(decision.approval.reference, []).append(decision.decider.name)
    return {model: "; ".join(list(by_approval.values())[-1]) for model, by_approval in names.items()}


def sources(models: Sequence[int]) -> Mapping[int, str]:
    """The tables that each model's newest version rests on."""
    fields = ("training_data", "reference_data", "evaluation_data")
    newest = ModelVersion.objects.filter(model__in=models).order_by("pk").values_list("model_id", "metadata")
    return {
        model: "; ".join(dict.fromkeys(metadata[field] for field in fields if metadata.get(field)))
        for model, metadata in newest
    }


def _concluded(models: Sequence[int]) -> Iterator[Validation]:
    rows = Validation.objects.filter(version__model__in=models, status=Validation.Status.CONCLUDED)
    yield from rows.select_related("version", "validator").order_by("pk")


COLUMNS = {
    "Reviewer": reviewers,
    "Last review": last_reviews,
    "Approver": approvers,
    "Data sources": sources,
}
