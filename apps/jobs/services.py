"""Every way a job changes: asked for, rung for, taken, reported on, ended. `attempt` fences: see `held`."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.audit.acts import tell
from apps.core.errors import IllegalTransition
from apps.core.governed import Change
from apps.jobs import events
from apps.jobs.errors import Cancelled, Superseded
from apps.jobs.models import Entered, Heartbeat, Job, Message
from apps.jobs.registry import kind_of

logger = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 10
LAST_RETRY_SECONDS = 600
RING_AGAIN = timedelta(seconds=5)
RING_AGAIN_AT_MOST = timedelta(seconds=60)


def lease() -> timedelta:
    """How long a worker may be silent before its job is given to another."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def enqueue(
    kind: str,
    *,
    now: datetime,
    requested_by: User | None = None,
    subject_kind: str = "",
    subject_reference: str = "",
    root_reference: str = "",
    once: str = "",
    run_after: datetime | None = None,
    **parameters: Any,
) -> Job:
    """Ask for work: the row is written in the caller's transaction, the bell rings when that commits.

    Args:
        once: while a job of this name is live, it is returned and no second one made.
        parameters: JSON values, given to the kind's work as `run.parameters`.
    Raises:
        LookupError: no room knows `kind`.
    """
    job = Job(
        kind=kind,
        subject_kind=subject_kind,
        subject_reference=subject_reference,
        root_reference=root_reference,
        parameters=parameters,
        requested_by=requested_by,
        once=once,
        max_attempts=kind_of(kind).max_attempts,
        created_at=now,
        run_after=run_after or now,
        ring_at=(run_after or now) + RING_AGAIN,
    )
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        twin = Job.objects.live().filter(once=once).first() if once else None
        if twin is None:
            raise
        return twin
    if run_after is None or run_after <= now:
        transaction.on_commit(partial(ring, job))
    return job


def ring(job: Job) -> None:
    """Tell a worker that there is work. A broker that can't be reached delays the job; it doesn't lose it."""
    try:
        current_app.send_task("jobs.run", args=[str(job.pk)], ignore_result=True, retry=False)
    except Exception:
        logger.warning("The broker can't be reached; job %s waits until beat rings again.", job.pk, exc_info=True)


def ring_again(now: datetime) -> int:
    """Ring for jobs nobody took or whose worker's lease ran out; each time after waiting about as long as before."""
    due = Job.objects.waiting(now).filter(ring_at__lte=now).order_by("ring_at")[:200]
    for job in due:
        pause = min(max(RING_AGAIN, now - max(job.run_after, job.created_at)), RING_AGAIN_AT_MOST)
        if Job.objects.filter(pk=job.pk, ring_at=job.ring_at).update(ring_at=now + pause):
            ring(job)
    return len(due)


def take(job_id, *, worker: str, now: datetime) -> Job | None:
    """Make `worker` the one that does this job; None where it isn't to be had (any more).

    A job whose workers keep dying is given up after its attempts; one cancelled meanwhile ends here.
    """
    with transaction.atomic():
        job = Job.objects.select_for_update(no_key=True).filter(pk=job_id).first()
        if job is None or not job.awaits_a_worker(now):
            return None
        if job.cancel_requested_at is not None:
            end(job, Job.State.CANCELLED, now=now)
            return None
        if job.attempt >= job.max_attempts:
            end(job, Job.State.FAILED, now=now, error=INTERRUPTED.format(times=job.attempt))
            return None
        job.state, job.attempt, job.worker = Job.State.RUNNING, job.attempt + 1, worker
        job.lease_until, job.ring_at = now + lease(), now + lease()
        job.started_at = job.started_at or now
        job.progress, job.message = 0.0, ""
        job.save()
        return job


INTERRUPTED = "The work was interrupted {times} times. Please tell an administrator, who finds the reason in the log."


def held(job: Job) -> Job:
    """The row, locked, where `job.attempt` is still the one that runs: the fence every result passes.

    Raises:
        Superseded: another attempt runs, or the job has ended.
    """
    row = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if (row.attempt, row.state) != (job.attempt, Job.State.RUNNING):
        raise Superseded(f"Attempt {job.attempt} of job {job.pk} has lost it.")
    return row


def renew(jobs: Iterable[Job], *, now: datetime) -> None:
    """Keep the leases of jobs that are being worked on."""
    for job in jobs:
        running = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)
        running.update(lease_until=now + lease())


def report(job: Job, progress: float, message: str, *, now: datetime) -> None:
    """Say how far the work is.

    Raises:
        Cancelled: somebody cancelled it.
        Superseded: another attempt runs, or the job has ended.
    """
    share = min(max(progress, 0.0), 1.0)
    mine = Job.objects.filter(pk=job.pk, attempt=job.attempt, state=Job.State.RUNNING)
    if not mine.update(progress=share, message=message[:200], lease_until=now + lease()):
        raise Superseded(f"Attempt {job.attempt} of job {job.pk} has lost it.")
    if mine.filter(cancel_requested_at__isnull=False).exists():
        raise Cancelled


def finish(job: Job, *, now: datetime, commit: Callable[[], Mapping[str, Any] | None] | None = None) -> Job:
    """End a job with its result; `commit` writes what it found in the same transaction, or nothing is written.

    Raises:
        Superseded: another attempt runs, or the job has ended.
        Cancelled: somebody cancelled it before it ended.
    """
    with transaction.atomic():
        row = held(job)
        if row.cancel_requested_at is not None:
            raise Cancelled
        row.result = dict((commit() if commit else None) or {})
        return end(row, Job.State.DONE, now=now)


def retry(job: Job, *, error: str, now: datetime) -> Job:
    """Put the job back for another try, each after a longer pause; give it up after its last."""
    with transaction.atomic():
        row = held(job)
        if row.cancel_requested_at is not None:
            return end(row, Job.State.CANCELLED, now=now)
        if row.attempt >= row.max_attempts:
            return end(row, Job.State.FAILED, error=error, now=now)
        row.state, row.error, row.worker, row.lease_until = Job.State.RETRYING, error, "", None
        row.run_after = row.ring_at = now + back_off(row.attempt)
        row.save()
        return row


def back_off(attempt: int) -> timedelta:
    """The pause after the given attempt (1, 2, …): 10 s, 40 s, 160 s, then 10 minutes."""
    return timedelta(seconds=min(FIRST_RETRY_SECONDS * 4 ** (attempt - 1), LAST_RETRY_SECONDS))


def fail(job: Job, *, error: str, now: datetime) -> Job:
    """Give the job up, with a sentence for the person who asked."""
    with transaction.atomic():
        return end(held(job), Job.State.FAILED, error=error, now=now)


def stop(job: Job, *, now: datetime) -> Job:
    """End a running job that was cancelled, once its work has let go."""
    with transaction.atomic():
        return end(held(job), Job.State.CANCELLED, now=now)


def cancel(*, actor: User, job: Job, now: datetime) -> Job:
    """Ask for a job to stop: at once where nobody works on it, else as soon as its worker looks up.

    Args:
        actor: who asked for it, or someone who may cancel the jobs of others.
    Raises:
        PermissionDenied: `actor` is neither.
        IllegalTransition: it has already ended.
    """
    if not may_cancel(actor, job):
        raise PermissionDenied("Only the person who asked for a job, or an administrator, may cancel it.")
    with transaction.atomic():
        row = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if not row.live:
            raise IllegalTransition(f"This job is {row.get_state_display().lower()}, so it can't be cancelled now.")
        if row.cancel_requested_at is None:
            with tell(events.JOB_CANCELLED, actor=actor, subject=Entered(row), now=now) as changes:
                changes.append(Change(Entered(row), {"cancel_requested_at": None}, {"cancel_requested_at": now}))
        return _stop_soon(row, now)


def may_cancel(actor: User, job: Job) -> bool:
    """Whether `actor` may cancel `job`, as who asked for it or as who may cancel the jobs of others."""
    mine = job.requested_by_id == actor.pk or actor.has_perm("jobs.cancel_others_job")
    return mine and actor.may(str(events.JOB_CANCELLED.permission), Entered(job))


def call_off(job_id, *, now: datetime) -> None:
    """Stop a job whose result nobody waits for any more, as a consequence of somebody's act; ended ones stay."""
    with transaction.atomic():
        row = Job.objects.select_for_update(no_key=True).filter(pk=job_id).first()
        if row is not None and row.live:
            _stop_soon(row, now)


def _stop_soon(row: Job, now: datetime) -> Job:
    row.cancel_requested_at = row.cancel_requested_at or now
    if row.state != Job.State.RUNNING:
        return end(row, Job.State.CANCELLED, now=now)
    row.message = "Stopping"
    row.save(update_fields=["cancel_requested_at", "message"])
    return row


def end(row: Job, state: str, *, now: datetime, error: str = "") -> Job:
    """Write the last state of a locked row, and let its kind draw the consequence of giving up."""
    row.state, row.error, row.ended_at = state, error, now
    row.lease_until, row.message, row.worker = None, "", ""
    if state == Job.State.DONE:
        row.progress = 1.0
    row.save()
    if state != Job.State.DONE:
        _give_up(row)
    return row


def _give_up(row: Job) -> None:
    try:
        consequence = kind_of(row.kind).failed
        if consequence is not None:
            with transaction.atomic():
                consequence(row)
    except Exception:  # the job has ended all the same; a consequence that fails must not bring it back
        logger.exception("What should follow from the end of job %s failed.", row.pk)


def release(worker: str, *, now: datetime) -> int:
    """Give back what a worker held that is known to be dead, so that nobody waits for its lease."""
    Message.objects.filter(Q(owner=worker) | Q(owner__startswith=f"{worker}:")).update(owner="", visible_at=now)
    Heartbeat.objects.filter(name=worker).delete()
    held_by_it = Job.objects.filter(state=Job.State.RUNNING, worker=worker)
    return held_by_it.update(lease_until=now - timedelta(microseconds=1), ring_at=now)


def seen(name: str, kind: str, *, now: datetime) -> None:
    """Note that a process of ours lives."""
    if not Heartbeat.objects.filter(name=name).update(seen_at=now):
        Heartbeat.objects.create(name=name, kind=kind, started_at=now, seen_at=now)
    Heartbeat.objects.filter(kind=kind, seen_at__lt=now - timedelta(hours=1)).delete()
