from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.accounts.models import BusinessUnit
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.core.scope import root


@root
class LineageRun(Governed):
    """A run of another system's job, as that system tells of it.

    Attributes:
        run: the UUID the sender gave it; "" for what is told of the job itself.
        state: the type of the newest event, by the sender's clock.
    """

    PREFIX = "LIN"

    class State(models.TextChoices):
        START = "START", "Started"
        RUNNING = "RUNNING", "Running"
        COMPLETE = "COMPLETE", "Complete"
        ABORT = "ABORT", "Aborted"
        FAIL = "FAIL", "Failed"
        OTHER = "OTHER", "Told of"

    reference = models.CharField(max_length=20, unique=True)
    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="lineage_runs")
    job_namespace = models.CharField(max_length=300)
    job_name = models.CharField(max_length=300)
    run = models.CharField(max_length=36, blank=True)
    state = models.CharField(max_length=10, choices=State)
    producer = models.CharField(max_length=300)
    newest_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta(Governed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["business_unit", "job_namespace", "job_name", "run"], name="a_run_is_told_of_in_one_row"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.job_name}"

    def get_absolute_url(self) -> str:
        return reverse("lineage-run", args=[self.reference])


class LineageEvent(Evidence):
    """One event as it came; the same bytes again are the same event."""

    run = models.ForeignKey(LineageRun, on_delete=models.PROTECT, related_name="events")
    digest = models.CharField(max_length=64)
    type = models.CharField(max_length=10)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.JSONField()

    class Meta(Evidence.Meta):
        constraints = [models.UniqueConstraint(fields=["run", "digest"], name="a_lineage_event_is_kept_once")]

    def __str__(self) -> str:
        return f"{self.type} of {self.run_id}"


class LineageLink(Evidence):
    """That a run made one table of another, each by the two names that the sender has for it.

    Attributes:
        source, target: "namespace name"; what is ours is found by it, see `lineage.links`.
        gives: as in apps.core.lineage.Link; null where the sender did not say which columns were read.
    """

    run = models.ForeignKey(LineageRun, on_delete=models.PROTECT, related_name="links")
    source = models.CharField(max_length=601, db_index=True)
    target = models.CharField(max_length=601, db_index=True)
    gives = models.JSONField(null=True)
    digest = models.CharField(max_length=64)  # of these three

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(fields=["run", "digest"], name="a_lineage_link_is_kept_once"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"
