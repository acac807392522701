from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.approvals.models import Approval
from apps.core.events import Step
from apps.core.governed import Governed, GovernedQuerySet
from apps.deployments import events
from apps.inventory.models import ModelVersion, Use

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Environment(Governed):
    """Where versions run, and what it asks of those that are released there."""

    PREFIX = "ENV"
    SCOPE = None

    class Name(models.TextChoices):
        DEV = "dev", "Development"
        TEST = "test", "Test"
        PRODUCTION = "production", "Production"

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=20, choices=Name, unique=True)
    needs_approval = models.BooleanField()
    decides = models.BooleanField()  # what runs here decides about people: its versions are in use
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.get_name_display())


class DeploymentQuerySet(GovernedQuerySet):
    def live(self, at: datetime | None = None) -> "DeploymentQuerySet":
        """What runs now, or what ran at the moment `at`."""
        if at is None:
            return self.filter(status=Deployment.Status.LIVE)
        return self.filter(Q(stopped_at=None) | Q(stopped_at__gt=at), deployed_at__lte=at)

    def deciding(self) -> "DeploymentQuerySet":
        """Those in environments in which decisions about people are made."""
        return self.filter(environment__decides=True)


class Deployment(Governed):
    """That a version runs somewhere for one use: the artefact as released, and the approval it was released under."""

    PREFIX = "DPL"
    SCOPE = "version__model"
    CARD = "deployments/_deployment.html"

    class Status(models.TextChoices):
        LIVE = "live", "Live"
        STOPPED = "stopped", "Stopped"

    class Strategy(models.TextChoices):
        ALL_AT_ONCE = "all_at_once", "All at once"

    TRANSITIONS = {
        (Status.LIVE, Status.STOPPED): (
            Step(events.DEPLOYMENT_STOPPED),
            Step(events.DEPLOYMENT_REPLACED),
            Step(events.DEPLOYMENT_ENDED),
        ),
    }

    reference = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="deployments")
    environment = models.ForeignKey(Environment, on_delete=models.PROTECT, related_name="deployments")
    use = models.ForeignKey(Use, on_delete=models.PROTECT, related_name="deployments")
    strategy = models.CharField(max_length=20, choices=Strategy, default=Strategy.ALL_AT_ONCE)
    approval = models.ForeignKey(Approval, null=True, on_delete=models.PROTECT, related_name="+")
    artifact_digest = models.CharField(max_length=64, blank=True)  # "" where the model lives elsewhere
    configuration = models.JSONField(default=dict)
    replaces = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="replaced_by")
    status = models.CharField(max_length=10, choices=Status, default=Status.LIVE, db_index=True)
    deployed_by = models.ForeignKey(**PERSON)
    deployed_at = models.DateTimeField()
    stopped_by = models.ForeignKey(null=True, **PERSON)
    stopped_at = models.DateTimeField(null=True)
    stop_reason = models.TextField(blank=True)

    objects = DeploymentQuerySet.as_manager()

    class Meta(Governed.Meta):
        permissions = [("stop_deployment", "Can stop what runs")]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "use"], condition=Q(status="live"), name="one_live_deployment_a_use"
            ),
            models.CheckConstraint(
                condition=Q(status="live", stopped_at=None) | Q(status="stopped", stopped_at__isnull=False),
                name="a_stopped_deployment_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("deployment", args=[self.reference])
