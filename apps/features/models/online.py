from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.datasets.models import DatasetVersion
from apps.features import events
from apps.features.models.views import PERSON, FeatureViewVersion


class Materialisation(Governed):
    """The latest values of a view's version, computed out of a version of its source as of a moment.

    Attributes:
        key_types: [[key column, its type]], in the view's order, for reading by key.
        keys: entities that had a row; written, removed: those whose values were new or other, and those gone since.
        newest_event: the latest event among them.
        statistics_digest: of what was counted of the values, in its own row.
    """

    PREFIX = "MAT"
    SCOPE = "version__view__source"
    CARD = "features/_materialisation.html"

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    TRANSITIONS: ClassVar[dict[tuple[str, str], Step | tuple[Step, ...]]] = {
        (Status.RUNNING, Status.DONE): Step(events.MATERIALISED),
        (Status.RUNNING, Status.FAILED): Step(events.MATERIALISATION_FAILED),
    }

    reference = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey(FeatureViewVersion, on_delete=models.PROTECT, related_name="materialisations")
    source = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    as_of = models.DateTimeField()
    key_types = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    job = models.UUIDField(null=True)
    requested_by = models.ForeignKey(**PERSON)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    keys = models.BigIntegerField(null=True)
    written = models.BigIntegerField(null=True)
    removed = models.BigIntegerField(null=True)
    newest_event = models.DateTimeField(null=True)
    statistics_digest = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("feature-view", args=[self.version.view.reference])


class FeatureStatistics(Evidence):
    """What was counted of the latest values: by feature its column and what is drawn of it.

    It stays out of the materialisation's own row so that the ledger's payload holds none of the data it tells of.
    """

    materialisation = models.OneToOneField(Materialisation, on_delete=models.PROTECT, related_name="statistics")
    details = models.JSONField()  # {feature: {rows, nulls, distinct, min, max, mean?, sd?, histogram?, top?}}

    def __str__(self) -> str:
        return f"Statistics of {self.materialisation_id}"


class OnlineValue(models.Model):
    """What is known of one key now. It is written over and over, and can be made again: no record of anything."""

    version = models.ForeignKey(FeatureViewVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=1_000)
    event = models.BigIntegerField()  # microseconds since 1970 UTC, as the two others
    created = models.BigIntegerField()
    as_of = models.BigIntegerField()
    content = models.TextField()  # the features as a JSON object
    mark = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "key"], name="one_online_value_a_key")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.key}"
