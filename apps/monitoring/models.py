import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from apps.core import scope
from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed, GovernedQuerySet
from apps.evaluations.models import Evaluation, Measured
from apps.files.models import Blob
from apps.inventory.models import Model, ModelVersion
from apps.monitoring import events
from apps.policies.models import PolicyVersion

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}
BLOB = {"to": Blob, "null": True, "on_delete": models.PROTECT, "related_name": "+"}


class Plan(Governed):
    """How a released version is watched: by which limits, beside which frozen reference. One a version at a time."""

    PREFIX = "PLN"
    SCOPE = "model"

    reference = models.CharField(max_length=20, unique=True)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="plans")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="plans")
    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    profile = models.ForeignKey(**BLOB)  # the frozen counts as JSON; until its job has run they are counted anew
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(ended_at=None), name="one_plan_a_version_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("model-monitoring", args=[self.model.reference])


class BatchQuerySet(models.QuerySet):
    def visible_to(self, user):
        return scope.visible(self, user)

    def taken(self, model: Model, sort: str):
        """The batches of a model whose rows count, in the order in which they were taken in."""
        return self.filter(model=model, sort=sort, number__isnull=False).order_by("number")


class Batch(models.Model):
    """Rows that were sent together. The bytes as sent and the rows as taken are blobs; rejections say why.

    Not governed, as nobody decides about it: that it came and what was taken of it are events which name its digests.
    """

    SCOPE = "model"
    kind = "batch"
    REJECTIONS_KEPT = 1000

    class Sort(models.TextChoices):
        PREDICTIONS = "predictions", "Predictions"
        OUTCOMES = "outcomes", "Outcomes"

    class Form(models.TextChoices):
        JSON = "json", "JSON"
        PARQUET = "parquet", "Parquet"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="batches")
    sort = models.CharField(max_length=12, choices=Sort)
    form = models.CharField(max_length=8, choices=Form)
    source = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    job = models.UUIDField(null=True)
    sent_by = models.ForeignKey(**PERSON)
    received_at = models.DateTimeField()
    number = models.PositiveIntegerField(null=True)  # its place among the model's batches of its sort, once taken
    rows = models.ForeignKey(**BLOB)
    accepted = models.PositiveIntegerField(default=0)
    ignored = models.PositiveIntegerField(default=0)  # rows that were sent before with the same content
    rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list)  # [{row, reason}], the first REJECTIONS_KEPT
    notes = models.JSONField(default=list)
    versions = models.JSONField(default=dict)  # {reference: rows}, of predictions that were taken
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True, db_index=True)
    taken_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [models.UniqueConstraint(fields=["model", "sort", "number"], name="one_batch_a_number")]

    def __str__(self) -> str:
        return f"{self.get_sort_display()} {self.id}"

    @property
    def reference(self) -> str:
        return str(self.id)


class WindowQuerySet(GovernedQuerySet):
    def newest_editions(self) -> "WindowQuerySet":
        """Each window as it was closed last."""
        later = Window.objects.filter(
            plan=OuterRef("plan"), start=OuterRef("start"), end=OuterRef("end"), edition__gt=OuterRef("edition")
        )
        return self.filter(~Exists(later))


class Window(Governed):
    """A stretch of time, measured and judged. Late outcomes close it again, as a further edition; earlier ones stay.

    Attributes:
        start, end: moments, the end not included.
        sections: [{use, approved, predictions, outcomes, level, readings}], one a declared use, and one with the use
            "" for all of them where there are several.
        counts: blob of {use: {profile, groups}}: what windows add up from.
        sources: digest of the batches it was measured on; the same again is no new edition.
    """

    PREFIX = "WIN"
    SCOPE = "plan__model"

    class Level(models.TextChoices):
        GREEN = "green", "Within limits"
        UNKNOWN = "unknown", "Not judged"
        YELLOW = "yellow", "Wants a look"
        RED = "red", "Beyond limits"

    reference = models.CharField(max_length=20, unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="windows")
    start = models.DateTimeField()
    end = models.DateTimeField()
    edition = models.PositiveIntegerField()
    predictions = models.PositiveIntegerField()
    outcomes = models.PositiveIntegerField()
    level = models.CharField(max_length=8, choices=Level)
    sections = models.JSONField()
    counts = models.ForeignKey(**BLOB)
    sources = models.CharField(max_length=64)
    results_digest = models.CharField(max_length=64)
    closed_at = models.DateTimeField()

    objects = WindowQuerySet.as_manager()

    class Meta(Governed.Meta):
        permissions = [("close_window", "Can close a monitoring window")]
        constraints = [
            models.UniqueConstraint(fields=["plan", "start", "end", "edition"], name="one_window_an_edition"),
            models.CheckConstraint(condition=Q(start__lt=F("end")), name="a_window_ends_after_it_starts"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} of {self.plan.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("window", args=[self.reference])

    @property
    def last_day(self) -> datetime:
        """The last moment that is still in it."""
        return self.end - timedelta(microseconds=1)


class WindowResult(Measured):
    """One number on a window's rows of one use."""

    SCOPE = "window__plan__model"

    window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="results")
    use = models.CharField(max_length=200, blank=True)

    class Meta(Evidence.Meta):
        indexes = [models.Index(fields=["window", "measure"])]

    def __str__(self) -> str:
        return f"{self.measure} of {self.window_id}"


class AlertQuerySet(GovernedQuerySet):
    def unclosed(self) -> "AlertQuerySet":
        return self.exclude(status=Alert.Status.CLOSED)


class Alert(Governed):
    """What a window shows that needs somebody's attention. Unclosed, the same of its version is the same alert."""

    PREFIX = "ALR"
    SCOPE = "model"
    CARD = "monitoring/_alert.html"

    class Level(models.TextChoices):
        YELLOW = "yellow", "Yellow"
        RED = "red", "Red"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        CLOSED = "closed", "Closed"

    TRANSITIONS = {
        (Status.OPEN, Status.ACKNOWLEDGED): (Step(events.ALERT_ACKNOWLEDGED), Step(events.ALERT_ANSWERED)),
        (Status.ACKNOWLEDGED, Status.ACKNOWLEDGED): Step(events.ALERT_ANSWERED),
        (Status.OPEN, Status.CLOSED): (Step(events.ALERT_CLOSED), Step(events.ALERT_ENDED)),
        (Status.ACKNOWLEDGED, Status.CLOSED): (Step(events.ALERT_CLOSED), Step(events.ALERT_ENDED)),
    }

    reference = models.CharField(max_length=20, unique=True)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="alerts")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    indicator = models.CharField(max_length=120)
    use = models.CharField(max_length=200, blank=True)
    about = models.CharField(max_length=200, blank=True)  # the column or group it is about, in words
    level = models.CharField(max_length=8, choices=Level)
    sentence = models.TextField()
    values = models.JSONField(default=dict)
    first_window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="alerts_raised")
    last_window = models.ForeignKey(Window, on_delete=models.PROTECT, related_name="alerts")
    windows = models.PositiveIntegerField(default=1)  # in how many it was seen
    status = models.CharField(max_length=14, choices=Status, default=Status.OPEN, db_index=True)
    raised_at = models.DateTimeField()
    repeated_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(null=True, **PERSON)
    acknowledged_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)
    finding = models.CharField(max_length=20, blank=True)  # the reference of what was opened from it
    validation = models.CharField(max_length=20, blank=True)
    closed_by = models.ForeignKey(null=True, **PERSON)
    closed_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta(Governed.Meta):
        permissions = [
            ("acknowledge_alert", "Can take note of an alert and open what follows from it"),
            ("close_alert", "Can close an alert"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "indicator", "use", "about"],
                condition=~Q(status="closed"),
                name="one_unclosed_alert_a_thing",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.indicator}"

    def get_absolute_url(self) -> str:
        return reverse("alert", args=[self.reference])
