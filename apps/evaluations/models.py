from collections.abc import Mapping
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.evaluations import events
from apps.files.models import Blob
from apps.inventory.models import ModelVersion
from apps.policies.models import PolicyVersion

BLOB = {"to": Blob, "null": True, "on_delete": models.PROTECT, "related_name": "+"}


class Evaluation(Governed):
    """One scoring of a version, and everything that was measured on the scores.

    A dry run is to look at before submitting and is no part of any dossier. The results are evidence rows, named by
    `results_digest` in the event that completed this.
    """

    PREFIX = "EVL"
    SCOPE = "version__model"
    CARD = "evaluations/_evaluation.html"

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    TRANSITIONS = {
        (Status.RUNNING, Status.DONE): Step(events.EVALUATION_COMPLETED),
        (Status.RUNNING, Status.FAILED): Step(events.EVALUATION_FAILED),
    }

    reference = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="evaluations")
    dry_run = models.BooleanField()
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    job = models.UUIDField(null=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    predictions = models.ForeignKey(**BLOB)  # the evaluation table's scores, Parquet
    reference_predictions = models.ForeignKey(**BLOB)  # the reference table's scores, Parquet
    # when they were removed, since rows that they were made of were erased
    predictions_erased_at = models.DateTimeField(null=True)
    reference_predictions_erased_at = models.DateTimeField(null=True)
    results_digest = models.CharField(max_length=64, blank=True)
    verdict_digest = models.CharField(max_length=64, blank=True)
    engine = models.JSONField(default=dict)  # library versions, walls that stood, seconds by step
    error = models.TextField(blank=True)

    class Meta(Governed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                condition=models.Q(status="running", dry_run=False),
                name="one_running_evaluation_of_a_submission",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("evaluation", args=[self.reference])


class Measured(Evidence):
    """One number of one measure, as apps.measures.results.Result says it; a table adds what it was measured on."""

    family = models.CharField(max_length=20, db_index=True)
    measure = models.CharField(max_length=60)
    measure_version = models.PositiveSmallIntegerField()
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    confidence = models.FloatField()
    interval_method = models.CharField(max_length=120, blank=True)
    n = models.BigIntegerField()
    unit = models.CharField(max_length=40, blank=True)
    convention = models.TextField(blank=True)
    direction = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=15)
    reason = models.TextField(blank=True)
    attribute = models.CharField(max_length=200, blank=True)
    group = models.JSONField(null=True)
    class_label = models.CharField(max_length=200, blank=True)
    slice = models.JSONField(null=True)
    series = models.JSONField(null=True)

    class Meta(Evidence.Meta):
        abstract = True

    @classmethod
    def of(cls, said: Mapping[str, Any], **about: Any) -> Self:
        """The row that keeps what a measure said, in the API's words, `about` something; other words are left out."""
        named = {"class_label" if name == "class" else name: value for name, value in said.items()}
        columns = {field.name for field in cls._meta.concrete_fields}
        kept = {name: value for name, value in named.items() if name in columns and value is not None}
        return cls(**{**kept, **about})


class Result(Measured):
    """One number of an evaluation."""

    SCOPE = "evaluation__version__model"

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="results")
    dataset_digest = models.CharField(max_length=64)

    class Meta(Evidence.Meta):
        indexes = [models.Index(fields=["evaluation", "measure"])]

    def __str__(self) -> str:
        return f"{self.measure} of {self.evaluation_id}"


class Verdict(Evidence):
    """What the policy in force said of an evaluation's results: the pure function's outcome, and its digest."""

    SCOPE = "evaluation__version__model"

    class Outcome(models.TextChoices):
        PASSED = "passed", "Passed"
        PASSED_NEAR_LIMIT = "passed_near_limit", "Passed near limit"
        FAILED = "failed", "Failed"
        INCONCLUSIVE = "inconclusive", "Inconclusive"
        UNAVAILABLE = "unavailable", "Unavailable"

    evaluation = models.OneToOneField(Evaluation, on_delete=models.PROTECT, related_name="verdict")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=20, choices=Outcome)
    gates = models.JSONField()
    digest = models.CharField(max_length=64)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.outcome} on {self.evaluation_id}"
