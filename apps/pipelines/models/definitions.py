"""Pipelines, what they say in versions, and the files that they name by digest."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.accounts.models import User
from apps.core.events import Step
from apps.core.governed import Governed
from apps.files.models import Blob
from apps.inventory.models import Model
from apps.pipelines import events
from apps.pipelines.format import Definition

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Pipeline(Governed):
    """A way from data to candidates of one model, under a name, in versions.

    Its steps act as its owner, who counts as a developer of what it makes.
    """

    PREFIX = "PL"
    SCOPE = "model"
    CARD = "pipelines/_pipeline.html"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    TRANSITIONS: ClassVar[Any] = {
        (Status.ACTIVE, Status.PAUSED): Step(events.PIPELINE_PAUSED),
        (Status.PAUSED, Status.ACTIVE): Step(events.PIPELINE_RESUMED),
        (Status.ACTIVE, Status.ENDED): Step(events.PIPELINE_ENDED),
        (Status.PAUSED, Status.ENDED): Step(events.PIPELINE_ENDED),
    }

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="pipelines")
    owner = models.ForeignKey(**PERSON)
    status = models.CharField(max_length=8, choices=Status, default=Status.ACTIVE)
    created_by = models.ForeignKey(**PERSON)
    created_at = models.DateTimeField()

    class Meta(Governed.Meta):
        permissions = [("pause_pipeline", "Can pause and resume a pipeline")]
        constraints = [
            models.UniqueConstraint(fields=["model", "name"], name="one_pipeline_a_name_of_a_model"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("pipeline", args=[self.reference])

    def in_force(self) -> PipelineVersion | None:
        """The version that runs are made of; None before the first is published."""
        return self.versions.filter(status=PipelineVersion.Status.PUBLISHED).first()


class PipelineVersion(Governed):
    """One text of a pipeline. It runs once somebody else has published it, and never changes from then on."""

    SCOPE = "pipeline__model"
    CARD = "pipelines/_version.html"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    TRANSITIONS: ClassVar[Any] = {
        (Status.DRAFT, Status.DRAFT): Step(events.DRAFT_EDITED),
        (Status.DRAFT, Status.WITHDRAWN): Step(events.DRAFT_WITHDRAWN),
        (Status.DRAFT, Status.PUBLISHED): Step(events.VERSION_PUBLISHED, barred=("author",)),
        (Status.PUBLISHED, Status.SUPERSEDED): Step(events.VERSION_SUPERSEDED),
    }

    pipeline = models.ForeignKey(Pipeline, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=30, unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    text = models.TextField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)  # sha256 of the document's canonical JSON, every default written out
    note = models.TextField(blank=True)
    author = models.ForeignKey(**PERSON)
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(null=True, **PERSON)
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        ordering = ["pipeline", "-number"]
        permissions = [("publish_pipelineversion", "Can put another person's pipeline into force")]
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "number"], name="one_pipelineversion_a_number"),
            models.UniqueConstraint(fields=["pipeline"], condition=Q(status="draft"), name="one_draft_a_pipeline"),
            models.UniqueConstraint(
                fields=["pipeline"], condition=Q(status="published"), name="one_published_a_pipeline"
            ),
            models.CheckConstraint(
                name="pipeline_is_published_by_another",
                condition=Q(published_by=None) | ~Q(published_by=F("author")),
            ),
            models.CheckConstraint(
                name="published_pipeline_says_by_whom",
                condition=Q(status__in=["draft", "withdrawn"], published_by=None)
                | Q(status__in=["published", "superseded"], published_by__isnull=False, published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("pipeline-version", args=[self.pipeline.reference, self.number])

    @cached_property
    def definition(self) -> Definition:
        """What the text means, typed; its defaults are those of when it was written."""
        return Definition.model_validate(self.document)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def answerable(self) -> list[User]:
        """Who counts as a developer of what it makes: who wrote it, and whom its steps act as."""
        return [self.author, self.pipeline.owner]


class CodeFile(Governed):
    """A script or a requirements lock that pipelines of a model name by its sha256."""

    SCOPE = "model"

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="code_files")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    sent_by = models.ForeignKey(**PERSON)
    sent_at = models.DateTimeField()

    class Meta(Governed.Meta):
        constraints = [models.UniqueConstraint(fields=["model", "blob"], name="one_codefile_a_digest_of_a_model")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.model.reference} file {self.blob_id[:12]}"
