"""Reads of monitoring that need thought."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, OuterRef, Q, Subquery

from apps.accounts.models import User
from apps.deployments.models import Deployment
from apps.inventory.models import Model
from apps.jobs.models import Job
from apps.monitoring.models import Alert, Batch, Plan, Window, WindowResult

WINDOWS_SHOWN = 24


@dataclass(frozen=True)
class Watched:
    """One line of the overview: a plan, its last window, and whether it went silent."""

    plan: Plan
    window: Window | None
    alerts: int
    red: int
    last_row: datetime | None
    silent: bool


def watched(user: User, now: datetime) -> list[Watched]:
    """Every model that is watched and that `user` may know of, those with red alerts first. Five queries.

    Silent is what runs and has sent no prediction for as long as a window of its plan lasts.
    """
    plans = list(
        Plan.objects.visible_to(user)
        .filter(ended_at=None, model__status=Model.Status.ACTIVE)
        .select_related("model__business_unit", "version__model", "policy")
        .order_by("model__name")
    )
    models = [plan.model_id for plan in plans]
    last = {window.plan_id: window for window in _newest(plans)}
    alerts = dict(
        (row["model"], row)
        for row in Alert.objects.unclosed()
        .filter(model__in=models)
        .values("model")
        .annotate(all=Count("pk"), red=Count("pk", filter=Q(level=Alert.Level.RED)))
    )
    came = dict(
        Batch.objects.filter(model__in=models, sort=Batch.Sort.PREDICTIONS)
        .values_list("model")
        .annotate(Max("received_at"))
    )
    running = set(Deployment.objects.live().deciding().values_list("version", flat=True))
    lines = [
        _line(
            plan,
            last.get(plan.pk),
            alerts.get(plan.model_id),
            came.get(plan.model_id),
            now if plan.version_id in running else None,
        )
        for plan in plans
    ]
    return sorted(lines, key=lambda line: (-line.red, -line.alerts, not line.silent))


def windows_of(plan: Plan, most: int = WINDOWS_SHOWN) -> list[Window]:
    """The newest edition of each of a plan's last windows, in the order of time."""
    rows = Window.objects.filter(plan=plan).newest_editions().order_by("-end", "-start")[:most]
    return list(reversed(rows))


def editions_of(window: Window) -> list[Window]:
    """A window as it was closed, time and again, the newest first."""
    return list(Window.objects.filter(plan=window.plan, start=window.start, end=window.end).order_by("-edition"))


def alerts_of(model: Model) -> list[Alert]:
    """A model's alerts, the unclosed and the red ones first."""
    people = ("acknowledged_by", "closed_by")
    rows = Alert.objects.filter(model=model).select_related(
        "model", "version__model", "first_window", "last_window", *people
    )
    return sorted(rows, key=lambda row: (row.status == Alert.Status.CLOSED, row.level != Alert.Level.RED, -row.pk))


def with_job(batches: Any) -> Any:
    """Batches with the state of the job that takes them in."""
    job = Job.objects.filter(pk=OuterRef("job"))
    return batches.annotate(job_state=Subquery(job.values("state")[:1]), job_error=Subquery(job.values("error")[:1]))


def results_of(windows: Iterable[Window], *measures: str) -> Any:
    """The results of windows by their measures."""
    rows = WindowResult.objects.filter(window__in=[window.pk for window in windows])
    return rows.filter(measure__in=measures) if measures else rows


def _newest(plans: list[Plan]) -> Iterable[Window]:
    return Window.objects.filter(plan__in=plans).newest_editions().order_by("end", "start")


def _line(
    plan: Plan, window: Window | None, alerts: Any, last_row: datetime | None, running_at: datetime | None
) -> Watched:
    silence = timedelta(days=plan.policy.rules.window.length_days)
    quiet_since = max(filter(None, [last_row, plan.started_at]))
    counted = alerts or {"all": 0, "red": 0}
    silent = running_at is not None and running_at - quiet_since > silence
    return Watched(plan, window, counted["all"], counted["red"], last_row, silent)
