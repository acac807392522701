"""The tables of background work: the row is the truth, the message that rings for it is only a bell."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from apps.core import scope
from apps.jobs import registry


class JobQuerySet(models.QuerySet):
    def waiting(self, now: datetime) -> "JobQuerySet":
        """Jobs whose turn has come, those whose worker is gone included."""
        return self.filter(
            Q(state__in=[Job.State.QUEUED, Job.State.RETRYING], run_after__lte=now)
            | Q(state=Job.State.RUNNING, lease_until__lt=now)
        )

    def live(self) -> "JobQuerySet":
        return self.filter(state__in=Job.LIVE)

    def visible_to(self, user) -> "JobQuerySet":
        """One's own jobs, and those about models and data one may see."""
        if user.sees_everything:
            return self
        return self.filter(Q(requested_by=user) | (~Q(root_reference="") & scope.by_reference(user)))


class Job(models.Model):
    """A piece of work somebody asked for.

    Not a governed row: nobody decides about a job. What a job does to governed rows is done by the acts in its kind's
    commit function, and those are in the ledger; so is who cancels one.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        RETRYING = "retrying", "Waiting to try again"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    LIVE: ClassVar[list[str]] = [State.QUEUED, State.RUNNING, State.RETRYING]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_reference = models.CharField(max_length=80, blank=True)
    root_reference = models.CharField(max_length=40, blank=True, db_index=True)
    parameters = models.JSONField(default=dict, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="jobs"
    )
    once = models.CharField(max_length=160, blank=True)

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    progress = models.FloatField(default=0.0)
    message = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True)

    attempt = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=3)
    worker = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    run_after = models.DateTimeField(default=timezone.now)
    ring_at = models.DateTimeField(default=timezone.now)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        permissions = [
            ("cancel_job", "Can cancel the jobs they asked for"),
            ("cancel_others_job", "Can cancel the jobs of others"),
        ]
        indexes = [
            models.Index(fields=["state", "ring_at"]),
            models.Index(fields=["subject_kind", "subject_reference"]),
        ]
        constraints = [
            models.CheckConstraint(name="progress_is_a_share", condition=Q(progress__gte=0, progress__lte=1)),
            models.CheckConstraint(
                name="a_running_job_has_a_lease",
                condition=~Q(state="running") | Q(lease_until__isnull=False, attempt__gte=1),
            ),
            models.CheckConstraint(
                name="an_ended_job_has_its_moment",
                condition=Q(state__in=["queued", "running", "retrying"], ended_at=None)
                | Q(state__in=["done", "failed", "cancelled"], ended_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_live_job_of_a_name",
                fields=["once"],
                condition=~Q(once="") & Q(state__in=["queued", "running", "retrying"]),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.id}"

    def get_absolute_url(self):
        return reverse("job", args=[self.id])

    @property
    def title(self) -> str:
        return registry.title_of(self.kind)

    @property
    def status(self) -> str:
        return self.get_state_display()

    @property
    def live(self) -> bool:
        return self.state in self.LIVE

    @property
    def ended(self) -> bool:
        return not self.live

    @property
    def failed(self) -> bool:
        return self.state == self.State.FAILED

    @property
    def percent(self) -> int | None:
        """For a progress bar; None while nothing is known, so that it shows movement without a measure."""
        return round(self.progress * 100) if self.progress else None

    @property
    def progress_url(self) -> str:
        return reverse("job-progress", args=[self.id])

    def awaits_a_worker(self, now: datetime) -> bool:
        if self.state == self.State.RUNNING:
            return self.lease_until < now
        return self.live and self.run_after <= now


@dataclass(frozen=True)
class Entered:
    """A job as the ledger names it: what `kind` is on the row is the kind of its work."""

    job: Job
    kind: ClassVar[str] = "job"
    SCOPE: ClassVar[str | None] = scope.BY_REFERENCE

    @property
    def pk(self) -> uuid.UUID:
        return self.job.pk

    @property
    def reference(self) -> str:
        return str(self.job.pk)

    @property
    def root_reference(self) -> str:
        return self.job.root_reference


class Message(models.Model):
    """A message of the embedded broker. Whoever takes it hides it until its lease ends, and renews while it works."""

    queue = models.CharField(max_length=120)
    tag = models.CharField(max_length=64, unique=True)
    payload = models.TextField()
    visible_at = models.DateTimeField(default=timezone.now)
    owner = models.CharField(max_length=160, blank=True)
    deliveries = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["queue", "visible_at", "id"])]

    def __str__(self):
        return f"{self.queue} {self.tag}"


class Heartbeat(models.Model):
    """That a process of ours was alive at a moment."""

    class Kind(models.TextChoices):
        WORKER = "worker", "Worker"
        BEAT = "beat", "Beat"

    name = models.CharField(max_length=120, primary_key=True)
    kind = models.CharField(max_length=10, choices=Kind)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self):
        return self.name


class Tick(models.Model):
    """When a periodic duty is due next. Whoever moves `due_at` on carries it out, so two beats never do it twice."""

    name = models.CharField(max_length=80, primary_key=True)
    due_at = models.DateTimeField()
    ran_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    def __str__(self):
        return self.name
