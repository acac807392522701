from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.accounts.models import User
from apps.core.events import Step
from apps.core.governed import Governed
from apps.datasets import events
from apps.datasets.models.tables import Dataset, DatasetVersion

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Retention(Governed):
    """For how long a dataset's versions are kept, and why. Without one they are kept for good."""

    SCOPE = "dataset"

    dataset = models.OneToOneField(Dataset, on_delete=models.PROTECT, related_name="retention")
    days = models.PositiveIntegerField(null=True)  # from the day a table was first taken in; None: for good
    reason = models.TextField()
    set_by = models.ForeignKey(**PERSON)
    set_at = models.DateTimeField()

    class Meta(Governed.Meta):
        permissions = [("announce_retention", "Can announce that a version is past its retention")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.dataset.reference} retention"


class Hold(Governed):
    """A legal hold: nothing of a dataset, or of one version, is disposed of or erased while it stands."""

    PREFIX = "HLD"
    SCOPE = "dataset"
    CARD = "datasets/_hold.html"

    class Status(models.TextChoices):
        ACTIVE = "active", "Stands"
        LIFTED = "lifted", "Lifted"

    TRANSITIONS = {(Status.ACTIVE, Status.LIFTED): Step(events.HOLD_LIFTED, barred=("placer",))}

    reference = models.CharField(max_length=20, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="holds")
    version = models.ForeignKey(DatasetVersion, null=True, on_delete=models.PROTECT, related_name="holds")
    reason = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    placed_by = models.ForeignKey(**PERSON)
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(null=True, **PERSON)
    lifted_at = models.DateTimeField(null=True)
    lifted_because = models.TextField(blank=True)

    class Meta(Governed.Meta):
        permissions = [("lift_hold", "Can lift a legal hold that another person placed")]
        constraints = [
            models.CheckConstraint(
                name="a_hold_is_lifted_by_another", condition=Q(lifted_by=None) | ~Q(lifted_by=F("placed_by"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} on {self.held}"

    def get_absolute_url(self) -> str:
        return reverse("hold", args=[self.reference])

    @property
    def placer(self) -> User:
        """Who placed it, and so doesn't lift it."""
        return self.placed_by

    @property
    def held(self) -> str:
        """What it is on: a version, or the whole dataset."""
        return self.version.reference if self.version else self.dataset.reference
