"""What starts a run: a person, a program, new data, an alert, the calendar."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.events import Event
from apps.pipelines import events
from apps.pipelines.models import Pipeline, PipelineRun, PipelineVersion, StepRun
from apps.pipelines.services.advancing import begin_waiting

Trigger = PipelineRun.Trigger
Status = PipelineRun.Status
MOST_GENERATIONS = 10

# The run whose step is writing right now: what it adds may start other pipelines, and that has to end somewhere.
_writing: ContextVar[PipelineRun | None] = ContextVar("run", default=None)


@contextlib.contextmanager
def written_by(run: PipelineRun) -> Iterator[None]:
    """What is written inside comes from a step of `run`."""
    token = _writing.set(run)
    try:
        yield
    finally:
        _writing.reset(token)


def request_run(
    *,
    actor: User,
    pipeline: Pipeline,
    now: datetime,
    parameters: Mapping[str, Any] | None = None,
    fresh: bool = False,
    note: str = "",
) -> PipelineRun:
    """Ask for a run of the version in force. It begins now, or when those before it have ended.

    Args:
        parameters: values for the parameters that the version has, instead of its own.
        fresh: take nothing from earlier runs.

    Raises:
        RuleViolated: no version is in force, or the pipeline is paused or has ended.
        BadInput: there is no such parameter, or it is of another type.
        Conflict: enough runs go on, and this pipeline doesn't let others wait.
    """
    with transaction.atomic():
        pipeline = lock(pipeline)
        version = _runnable(pipeline)
        if _skips(pipeline, version):
            raise Conflict(
                f"{pipeline.reference} is busy, and lets no further run wait. Ask again when it has ended."
            )
        run = _create(
            pipeline,
            version,
            event=events.RUN_REQUESTED,
            actor=actor,
            trigger=Trigger.PERSON if actor.is_person else Trigger.PROGRAM,
            parameters=_parameters(version, parameters or {}),
            fresh=fresh,
            note=note,
            now=now,
        )
        begin_waiting(pipeline, now)
    run.refresh_from_db()
    return run


def trigger_run(
    pipeline: Pipeline, *, trigger: str, key: str, now: datetime, cause: str, note: str = ""
) -> PipelineRun | None:
    """Start a run because something happened; once for a `key`, however often it is said. None where none starts.

    Call it in the transaction of what happened.
    """
    pipeline = lock(pipeline)
    if pipeline.status != Pipeline.Status.ACTIVE or pipeline.runs.filter(started_key=key).exists():
        return None
    version = pipeline.in_force()
    if version is None:
        return None
    parent = _writing.get()
    if _goes_in_circles(pipeline, parent) or _skips(pipeline, version):
        _skip(pipeline, note or key, now, cause)
        return None
    try:
        with transaction.atomic():
            run = _create(
                pipeline,
                version,
                event=events.RUN_TRIGGERED,
                actor=User.objects.system(),
                trigger=trigger,
                key=key,
                parameters=dict(version.definition.parameters),
                parent=parent,
                note=note,
                now=now,
                cause=cause,
            )
    except IntegrityError:  # the same key in the same moment, from elsewhere
        return None
    begin_waiting(pipeline, now)
    return run


def _create(
    pipeline: Pipeline,
    version: PipelineVersion,
    *,
    event: Event,
    actor: User,
    trigger: str,
    parameters: dict[str, Any],
    now: datetime,
    key: str = "",
    fresh: bool = False,
    parent: PipelineRun | None = None,
    note: str = "",
    cause: str = "",
) -> PipelineRun:
    new = PipelineRun(
        pipeline=pipeline,
        version=version,
        started_by=trigger,
        started_key=key,
        parameters=parameters,
        fresh=fresh,
        parent=parent,
        generation=parent.generation + 1 if parent else 0,
        requested_by=actor,
        requested_at=now,
    )
    with act(event, actor=actor, creates=new, now=now, note=note, cause=cause) as run:
        StepRun.objects.bulk_create(
            StepRun(run=run, place=place, name=step.name, kind=step.kind)
            for place, step in enumerate(version.definition.steps)
        )
        return run


def _runnable(pipeline: Pipeline) -> PipelineVersion:
    if pipeline.status != Pipeline.Status.ACTIVE:
        raise RuleViolated(f"{pipeline.reference} is {pipeline.get_status_display().lower()}, so nothing starts it.")
    version = pipeline.in_force()
    if version is None:
        raise RuleViolated(
            f"No version of {pipeline.reference} is in force yet. Somebody other than its author has to publish one."
        )
    return version


def _parameters(version: PipelineVersion, said: Mapping[str, Any]) -> dict[str, Any]:
    """The version's parameters with what was said otherwise.

    Raises:
        BadInput: by the parameter's name.
    """
    known = version.definition.parameters
    errors = {}
    for name, value in said.items():
        if name not in known:
            errors[f"parameters.{name}"] = [
                f"The pipeline has no such parameter. It has: {', '.join(known) or 'none'}."
            ]
        elif not _alike(known[name], value):
            errors[f"parameters.{name}"] = [f"This has to be of the same type as {known[name]!r}."]
    if errors:
        raise BadInput(errors=errors)
    return {**known, **said}


def _alike(known: Any, value: Any) -> bool:
    if isinstance(known, bool) or isinstance(value, bool):
        return isinstance(known, bool) and isinstance(value, bool)
    if isinstance(known, float):
        return isinstance(value, int | float)
    return type(known) is type(value)


def _skips(pipeline: Pipeline, version: PipelineVersion) -> bool:
    """Whether it is busy and lets nobody wait."""
    said = version.definition.concurrency
    return said.when_busy == "skip" and pipeline.runs.filter(status__in=PipelineRun.LIVE).count() >= said.runs


def _goes_in_circles(pipeline: Pipeline, parent: PipelineRun | None) -> bool:
    """Whether what started it comes from its own run, or from a chain of runs too long to end."""
    return parent is not None and (parent.pipeline_id == pipeline.pk or parent.generation + 1 > MOST_GENERATIONS)


def _skip(pipeline: Pipeline, note: str, now: datetime, cause: str) -> None:
    actor = User.objects.system()
    with act(events.TRIGGER_SKIPPED, actor=actor, subject=pipeline, now=now, note=note, cause=cause):
        return
