"""Reads of the inventory that need thought."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import OuterRef, Subquery

from apps.accounts.models import User
from apps.inventory import events
from apps.inventory.models import Dependency, Model, ModelVersion


def rests_on(reference: str) -> set[str]:
    """Everything that `reference` rests on, directly or through others, itself not counted."""
    return _reached(reference, "model__reference", "upstream")


def dependents(reference: str) -> set[str]:
    """The models that rest on `reference`, directly or through others: who has to be told when it goes."""
    return _reached(reference, "upstream", "model__reference")


def known_of(references: Collection[str], user: User) -> tuple[list[str], int]:
    """Those of the models named that `user` may see, and how many more there are."""
    seen = Model.objects.visible_to(user).filter(reference__in=references).order_by("reference")
    shown = list(seen.values_list("reference", flat=True))
    return shown, len(references) - len(shown)


def _reached(start: str, from_column: str, to_column: str) -> set[str]:
    edges = defaultdict(set)
    for near, far in Dependency.objects.filter(ended_at=None).values_list(from_column, to_column):
        edges[near].add(far)
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        for further in edges[ahead.pop()] - reached:
            reached.add(further)
            ahead.append(further)
    return reached


def listed(rows: Any) -> Any:
    """`rows` of Model as lists and exports show them, with the newest version beside each; one query."""
    newest = ModelVersion.objects.filter(model=OuterRef("pk")).order_by("-pk")
    return (
        rows.select_related("business_unit", "owner")
        .annotate(
            latest_number=Subquery(newest.values("number")[:1]), latest_status=Subquery(newest.values("status")[:1])
        )
        .order_by("-pk")
    )


LABELS = {
    "algorithm": "Algorithm",
    "task": "Task",
    "target": "Target",
    "positive_label": "Positive label",
    "favourable_label": "Favourable label",
    "threshold": "Threshold",
    "classes": "Classes",
    "inputs": "Inputs",
    "protected": "Protected",
    "segments": "Segments",
    "weight": "Weight",
    "score_kind": "The score is",
    "training_data": "Training data",
    "reference_data": "Reference data",
    "evaluation_data": "Evaluation data",
    "parameters": "Parameters",
    "training_metrics": "Measured in training",
    "training_run": "Training run",
    "code_version": "Code version",
    "limitations": "Limitations",
}


def said_rows(version: ModelVersion) -> list[tuple[str, str]]:
    """What was said of a version, as (name, value) for reading; what was left unsaid is left out."""
    said = version.metadata
    return [(label, _read(said[name])) for name, label in LABELS.items() if said.get(name) not in (None, [], {})]


def lacking_rows(version: ModelVersion) -> list[tuple[str, str]]:
    """What is still to be said of a version, as (name, what to say)."""
    lacking = version.lacks()
    named = {field.removeprefix("metadata."): " ".join(sentences) for field, sentences in lacking.items()}
    return [(LABELS.get(name, name.replace("_", " ").capitalize()), told) for name, told in sorted(named.items())]


def _read(value: Any) -> str:
    if isinstance(value, dict):
        named = value.get("name")
        return str(named) if named else ", ".join(f"{name} {_read(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(_read(item) for item in value)
    return str(value).replace("_", " ") if value in ("binary_classification",) else str(value)


def visible_dependents(reference: str, user: User) -> list[Model]:
    """The models resting on `reference` that `user` may know of."""
    return list(Model.objects.visible_to(user).filter(reference__in=dependents(reference)).order_by("reference"))


def newest_dependency(model: Model, upstream: str) -> Dependency | None:
    """That `model` rests on `upstream`: as it is said now, or else as it was said last."""
    return model.dependencies.filter(upstream=upstream).order_by("pk").last()


def permitted(user: User, model: Model) -> dict[str, bool]:
    """Which of the model page's doors are open to `user`."""
    doors = {
        "change": events.MODEL_CHANGED,
        "intake": events.INTAKE_DECIDED,
        "use": events.USE_ADDED,
        "limitation": events.LIMITATION_STATED,
        "dependency": events.DEPENDENCY_ADDED,
        "version": events.VERSION_ADDED,
    }
    open_now = model.status == Model.Status.ACTIVE
    return {name: open_now and user.may(str(event.permission), model) for name, event in doors.items()}


def limitations_of_versions(model: Model) -> list[tuple[str, list[ModelVersion]]]:
    """What the versions of a model say of their limits: each limitation once, with the versions that state it."""
    stated: dict[str, list[ModelVersion]] = {}
    for version in model.versions.order_by("-pk"):
        for text in version.metadata.get("limitations", []):
            stated.setdefault(text, []).append(version)
    return list(stated.items())
