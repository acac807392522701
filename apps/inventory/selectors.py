"""Reads of the inventory that need thought."""

from collections import defaultdict
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


def visible_dependents(reference: str, user: User) -> list[Model]:
    """The models resting on `reference` that `user` may know of."""
    return list(Model.objects.visible_to(user).filter(reference__in=dependents(reference)).order_by("reference"))


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
