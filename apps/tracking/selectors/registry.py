"""Models and versions as MLflow's registry names them."""

from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.inventory.models import Model, ModelVersion
from apps.tracking.holding import rests
from apps.tracking.models import RegisteredVersion, Run
from apps.tracking.selectors.experiments import units_in_order


def model_named(user: User, name: str) -> Model | None:
    """The model of that name: of the unit where `user` works first of all, else of another that they see."""
    found = Model.objects.visible_to(user).filter(name=name).select_related("registered", "created_by")
    rows = {row.business_unit_id: row for row in found.order_by("-pk")}
    own = next((rows[unit] for unit in units_in_order(user) if unit in rows), None)
    return own or next(iter(rows.values()), None)


def versions_shown(rows: Any) -> Any:
    """Rows of ModelVersion with what the protocol shows of each, in as many queries for a thousand as for one."""
    return rows.select_related(
        "model__registered", "created_by", "registered__run__logbook", "registered__logged_model"
    )


def version_of(model: Model, number: str) -> ModelVersion | None:
    """The version of that number."""
    found: ModelVersion | None = versions_shown(model.versions).filter(number=number).first()
    return found


def newest_of(models: list[Model]) -> dict[int, list[ModelVersion]]:
    """The newest version of each stage of each model, by the model's key: one query for all of them."""
    newest: dict[tuple[int, str], ModelVersion] = {}
    for version in versions_shown(ModelVersion.objects.filter(model__in=models)).order_by("pk"):
        newest[version.model_id, stage_of(version)] = version
    grouped: dict[int, list[ModelVersion]] = {}
    for (model, _), version in sorted(newest.items(), key=lambda item: item[1].pk):
        grouped.setdefault(model, []).append(version)
    return grouped


def stage_of(version: ModelVersion) -> str:
    """The stage that a version was put into; "None" where it was not."""
    entry = getattr(version, "registered", None)
    return entry.stage if entry else RegisteredVersion.Stage.NONE.value


@rests
def _registered(runs: "QuerySet[Run]") -> str:
    found = RegisteredVersion.objects.filter(run__in=runs).select_related("version").order_by("pk").first()
    return f"{found.version.reference} was registered from it." if found else ""
