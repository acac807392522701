from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.tracking import events
from apps.tracking.models.experiments import Experiment
from apps.tracking.models.runs import Run


class LoggedModel(Governed):
    """A model that a run brought forth, with its files, before anybody registers it: MLflow's logged model.

    Attributes:
        reference: MLflow's model id, "m-" and 32 hexadecimal digits.
        digest: of its files and their names, once it is ready; a file kept after that makes an event, and a new one.
    """

    SCOPE = "experiment"

    class Status(models.TextChoices):
        PENDING = "LOGGED_MODEL_PENDING", "Being uploaded"
        READY = "LOGGED_MODEL_READY", "Ready"
        FAILED = "LOGGED_MODEL_UPLOAD_FAILED", "Upload failed"

    TRANSITIONS = {
        (Status.PENDING, Status.READY): Step(events.LOGGED_MODEL_READY),
        (Status.PENDING, Status.FAILED): Step(events.LOGGED_MODEL_FAILED),
        (Status.FAILED, Status.READY): Step(events.LOGGED_MODEL_READY),
    }

    reference = models.CharField(max_length=34, unique=True)
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="logged_models")
    name = models.CharField(max_length=500)
    model_type = models.CharField(max_length=500, blank=True)
    source_run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="logged_models")
    status = models.CharField(max_length=30, choices=Status, default=Status.PENDING)
    params = models.JSONField(default=dict)
    tags = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    put_aside_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        indexes = [models.Index(fields=["experiment", "-created_at"], name="models_of_an_experiment")]

    def __str__(self) -> str:
        return f"{self.name} {self.reference[:10]}"

    def get_absolute_url(self) -> str:
        return reverse("logged-model", args=[self.reference])


class ModelMetric(Evidence):
    """One value that a run measured of a logged model, on a dataset where it named one. Logged twice, it is one."""

    model = models.ForeignKey(LoggedModel, on_delete=models.PROTECT, related_name="metrics", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=250)
    value = models.FloatField()  # 0 where it is no number
    is_nan = models.BooleanField()
    step = models.BigIntegerField()
    timestamp = models.BigIntegerField()
    dataset_name = models.CharField(max_length=500, blank=True)
    dataset_digest = models.CharField(max_length=100, blank=True)

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["model", "key", "run", "step", "timestamp", "value", "is_nan", "dataset_digest"],
                name="a_models_point_is_logged_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"
