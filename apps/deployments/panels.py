"""What runs, on the pages of a model and of a version."""

from typing import Any

from apps.accounts.models import User
from apps.deployments.models import Deployment
from apps.deployments.selectors import approval_counts, with_all_shown
from apps.inventory.models import Model, ModelVersion


def of_model(model: Model, user: User) -> dict[str, Any] | None:
    return _shown(Deployment.objects.live().filter(version__model=model), may_deploy=None)


def of_version(version: ModelVersion, user: User) -> dict[str, Any] | None:
    released = version.status in (ModelVersion.Status.APPROVED, ModelVersion.Status.IN_USE)
    may = version if released and user.may("deployments.add_deployment", version) else None
    return _shown(Deployment.objects.filter(version=version), may_deploy=may)


def _shown(rows: Any, *, may_deploy: ModelVersion | None) -> dict[str, Any] | None:
    deployments = list(with_all_shown(rows).order_by("status", "-pk")[:10])
    if not deployments and may_deploy is None:
        return None
    for deployment in deployments:
        deployment.counts = approval_counts(deployment)
    return {"deployments": deployments, "may_deploy": may_deploy}
