"""Carrying out one job: the slow work first, outside any transaction, then one short transaction for its result."""

import logging
import os
import socket
import threading
import time
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from apps.core.errors import Refused
from apps.jobs import services
from apps.jobs.errors import Cancelled, CannotBeDone, Superseded, TryAgain
from apps.jobs.models import Job
from apps.jobs.registry import Kind, kind_of

logger = logging.getLogger(__name__)

TRANSIENT = (TryAgain, OperationalError, InterfaceError, ConnectionError, TimeoutError)
REPORT_EVERY_SECONDS = 0.5
OUR_FAULT = "Something went wrong on our side. Please tell an administrator this number: {id}."
GAVE_UP = "It failed {times} times, last because of: {reason}. Try again later, or tell an administrator."


class Run:
    """One attempt at a job, as its kind's functions see it."""

    def __init__(self, job: Job):
        self.job = job
        self._reported = 0.0

    @property
    def parameters(self) -> dict[str, Any]:
        return self.job.parameters

    def progress(self, share: float, message: str = "") -> None:
        """Say how far the work is, 0 to 1; written at most twice a second. Call it often: it is how a job is stopped.

        Raises:
            Cancelled: somebody cancelled the job; let it pass through.
        """
        if time.monotonic() - self._reported < REPORT_EVERY_SECONDS:
            return
        services.report(self.job, share, message, now=timezone.now())
        self._reported = time.monotonic()

    def cancelled(self) -> bool:
        """Whether somebody wants the work to stop; for work that has to clean up first."""
        return Job.objects.filter(pk=self.job.pk, cancel_requested_at__isnull=False).exists()


class Held:
    """The jobs this process works on now: the pulse renews their leases."""

    def __init__(self):
        self._jobs: dict[Any, Job] = {}
        self._lock = threading.Lock()

    def add(self, job: Job) -> None:
        with self._lock:
            self._jobs[job.pk] = job

    def drop(self, job: Job) -> None:
        with self._lock:
            self._jobs.pop(job.pk, None)

    def all(self) -> list[Job]:
        with self._lock:
            return list(self._jobs.values())


held = Held()


def worker_name() -> str:
    """This process, by a name no other live one has."""
    return f"{socket.gethostname()}:{os.getpid()}"


def carry_out(job_id) -> Job | None:
    """Take a job and see it to an end: done, failed, cancelled, or back in the queue.

    Returns None where there is nothing to do: it is done, another has it, or its time has not come.
    """
    job = services.take(job_id, worker=worker_name(), now=timezone.now())
    if job is None:
        return None
    held.add(job)
    try:
        return _attempt(job)
    except Superseded:
        logger.info("Attempt %s of job %s was superseded; its result is dropped.", job.attempt, job.pk)
        return None
    finally:
        held.drop(job)


def _attempt(job: Job) -> Job:
    try:
        kind = kind_of(job.kind)
        return _work(kind, Run(job))
    except Cancelled:
        return services.stop(job, now=timezone.now())
    except (CannotBeDone, Refused) as refusal:
        return services.fail(job, error=str(refusal), now=timezone.now())
    except Superseded:
        raise
    except Exception as error:
        return _after(error, job)


def _work(kind: Kind, run: Run) -> Job:
    found = kind.work(run)
    commit = (lambda: kind.commit(run, found)) if kind.commit else (lambda: found)
    return services.finish(run.job, now=timezone.now(), commit=commit)


def _after(error: Exception, job: Job) -> Job:
    logger.exception("Attempt %s of job %s (%s) failed.", job.attempt, job.pk, job.kind)
    if isinstance(error, TRANSIENT + _further_transient(job)):
        reason = str(error).rstrip(".") if isinstance(error, TryAgain) else "something it needs did not answer"
        return services.retry(job, error=GAVE_UP.format(times=job.attempt, reason=reason), now=timezone.now())
    return services.fail(job, error=OUR_FAULT.format(id=job.pk), now=timezone.now())


def _further_transient(job: Job) -> tuple[type[Exception], ...]:
    try:
        return kind_of(job.kind).transient
    except LookupError:
        return ()


def work_off() -> int:
    """Carry out every job whose turn has come, here and now; for commands and tests that have no worker."""
    done = 0
    while job := Job.objects.waiting(timezone.now()).order_by("created_at").first():
        carry_out(job.pk)
        done += 1
    return done
