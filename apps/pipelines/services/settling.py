"""What steps wait for has ended; and what nobody told us of is looked after."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.evaluations.models import Evaluation
from apps.evaluations.services import abandon
from apps.jobs.models import Job
from apps.pipelines import events
from apps.pipelines.models import Pipeline, PipelineRun, StepRun
from apps.pipelines.services import advancing
from apps.pipelines.steps.evaluating import output_of

State = StepRun.State
Status = PipelineRun.Status
LOST = "Its job ended without a word, so it is not known what became of it."
TOO_LONG = "It was stopped: what it waited for took longer than {seconds:,} seconds."


def follow_evaluation(evaluation: Evaluation, *, actor: Any, now: datetime, cause: str) -> None:
    """An evaluation ended: the steps that waited for it are done, or have failed."""
    for step in StepRun.objects.filter(waits_for=evaluation.reference).select_related("run"):
        settle(step, evaluation, now)


def settle(step: StepRun, evaluation: Evaluation, now: datetime) -> None:
    """End a step with what was found of the candidate."""
    with transaction.atomic():
        step = _still_waiting(step)
        if step is None:
            return
        error = _why_not(step, evaluation)
        if error:
            advancing.failed(step, error, now, for_good=evaluation.status == Evaluation.Status.DONE)
        else:
            outputs = {"evaluation": output_of(evaluation)}
            advancing.done(step, outputs=outputs, engine={"evaluation": evaluation.engine}, now=now, **step.noted)
        advancing.advance(step.run, now)


def look_after(now: datetime) -> None:
    """See to steps that nobody will speak of any more, and to runs whose turn has come. Comes round."""
    going = StepRun.objects.filter(run__status=Status.RUNNING)
    for step in going.filter(state__in=StepRun.LIVE).select_related("run"):
        _look_after(step, now)
    for pipeline in Pipeline.objects.filter(runs__status=Status.QUEUED, status=Pipeline.Status.ACTIVE).distinct():
        advancing.begin_waiting(pipeline, now)


def _look_after(step: StepRun, now: datetime) -> None:
    if step.waits_for:
        evaluation = Evaluation.objects.get(reference=step.waits_for)
        if evaluation.status != Evaluation.Status.RUNNING:
            settle(step, evaluation, now)
        elif step.deadline and step.deadline < now:
            _give_up(step, evaluation, now)
    elif not Job.objects.live().filter(pk=step.job).exists():
        _lost(step, now)


def _give_up(step: StepRun, evaluation: Evaluation, now: datetime) -> None:
    """It took too long: nobody waits for the evaluation any more, and the step fails by that."""
    with transaction.atomic():
        list(Job.objects.select_for_update(no_key=True).filter(pk=evaluation.job))
        reason = TOO_LONG.format(seconds=step.said.timeout_seconds)
        abandon(evaluation=evaluation, reason=reason, now=now, cause=events.RUN_BEGUN.verb)


def _lost(step: StepRun, now: datetime) -> None:
    """Its job has ended, and what should have followed didn't."""
    with transaction.atomic():
        run = advancing.locked(step.run)
        step = StepRun.objects.get(pk=step.pk)
        step.run = run
        if step.live and run.status == Status.RUNNING and not Job.objects.live().filter(pk=step.job).exists():
            said = Job.objects.filter(pk=step.job).values_list("error", flat=True).first()
            advancing.failed(step, said or LOST, now)
            advancing.advance(run, now)


def _still_waiting(step: StepRun) -> StepRun | None:
    run = advancing.locked(step.run)
    found: StepRun = StepRun.objects.get(pk=step.pk)
    found.run = run
    waits = found.waits_for and found.state == State.RUNNING and run.status == Status.RUNNING
    return found if waits else None


def _why_not(step: StepRun, evaluation: Evaluation) -> str:
    if evaluation.status != Evaluation.Status.DONE:
        return f"{evaluation.reference} came to nothing: {evaluation.error}"
    outcome = evaluation.verdict.outcome
    if outcome in step.said.stop_on:
        said = evaluation.verdict.get_outcome_display().lower()
        return f"The policy's verdict on {evaluation.version.reference} is {said}, and the pipeline stops on that."
    return ""
