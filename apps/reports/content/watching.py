"""Where the version runs, what its windows said, and how it was taken out of use."""

from typing import Any

from apps.deployments.models import Deployment
from apps.deployments.selectors import with_all_shown
from apps.inventory.models import Model, ModelVersion
from apps.monitoring.models import Alert, Plan, Window
from apps.monitoring.selectors import windows_of
from apps.reports.content.identity import person
from apps.retirement.models import Retirement


def deployments(version: ModelVersion) -> list[dict[str, Any]]:
    """Every release of the version, the newest first."""
    return [_deployment(row) for row in with_all_shown(version.deployments.order_by("-pk"))]


def _deployment(row: Deployment) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "environment": str(row.environment),
        "use": row.use.name,
        "approval": row.approval and row.approval.reference,
        "artifact_digest": row.artifact_digest,
        "status": row.get_status_display(),
        "deployed_by": person(row.deployed_by),
        "deployed_at": row.deployed_at,
        "stopped_at": row.stopped_at,
        "stop_reason": row.stop_reason,
    }


def monitoring(version: ModelVersion) -> dict[str, Any] | None:
    """The newest plan that watches the version, its last windows and its alerts; None where nothing watches it."""
    plan = Plan.objects.filter(version=version).select_related("policy__policy", "evaluation").order_by("-pk").first()
    if plan is None:
        return None
    alerts = Alert.objects.filter(version=version).select_related("first_window", "last_window").order_by("-pk")
    return {
        "plan": plan.reference,
        "policy": plan.policy.reference,
        "policy_name": plan.policy.policy.name,
        "reference_evaluation": plan.evaluation.reference,
        "started_at": plan.started_at,
        "ended_at": plan.ended_at,
        "windows": [_window(window) for window in windows_of(plan)],
        "alerts": [_alert(alert) for alert in alerts],
    }


def _window(row: Window) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "start": row.start,
        "end": row.end,
        "edition": row.edition,
        "predictions": row.predictions,
        "outcomes": row.outcomes,
        "level": str(row.level),
        "level_name": row.get_level_display(),
        "sections": row.sections,
        "results_digest": row.results_digest,
        "closed_at": row.closed_at,
    }


def _alert(row: Alert) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "level": str(row.level),
        "indicator": row.indicator,
        "use": row.use,
        "about": row.about,
        "sentence": row.sentence,
        "status": row.get_status_display(),
        "raised_at": row.raised_at,
        "windows": row.windows,
        "finding": row.finding,
        "validation": row.validation,
    }


def retirement(model: Model) -> dict[str, Any] | None:
    """The newest plan to take the model out of use."""
    row = Retirement.objects.filter(model=model).order_by("-pk").first()
    if row is None:
        return None
    return {
        "reference": row.reference,
        "status": row.get_status_display(),
        "reason": row.reason,
        "replacement": row.replacement,
        "last_day": row.last_day,
        "fallback": row.fallback,
        "dependents": row.dependents,
        "archive_digest": row.archive_digest,
        "keep_until": row.keep_until,
    }
