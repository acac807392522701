"""The job of a step: the slow part first, then one short transaction that writes it and lets the run get on."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from apps.datasets.models import DatasetVersion
from apps.jobs.errors import CannotBeDone
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.pipelines.logs import Book
from apps.pipelines.models import StepRun, StepTry
from apps.pipelines.services import advancing
from apps.pipelines.services.starting import written_by
from apps.pipelines.steps import Context, Fails, Waits, doing

GONE = "Nobody waits for this step any more: its run was cancelled or has ended."
UNCHANGED = "Nothing has changed since {run}, so what it gave is taken."
Status = advancing.Status
State = advancing.State


@dataclass(frozen=True)
class Found:
    """What the slow part found, or the earlier try whose outputs are taken."""

    context: Context
    fingerprint: str
    found: Any = None
    earlier: StepTry | None = None


def work(run: Run) -> Found:
    """Carry a step out, up to where something is written."""
    step = _step(run.job)
    if not advancing.begun(step, run.job.pk, timezone.now()):
        raise CannotBeDone(GONE)
    step.refresh_from_db(fields=["state", "started_at", "deadline"])
    context = Context(step, run, Book(step, run.job.pk, run.job.attempt))
    try:
        return _done(context)
    except PermissionDenied as refusal:
        raise _refused(context, refusal) from refusal
    finally:
        context.book.close()


def commit(run: Run, found: Found) -> dict[str, Any]:
    """Write what was found and let the run get on, in the transaction that ends the job."""
    context = found.context
    step = _locked(context.step, run.job.pk)
    now = timezone.now()
    if found.earlier is not None:
        advancing.taken(step, found.earlier, now)
        advancing.advance(step.run, now)
        return {"run": step.run.reference, "step": step.name, "reused": True}
    context.step = step
    try:
        with written_by(step.run):
            outputs = doing(step.kind).commit(context, found.found)
    except PermissionDenied as refusal:
        raise _refused(context, refusal) from refusal
    if isinstance(outputs, Fails):
        advancing.failed(step, outputs.sentence, now, for_good=True)
        advancing.advance(step.run, now)
    elif isinstance(outputs, Waits):
        inputs, fingerprint = context.inputs, found.fingerprint
        advancing.waits(step, outputs.reference, inputs=inputs, fingerprint=fingerprint)
    else:
        _keep(step, outputs, found, now)
    return {"run": step.run.reference, "step": step.name}


def failed(job: Job) -> None:
    """The job gave up or was cancelled: the step is tried again, or has failed, and the run with it."""
    step = _step(job)
    run = advancing.locked(step.run)
    step = StepRun.objects.get(pk=step.pk)
    step.run = run
    if step.job != job.pk or not step.live:
        return
    now, stopped = timezone.now(), job.state == Job.State.CANCELLED
    advancing.failed(step, job.error or "Somebody cancelled its job.", now, for_good=stopped)
    advancing.advance(run, now)


def _done(context: Context) -> Found:
    kind, said = doing(context.step.kind), context.said
    fingerprint = context.fingerprint(kind.revision, kind.identity(context))
    earlier = _earlier(context, fingerprint) if said.REUSABLE and said.reuse and not context.run.fresh else None
    if earlier is not None:
        context.say(UNCHANGED.format(run=earlier.step.run.reference))
        return Found(context, fingerprint, earlier=earlier)
    return Found(context, fingerprint, kind.work(context))


def _earlier(context: Context, fingerprint: str) -> StepTry | None:
    """An earlier try that did the same and whose outputs are still there."""
    found = advancing.latest_of(context.pipeline, fingerprint)
    if found is None or not _tables_are_kept(context, found):
        return None
    return found if doing(context.step.kind).still_there(context, found.outputs) else None


def _tables_are_kept(context: Context, earlier: StepTry) -> bool:
    tables = {given["reference"] for given in earlier.outputs.values() if given["kind"] == "table"}
    return DatasetVersion.objects.kept().filter(reference__in=tables).count() == len(tables)


def _keep(step: StepRun, outputs: dict[str, Any], found: Found, now: Any) -> None:
    context = found.context
    engine = {**context.engine, "seconds": round(context.seconds, 3)}
    advancing.done(
        step, outputs=outputs, inputs=dict(context.inputs), fingerprint=found.fingerprint, engine=engine, now=now
    )
    advancing.advance(step.run, now)


def _locked(step: StepRun, job: Any) -> StepRun:
    """The step as it is now, its run locked.

    Raises:
        CannotBeDone: nobody waits for it any more.
    """
    run = advancing.locked(step.run)
    now = StepRun.objects.get(pk=step.pk)
    now.run = run
    if now.job != job or run.status != Status.RUNNING or not now.live:
        raise CannotBeDone(GONE)
    return now


def _step(job: Job) -> StepRun:
    rows = StepRun.objects.select_related(
        "run__version", "run__pipeline__model__business_unit", "run__pipeline__owner", "run__requested_by"
    )
    return rows.get(pk=job.parameters["step"])


def _refused(context: Context, refusal: PermissionDenied) -> CannotBeDone:
    owner = context.pipeline.owner
    return CannotBeDone(f"It acts as {owner}, its owner, who may not do this. {refusal}")
