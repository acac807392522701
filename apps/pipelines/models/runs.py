"""Runs, their steps, what each try of a step did, and what it printed."""

from __future__ import annotations

import uuid
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.core import scope
from apps.core.events import Step as Arrow
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.datasets.models import Dataset
from apps.files.models import Blob
from apps.pipelines import events
from apps.pipelines.format import Definition, Step
from apps.pipelines.models.definitions import Pipeline, PipelineVersion

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class PipelineRun(Governed):
    """A published version carried out once: by what it was started, how it ended, what came out.

    Attributes:
        started_by, started_key: which trigger, and what it named; a trigger's key starts one run of a pipeline, ever.
        parameters: the version's, with those that whoever asked said otherwise.
        fresh: nothing is taken from earlier runs.
        parent, generation: the run whose output started this one, and how many such there are before it.
        manifest: {step: {fingerprint, reused, inputs, outputs}}, frozen when the run ended; `manifest_digest` is of
            its canonical JSON.
        candidate, verdict: the version that came out, and what the policy said of it.
    """

    PREFIX = "PLR"
    SCOPE = "pipeline__model"
    CARD = "pipelines/_run.html"

    class Status(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Trigger(models.TextChoices):
        PERSON = "person", "A person"
        PROGRAM = "program", "A program"
        NEW_DATA = "new_data", "New data"
        ALERT = "alert", "An alert"
        CALENDAR = "calendar", "The calendar"

    TRANSITIONS: ClassVar[Any] = {
        (Status.QUEUED, Status.RUNNING): Arrow(events.RUN_BEGUN),
        (Status.QUEUED, Status.CANCELLED): Arrow(events.RUN_CANCELLED),
        (Status.RUNNING, Status.DONE): Arrow(events.RUN_COMPLETED),
        (Status.RUNNING, Status.FAILED): Arrow(events.RUN_FAILED),
        (Status.RUNNING, Status.CANCELLED): Arrow(events.RUN_CANCELLED),
        (Status.FAILED, Status.QUEUED): Arrow(events.RUN_RETRIED),
        (Status.CANCELLED, Status.QUEUED): Arrow(events.RUN_RETRIED),
    }
    LIVE: ClassVar[list[str]] = [Status.QUEUED, Status.RUNNING]

    reference = models.CharField(max_length=20, unique=True)
    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="runs")
    version = models.ForeignKey(PipelineVersion, on_delete=models.PROTECT, related_name="runs")
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED, db_index=True)
    started_by = models.CharField(max_length=10, choices=Trigger)
    started_key = models.CharField(max_length=120, blank=True)
    parameters = models.JSONField(default=dict)
    fresh = models.BooleanField(default=False)
    requested_by = models.ForeignKey(**PERSON)
    requested_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    generation = models.PositiveSmallIntegerField(default=0)
    manifest = models.JSONField(default=dict)
    manifest_digest = models.CharField(max_length=64, blank=True)
    candidate = models.CharField(max_length=80, blank=True)
    verdict = models.CharField(max_length=20, blank=True)

    class Meta(Governed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "started_key"], condition=~Q(started_key=""), name="a_trigger_starts_one_run"
            ),
            models.CheckConstraint(
                name="an_ended_run_has_its_moment",
                condition=Q(status__in=["queued", "running"], ended_at=None)
                | Q(status__in=["done", "failed", "cancelled"], ended_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["pipeline", "status"], name="runs_of_a_pipeline")]

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("pipeline-run", args=[self.reference])

    @property
    def live(self) -> bool:
        return self.status in self.LIVE

    @property
    def definition(self) -> Definition:
        return self.version.definition


class StepRunQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> StepRunQuerySet:
        rows: StepRunQuerySet = scope.visible(self, user)
        return rows


class StepRun(models.Model):
    """How far one step of a run is.

    Not governed, as nobody decides about it: what its tries did is evidence, and the run's end names it by digest.

    Attributes:
        tries: how often it was begun, over all of the run's retries.
        job: the job of the try that is under way, or of the last one.
        waits_for: the reference of what has to end before it does: an evaluation.
        result: the try whose outputs are this step's; of an earlier run where `reused`.
    """

    SCOPE: ClassVar[str] = "run__pipeline__model"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for others"
        QUEUED = "queued", "Waits for a worker"
        RUNNING = "running", "Running"
        RETRYING = "retrying", "Waits to try again"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        NOT_RUN = "not_run", "Not run"

    LIVE: ClassVar[list[str]] = [State.QUEUED, State.RUNNING, State.RETRYING]

    run = models.ForeignKey(PipelineRun, on_delete=models.PROTECT, related_name="steps")
    place = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)  # since the run was last begun
    job = models.UUIDField(null=True)
    waits_for = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    deadline = models.DateTimeField(null=True)
    noted = models.JSONField(default=dict)  # what belongs to the result of a step that waits: fingerprint, inputs
    error = models.TextField(blank=True)
    result = models.ForeignKey("StepTry", null=True, on_delete=models.PROTECT, related_name="+")
    reused = models.BooleanField(default=False)

    objects = StepRunQuerySet.as_manager()

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name"], name="one_step_a_name_of_a_run"),
            models.CheckConstraint(
                name="a_done_step_has_its_result", condition=~Q(state="done") | Q(result__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.run_id}"

    @property
    def live(self) -> bool:
        return self.state in self.LIVE

    @cached_property
    def said(self) -> Step:
        """The step as it is written."""
        return self.run.definition.step(self.name)


class StepTry(Evidence):
    """One try of a step that has ended: what it took and gave, by digest, and how it went.

    Attributes:
        fingerprint: sha256 over what the step says, its inputs' digests, its code and its environment; an equal one
            means equal outputs, where the kind of step is reusable.
        inputs, outputs: {name: {kind, digest, reference?, rows?, columns?, …}}.
        engine: the environment, the walls that stood, seconds; who ran it where that was outside.
    """

    SCOPE: ClassVar[str] = "step__run__pipeline__model"

    class Outcome(models.TextChoices):
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    step = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="past")
    number = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome)
    error = models.TextField(blank=True)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    inputs = models.JSONField(default=dict)
    outputs = models.JSONField(default=dict)
    engine = models.JSONField(default=dict)
    job = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField()

    class Meta(Evidence.Meta):
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["step", "number"], name="one_end_a_try")]

    def __str__(self) -> str:
        return f"Try {self.number} of {self.step_id}: {self.outcome}"


class StepFile(Evidence):
    """A file that a try left: a model, metrics, whatever its script was to write."""

    SCOPE: ClassVar[str] = "result__step__run__pipeline__model"

    result = models.ForeignKey(StepTry, on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=100)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta(Evidence.Meta):
        constraints = [models.UniqueConstraint(fields=["result", "name"], name="one_file_a_name_of_a_try")]

    def __str__(self) -> str:
        return self.name


class LogLine(Evidence):
    """A line that a step printed, or that was said about it, in the order in which it came."""

    SCOPE: ClassVar[str] = "step__run__pipeline__model"

    id = models.BigAutoField(primary_key=True)
    step = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="lines")
    job = models.UUIDField(default=uuid.uuid4)  # whose attempt said it
    attempt = models.PositiveSmallIntegerField(default=1)
    at = models.DateTimeField()
    text = models.TextField()

    class Meta(Evidence.Meta):
        ordering = ["pk"]
        indexes = [models.Index(fields=["step", "id"], name="lines_of_a_step")]

    def __str__(self) -> str:
        return self.text[:80]


class KeptDataset(Evidence):
    """The dataset that the tables of one output of a pipeline's step go to, where its text names none."""

    SCOPE: ClassVar[str] = "pipeline__model"

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="kept_datasets")
    output = models.CharField(max_length=81)  # "split.train"
    dataset = models.OneToOneField(Dataset, on_delete=models.PROTECT, related_name="kept_for_a_pipeline")

    class Meta(Evidence.Meta):
        constraints = [models.UniqueConstraint(fields=["pipeline", "output"], name="one_dataset_an_output")]

    def __str__(self) -> str:
        return self.output


class Appointment(models.Model):
    """When the calendar comes to a pipeline next. Whoever moves it on starts the run, so two beats start one."""

    pipeline = models.OneToOneField(Pipeline, primary_key=True, on_delete=models.PROTECT, related_name="appointment")
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.pipeline_id} at {self.due_at}"
