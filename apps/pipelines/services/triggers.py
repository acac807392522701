"""What starts pipelines by itself: new data, alerts of monitoring, the calendar."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.audit.acts import lock
from apps.datasets.models import DatasetVersion
from apps.measures.catalogue import definition
from apps.monitoring.models import Alert
from apps.monitoring.windows.boundaries import POPULATION
from apps.pipelines import events
from apps.pipelines.models import Appointment, Pipeline, PipelineRun, PipelineVersion
from apps.pipelines.services.starting import trigger_run

Trigger = PipelineRun.Trigger


def follow_data(version: DatasetVersion, *, actor: Any, now: datetime, cause: str) -> None:
    """A dataset has a new version: the pipelines that wait for one start."""
    for waiting in _in_force():
        if version.dataset.reference in waiting.definition.triggers.new_data:
            trigger_run(
                waiting.pipeline,
                trigger=Trigger.NEW_DATA,
                key=f"data {version.reference}",
                note=f"{version.reference} came to {version.dataset.name}.",
                now=now,
                cause=cause,
            )


def follow_alert(alert: Alert, *, actor: Any, now: datetime, cause: str) -> None:
    """Monitoring has something to say of a model: its pipelines that listen for that start, once for an alert."""
    for waiting in _in_force().filter(pipeline__model=alert.model):
        said = waiting.definition.triggers.alerts
        if said and family_of(alert) in said.families and (said.level == "yellow" or alert.level == Alert.Level.RED):
            trigger_run(
                waiting.pipeline,
                trigger=Trigger.ALERT,
                key=f"alert {alert.reference}",
                note=alert.sentence,
                now=now,
                cause=cause,
            )


def family_of(alert: Alert) -> str:
    """What an alert is about: drift, population, performance …; "" for what nothing listens for."""
    if alert.indicator == POPULATION:
        return "population"
    try:
        return str(definition(str(alert.values.get("measure", ""))).family)
    except (KeyError, LookupError, ValueError):
        return ""


def follow_publication(version: PipelineVersion, *, actor: Any, now: datetime, cause: str) -> None:
    """Another text is in force: its calendar counts from now on."""
    _arrange(version, now)


def start_due(now: datetime) -> int:
    """Start what the calendar says is due; what fell due while nothing ran is made up for once. Comes round."""
    started = 0
    for due in Appointment.objects.filter(due_at__lte=now).select_related("pipeline"):
        with transaction.atomic():
            pipeline = lock(due.pipeline)
            version = pipeline.in_force()
            mine = Appointment.objects.filter(pipeline=pipeline, due_at=due.due_at).exists()
            if not mine or version is None:
                continue
            _arrange(version, now)
            run = trigger_run(
                pipeline,
                trigger=Trigger.CALENDAR,
                key=f"calendar {due.due_at:%Y-%m-%d %H:%M}",
                now=now,
                cause=events.VERSION_PUBLISHED.verb,
            )
            started += run is not None
    return started


def _arrange(version: PipelineVersion, now: datetime) -> None:
    """Put down when the calendar comes to a pipeline next; nothing where it has none."""
    said = version.definition.triggers.schedule
    comes = said.calendar.after(now, said.zone) if said else None
    if comes is None:
        Appointment.objects.filter(pipeline=version.pipeline).delete()
    else:
        Appointment.objects.update_or_create(pipeline=version.pipeline, defaults={"due_at": comes})


def _in_force() -> Any:
    rows = PipelineVersion.objects.filter(
        status=PipelineVersion.Status.PUBLISHED, pipeline__status=Pipeline.Status.ACTIVE
    )
    return rows.select_related("pipeline__model").order_by("pk")
