from django.db import models

from apps.core.governed import Governed
from apps.inventory.models import Model, ModelVersion
from apps.tracking.models.logged_models import LoggedModel
from apps.tracking.models.runs import Run


class RegisteredModel(Governed):
    """What MLflow's registry knows of a model beside the inventory: its tags, and which version an alias names."""

    SCOPE = "model"

    model = models.OneToOneField(Model, on_delete=models.PROTECT, related_name="registered")
    tags = models.JSONField(default=dict)
    aliases = models.JSONField(default=dict)  # alias -> the version's number
    changed_at = models.DateTimeField()

    class Meta(Governed.Meta):
        permissions = [("set_alias", "Can set aliases and stages in MLflow's registry")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.model.reference} registered"


class RegisteredVersion(Governed):
    """What MLflow's registry knows of a version beside the inventory: where it came from, its tags and its stage.

    Attributes:
        root: the address of its files, as `mlflow-artifacts:/…`.
        without_file: why none of its files became the version's artefact; "" where one did.
    """

    SCOPE = "version__model"

    class Stage(models.TextChoices):
        NONE = "None"
        STAGING = "Staging"
        PRODUCTION = "Production"
        ARCHIVED = "Archived"

    version = models.OneToOneField(ModelVersion, on_delete=models.PROTECT, related_name="registered")
    source = models.TextField(blank=True)
    root = models.TextField(blank=True)
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="registered_versions")
    logged_model = models.ForeignKey(
        LoggedModel, null=True, on_delete=models.PROTECT, related_name="registered_versions"
    )
    run_link = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    without_file = models.TextField(blank=True)
    tags = models.JSONField(default=dict)
    stage = models.CharField(max_length=10, choices=Stage, default=Stage.NONE)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.version.reference} registered"
