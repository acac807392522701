from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core.events import Step
from apps.core.governed import Governed
from apps.inventory.models import Model
from apps.retirement import events

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Retirement(Governed):
    """One plan to take a model out of use: why, until when, what comes instead, and who rests on it."""

    PREFIX = "RET"
    SCOPE = "model"
    CARD = "retirement/_retirement.html"

    class Status(models.TextChoices):
        PLANNED = "planned", "Waiting for approval"
        APPROVED = "approved", "Approved"
        SENT_BACK = "sent_back", "Sent back"
        REJECTED = "rejected", "Rejected"
        ARCHIVED = "archived", "Archived"

    TRANSITIONS = {
        (Status.PLANNED, Status.APPROVED): Step(events.RETIREMENT_DECIDED),
        (Status.PLANNED, Status.SENT_BACK): Step(events.RETIREMENT_DECIDED),
        (Status.PLANNED, Status.REJECTED): Step(events.RETIREMENT_DECIDED),
        (Status.APPROVED, Status.ARCHIVED): Step(events.MODEL_ARCHIVED),
    }

    reference = models.CharField(max_length=20, unique=True)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="retirements")
    reason = models.TextField()
    replacement = models.CharField(max_length=80, blank=True)  # a model's reference, or words
    last_day = models.DateField()
    fallback = models.TextField()
    dependents = models.JSONField(default=list)  # references of the models resting on it when it was planned
    status = models.CharField(max_length=10, choices=Status, default=Status.PLANNED)
    archive = models.JSONField(default=dict)  # the manifest: what there was, by digest
    archive_digest = models.CharField(max_length=64, blank=True)
    keep_until = models.DateField(null=True)
    planned_by = models.ForeignKey(**PERSON)
    planned_at = models.DateTimeField()

    class Meta(Governed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["model"], condition=models.Q(status="planned"), name="one_planned_retirement_a_model"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} of {self.model.reference}"

    def get_absolute_url(self) -> str:
        return reverse("retirement", args=[self.reference])
