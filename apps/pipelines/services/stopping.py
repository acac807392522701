"""Stopping a run, and going on with one that stopped."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.errors import RuleViolated
from apps.evaluations.models import Evaluation
from apps.evaluations.services import abandon
from apps.jobs.models import Job
from apps.jobs.services import call_off
from apps.pipelines import events
from apps.pipelines.models import Pipeline, PipelineRun, StepRun
from apps.pipelines.services.advancing import begin_waiting, leave_out

Status = PipelineRun.Status
State = StepRun.State


def cancel_run(
    *, actor: User, run: PipelineRun, now: datetime, note: str = "", revision: int | None = None
) -> PipelineRun:
    """End a run that waits or goes on: its steps stop as soon as their workers look up. What is done stays.

    Raises:
        IllegalTransition: it has ended.
    """
    with transaction.atomic():
        waiting_for = _lock_jobs(run)
        with act(
            events.RUN_CANCELLED, actor=actor, subject=run, now=now, note=note, expected_revision=revision
        ) as run:
            run.move_to(Status.CANCELLED)
            run.ended_at, run.error = now, "Somebody cancelled it."
            run.save()
        live = list(run.steps.filter(state__in=StepRun.LIVE))
        run.steps.filter(state__in=StepRun.LIVE).update(state=State.CANCELLED, ended_at=now, waits_for="")
        leave_out(run, now)
        for step in live:
            if step.job:
                call_off(step.job, now=now)
        for evaluation in waiting_for:
            reason = f"{run.reference} was cancelled."
            abandon(evaluation=evaluation, reason=reason, now=now, cause=events.RUN_CANCELLED.verb)
        begin_waiting(run.pipeline, now)
    return run


def retry_run(
    *, actor: User, run: PipelineRun, now: datetime, note: str = "", revision: int | None = None
) -> PipelineRun:
    """Go on with a run that failed or was cancelled, from the steps that were not done.

    Raises:
        IllegalTransition: it hasn't ended, or is done.
        RuleViolated: the pipeline is paused or has ended.
    """
    with transaction.atomic():
        with act(events.RUN_RETRIED, actor=actor, subject=run, now=now, note=note, expected_revision=revision) as run:
            run.move_to(Status.QUEUED)
            if run.pipeline.status != Pipeline.Status.ACTIVE:
                state = run.pipeline.get_status_display().lower()
                raise RuleViolated(f"{run.pipeline.reference} is {state}, so nothing starts it.")
            run.ended_at, run.error = None, ""
            run.save()
        again = (State.FAILED, State.CANCELLED, State.NOT_RUN)
        run.steps.filter(state__in=again).update(state=State.WAITING, ended_at=None, failures=0, error="", job=None)
        begin_waiting(run.pipeline, now)
    run.refresh_from_db()
    return run


def _lock_jobs(run: PipelineRun) -> list[Evaluation]:
    """Lock the jobs of what goes on, as a worker does, before anything else; the evaluations that are waited for."""
    live = run.steps.filter(state__in=StepRun.LIVE)
    evaluations = list(
        Evaluation.objects.filter(
            reference__in=live.exclude(waits_for="").values("waits_for"), status=Evaluation.Status.RUNNING
        )
    )
    jobs = [*live.values_list("job", flat=True), *(evaluation.job for evaluation in evaluations)]
    list(Job.objects.select_for_update(no_key=True).filter(pk__in=[job for job in jobs if job]).order_by("pk"))
    return evaluations
