from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core.events import Step
from apps.core.governed import Governed, Transitions
from apps.tracking import events
from apps.tracking.models.experiments import Experiment


def _arrows(under_way: Iterable[str], ended: Iterable[str]) -> Transitions:
    """The protocol lets a client say any status after any other: each is an end, or goes on."""
    ends = {(here, end): Step(events.RUN_ENDED) for here in (*under_way, *ended) for end in ended}
    return {**ends, **{(here, on): Step(events.RUN_RESUMED) for here in (*under_way, *ended) for on in under_way}}


class Run(Governed):
    """One try: who began it and when, how it ended, and the digest of all that it logged.

    What it logs while it runs is in tables of its own (see `models.logged`); the events of its end, and of whatever
    is logged after that, name the digest of it.

    Attributes:
        reference: MLflow's run id, 32 hexadecimal digits.
        started_ms, ended_ms: as the client says them, in milliseconds since 1970.
        begun_at, closed_at: the same moments by our clock.
        digest: of everything logged when it last ended; "" while it runs for the first time.
        entries: how many facts that digest covers.
    """

    SCOPE = "experiment"

    class Status(models.TextChoices):
        RUNNING = "RUNNING", "Running"
        SCHEDULED = "SCHEDULED", "Scheduled"
        FINISHED = "FINISHED", "Finished"
        FAILED = "FAILED", "Failed"
        KILLED = "KILLED", "Killed"

    UNDER_WAY = (Status.RUNNING, Status.SCHEDULED)
    ENDED = (Status.FINISHED, Status.FAILED, Status.KILLED)
    TRANSITIONS = _arrows(UNDER_WAY, ENDED)

    reference = models.CharField(max_length=32, unique=True)
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="runs")
    name = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs")
    claimed_user = models.CharField(max_length=256, blank=True)  # whom the client says it is
    started_ms = models.BigIntegerField()
    ended_ms = models.BigIntegerField(null=True)
    begun_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    put_aside_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    entries = models.PositiveBigIntegerField(default=0)

    class Meta(Governed.Meta):
        permissions = [("log_run", "Can log to runs, end and rename them")]
        indexes = [
            models.Index(fields=["experiment", "-started_ms", "reference"], name="runs_of_an_experiment"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.reference[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("run", args=[self.reference])

    @property
    def is_open(self) -> bool:
        """Whether it is under way, so that what it logs needs no event of its own yet."""
        return self.status in self.UNDER_WAY

    @property
    def is_put_aside(self) -> bool:
        """Whether it, or its whole experiment, was put aside."""
        return self.put_aside_at is not None or self.experiment.status != Experiment.Status.ACTIVE
