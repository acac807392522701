"""What runs where, since when, under which approval, and whether that approval still counts."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.approvals.models import Approval
from apps.deployments.models import Deployment, Environment
from apps.dossiers.selectors import live_approval, why_not_live
from apps.inventory.models import Model, ModelVersion

COUNTING = (ModelVersion.Status.APPROVED, ModelVersion.Status.IN_USE)


def live_deployments(model: Model) -> list[Deployment]:
    """What runs of a model now, the newest first."""
    rows = Deployment.objects.live().filter(version__model=model)
    return list(with_all_shown(rows).order_by("-pk"))


def with_all_shown(rows: Any) -> Any:
    """`rows` with everything that lists write of them, in one query."""
    return rows.select_related(
        "version__model", "environment", "use", "approval", "deployed_by", "stopped_by", "replaces"
    )


def approved_uses(approval: Approval | None) -> list[str]:
    """The names of the uses that an approval was granted for, as its record says."""
    return [] if approval is None else [use["name"] for use in json.loads(approval.record)["uses"]]


def without_approval(deployment: Deployment, now: datetime) -> str:
    """Why what runs here has no live approval, as a sentence; "" where it has one or needs none."""
    if deployment.status != Deployment.Status.LIVE or not deployment.environment.needs_approval:
        return ""
    return "" if live_approval(deployment.version, now) else why_not_live(deployment.version, now)


def approval_counts(deployment: Deployment) -> bool:
    """The same for lists, from the rows at hand: the approval is granted and its version neither held up nor gone."""
    if deployment.status != Deployment.Status.LIVE or not deployment.environment.needs_approval:
        return True
    granted = deployment.approval is not None and deployment.approval.granted
    return granted and deployment.version.status in COUNTING


@dataclass(frozen=True)
class Place:
    """One environment on the board, and what runs in it."""

    name: str
    title: str
    deployments: list[Deployment]


def board(user: User, at: datetime | None = None) -> list[Place]:
    """Every environment with what runs there now, or ran at `at`; production first. One query."""
    rows = with_all_shown(Deployment.objects.visible_to(user).live(at)).order_by("version__model__name", "-pk")
    found = list(rows)
    return [
        Place(str(name), str(name.label), [row for row in found if row.environment.name == name])
        for name in reversed(Environment.Name)
    ]
