"""What rests on data here: versions that were trained or judged on a table, and models that name a dataset."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q

from apps.core.uses import Use
from apps.inventory.models import Dependency, ModelVersion

PARTS = {
    "training_data": "Trained on it",
    "reference_data": "Compared with it",
    "evaluation_data": "Judged on it",
}
RESTING = (ModelVersion.Status.DRAFT, ModelVersion.Status.REJECTED, ModelVersion.Status.RETIRED)


def of_data(references: Collection[str]) -> Iterator[Use]:
    """The versions whose metadata names any of `references`, newest first, and the models that depend on one."""
    for version in naming(references).select_related("model").order_by("-pk"):
        for field, part in PARTS.items():
            if version.metadata.get(field) in references:
                yield _of_version(version, version.metadata[field], part)
    depending = Dependency.objects.filter(upstream__in=references, ended_at=None).select_related("model")
    for dependency in depending.order_by("-pk"):
        yield _of_model(dependency)


def naming(references: Collection[str]) -> Any:
    """The versions whose metadata names any of `references` as one of their tables."""
    named = Q()
    for field in PARTS:
        named |= Q(**{f"metadata__{field}__in": list(references)})
    return ModelVersion.objects.filter(named)


def _of_version(version: ModelVersion, used: str, part: str) -> Use:
    return Use(
        of=used,
        part=part,
        kind="modelversion",
        reference=version.reference,
        title=f"{version.model.name} {version.number}",
        url=version.get_absolute_url(),
        root_reference=version.model.reference,
        status=(version.status, version.get_status_display()),
        live=version.status not in RESTING,
    )


def _of_model(dependency: Dependency) -> Use:
    model = dependency.model
    return Use(
        of=dependency.upstream,
        part="Rests on it",
        kind="model",
        reference=model.reference,
        title=model.name,
        url=model.get_absolute_url(),
        root_reference=model.reference,
        status=(model.status, model.get_status_display()),
        live=model.status == model.Status.ACTIVE,
    )
