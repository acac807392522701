from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.accounts.models import BusinessUnit
from apps.core.events import Step
from apps.core.governed import Governed
from apps.core.scope import root
from apps.tracking import events


@root
class Experiment(Governed):
    """Runs that try to answer one question. Its name is used once in a business unit; its number is MLflow's id."""

    PREFIX = "EXPT"
    DEFAULT_NAME = "Default"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        DELETED = "deleted", "Put aside"

    TRANSITIONS = {
        (Status.ACTIVE, Status.DELETED): Step(events.EXPERIMENT_DELETED),
        (Status.DELETED, Status.ACTIVE): Step(events.EXPERIMENT_RESTORED),
    }

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=500)
    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="experiments")
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    tags = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta(Governed.Meta):
        constraints = [
            models.UniqueConstraint(fields=["business_unit", "name"], name="experiment_name_is_used_once_in_a_unit"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("experiment", args=[self.reference])

    @property
    def protocol_id(self) -> str:
        """What MLflow's clients call it."""
        return str(self.pk)
