"""How a run gets on: its turn, its steps given to workers, each one's end, its own end.

Locks are taken in one order everywhere: a job, its run, the pipeline, another run of it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.core.consequences import carry
from apps.jobs.services import enqueue
from apps.pipelines import events
from apps.pipelines.format import needs_of
from apps.pipelines.logs import clean
from apps.pipelines.models import LogLine, Pipeline, PipelineRun, StepFile, StepRun, StepTry

JOB = "pipelines.step"
Status = PipelineRun.Status
State = StepRun.State


def begin_waiting(pipeline: Pipeline, now: datetime) -> list[PipelineRun]:
    """Begin the queued runs whose turn has come, the oldest first, as many as may go on at once."""
    with transaction.atomic():
        pipeline = lock(pipeline)
        if pipeline.status != Pipeline.Status.ACTIVE:
            return []
        begun = []
        for run in pipeline.runs.filter(status=Status.QUEUED).select_related("version").order_by("pk"):
            going = pipeline.runs.filter(status=Status.RUNNING).count()
            if going >= _in_force(pipeline, run).concurrency.runs:
                break
            begun.append(_begin(run, now))
        return begun


def advance(run: PipelineRun, now: datetime) -> None:
    """Give workers the steps whose turn has come, or end the run where there is nothing more to do.

    Call it with the run locked.
    """
    steps = list(run.steps.all())
    if any(step.state == State.FAILED for step in steps):
        if not any(step.live for step in steps):
            _fail(run, steps, now)
        return
    if all(step.state == State.DONE for step in steps):
        _complete(run, now)
        return
    room = run.definition.concurrency.steps - sum(step.live for step in steps)
    for step in _ready(run, steps)[: max(room, 0)]:
        give(step, now)


def give(step: StepRun, now: datetime, after_seconds: float = 0) -> None:
    """Ask a worker to try a step, now or after a pause."""
    run = step.run
    job = enqueue(
        JOB,
        now=now,
        requested_by=run.requested_by if run.requested_by.is_person else None,
        subject_kind=run.kind,
        subject_reference=run.reference,
        root_reference=run.pipeline.model.reference,
        run_after=now + timedelta(seconds=after_seconds) if after_seconds else None,
        step=step.pk,
    )
    step.job, step.tries = job.pk, step.tries + 1
    step.state = State.RETRYING if step.failures else State.QUEUED
    step.started_at = step.ended_at = step.deadline = None
    step.waits_for = ""
    step.save()


def begun(step: StepRun, job: Any, now: datetime) -> bool:
    """Note that a worker has begun a step. False where nobody waits for that any more."""
    deadline = now + timedelta(seconds=step.said.timeout_seconds)
    mine = StepRun.objects.filter(pk=step.pk, job=job, state__in=StepRun.LIVE, run__status=Status.RUNNING)
    return bool(mine.update(state=State.RUNNING, started_at=now, deadline=deadline, error=""))


def done(
    step: StepRun,
    *,
    outputs: Mapping[str, Any],
    inputs: Mapping[str, Any],
    fingerprint: str,
    engine: Mapping[str, Any],
    now: datetime,
) -> StepRun:
    """A step gave its outputs. Call it with the run locked, in the transaction that ends the step's job."""
    step.result = _tried(
        step, StepTry.Outcome.DONE, now, outputs=outputs, inputs=inputs, fingerprint=fingerprint, engine=engine
    )
    StepFile.objects.bulk_create(_files(step.result))
    return _ended(step, State.DONE, now)


def taken(step: StepRun, earlier: StepTry, now: datetime) -> StepRun:
    """Nothing has changed since an earlier try: its outputs are this step's. Call it with the run locked."""
    step.result, step.reused = earlier, True
    return _ended(step, State.DONE, now)


def waits(step: StepRun, reference: str, *, inputs: Mapping[str, Any], fingerprint: str) -> StepRun:
    """A step goes on until what `reference` names has ended."""
    step.waits_for = reference
    step.noted = {"inputs": dict(inputs), "fingerprint": fingerprint}
    step.save()
    return step


def failed(step: StepRun, error: str, now: datetime, *, for_good: bool = False) -> None:
    """A try of a step came to nothing: it is tried again, or it has failed. Call it with the run locked."""
    _tried(step, StepTry.Outcome.FAILED, now, error=error)
    step.error, step.failures = error, step.failures + 1
    LogLine.objects.create(step=step, job=step.job, at=now, text=clean(error))
    retry = step.said.retry
    if not for_good and step.failures <= retry.times and step.run.status == Status.RUNNING:
        give(step, now, after_seconds=retry.pause(step.failures))
        return
    _ended(step, State.FAILED, now)


def latest_of(pipeline: Pipeline, fingerprint: str) -> StepTry | None:
    """The newest try of this pipeline that did the same, of whichever run."""
    same = StepTry.objects.filter(fingerprint=fingerprint, outcome=StepTry.Outcome.DONE, step__run__pipeline=pipeline)
    found: StepTry | None = same.order_by("-pk").first()
    return found


def locked(run: PipelineRun) -> PipelineRun:
    """The run as it is now, locked, with what its steps need."""
    rows: Any = PipelineRun.objects.select_for_update(no_key=True, of=("self",))
    found: PipelineRun = rows.select_related("version", "pipeline__model", "pipeline__owner", "requested_by").get(
        pk=run.pk
    )
    return found


def manifest_of(run: PipelineRun) -> dict[str, Any]:
    """What each step took and gave, by digest."""
    return {
        step.name: {
            "fingerprint": step.result.fingerprint,
            "reused": step.reused,
            "inputs": step.result.inputs,
            "outputs": step.result.outputs,
        }
        for step in run.steps.select_related("result")
        if step.result is not None
    }


def _begin(run: PipelineRun, now: datetime) -> PipelineRun:
    cause = events.RUN_REQUESTED.verb
    with act(events.RUN_BEGUN, actor=User.objects.system(), subject=run, now=now, cause=cause) as run:
        run.move_to(Status.RUNNING)
        run.begun_at = run.begun_at or now
        run.save()
    advance(run, now)
    return run


def _in_force(pipeline: Pipeline, run: PipelineRun) -> Any:
    """How much may go on at once is what the version in force says, or the run's own where none is."""
    version = pipeline.in_force()
    return (version or run.version).definition


def _ready(run: PipelineRun, steps: list[StepRun]) -> list[StepRun]:
    finished = {step.name for step in steps if step.state == State.DONE}
    for step in steps:
        step.run = run
    return [step for step in steps if step.state == State.WAITING and needs_of(run.definition, step.said) <= finished]


def _complete(run: PipelineRun, now: datetime) -> None:
    with _ending(events.RUN_COMPLETED, run, now) as ending:
        ending.move_to(Status.DONE)
        _freeze(ending, now)
    _next(ending, now)


def _fail(run: PipelineRun, steps: list[StepRun], now: datetime) -> None:
    broken = [step for step in steps if step.state == State.FAILED]
    with _ending(events.RUN_FAILED, run, now) as ending:
        ending.move_to(Status.FAILED)
        ending.error = " ".join(f"{step.name}: {step.error}" for step in broken)
        _freeze(ending, now)
    leave_out(run, now)
    _next(ending, now)


def leave_out(run: PipelineRun, now: datetime) -> None:
    """Mark the steps whose turn never came."""
    run.steps.filter(state=State.WAITING).update(state=State.NOT_RUN, ended_at=now)


def _ending(event: Any, run: PipelineRun, now: datetime) -> Any:
    return act(event, actor=User.objects.system(), subject=run, now=now, cause=events.RUN_BEGUN.verb)


def _freeze(run: PipelineRun, now: datetime) -> None:
    run.ended_at = now
    run.manifest = manifest_of(run)
    run.manifest_digest = digest(run.manifest)
    for outputs in (entry["outputs"] for entry in run.manifest.values()):
        for output in outputs.values():
            if output["kind"] == "version":
                run.candidate = output["reference"]
            if output["kind"] == "evaluation":
                run.verdict = output["outcome"]
    run.save()


def _next(run: PipelineRun, now: datetime) -> None:
    event = events.RUN_COMPLETED if run.status == Status.DONE else events.RUN_FAILED
    carry(event, run, actor=User.objects.system(), now=now)
    begin_waiting(run.pipeline, now)


def _tried(step: StepRun, outcome: str, now: datetime, error: str = "", **found: Any) -> StepTry:
    return StepTry.objects.create(
        step=step,
        number=step.tries,
        outcome=outcome,
        error=error,
        job=step.job,
        started_at=step.started_at,
        ended_at=now,
        **found,
    )


def _files(result: StepTry) -> list[StepFile]:
    """The files among a try's outputs, held so that nothing takes their bytes away."""
    found = {}
    for name, output in result.outputs.items():
        if output["kind"] in ("file", "model") and output.get("digest"):
            found[name] = output["digest"]
        if output.get("original"):
            found[f"{name}_original"] = output["original"]
    return [StepFile(result=result, name=name, blob_id=blob) for name, blob in found.items()]


def _ended(step: StepRun, state: str, now: datetime) -> StepRun:
    step.state, step.ended_at, step.waits_for = state, now, ""
    step.save()
    return step
