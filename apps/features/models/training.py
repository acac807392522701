from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.datasets.models import Dataset, DatasetVersion
from apps.features import events
from apps.features.models.views import PERSON, FeatureViewVersion


class TrainingSet(Governed):
    """Labels with features as they were known at each label's moment; built, it is a version of a dataset.

    Attributes:
        label_time: the labels' column of that moment.
        target: the labels' column that is to be learnt; "" where none is named.
        views: [{view: "FV-0001@2", source: "DS-0001@3", keys: {key: label column}, features: [name], prefix}].
        document_digest: of the record of what it was made of and how its labels fared.
    """

    PREFIX = "TS"
    SCOPE = "dataset"
    CARD = "features/_training_set.html"

    class Status(models.TextChoices):
        REQUESTED = "requested", "Being built"
        BUILT = "built", "Built"
        REFUSED = "refused", "Refused"

    TRANSITIONS: ClassVar[dict[tuple[str, str], Step | tuple[Step, ...]]] = {
        (Status.REQUESTED, Status.BUILT): Step(events.TRAINING_SET_BUILT),
        (Status.REQUESTED, Status.REFUSED): Step(events.TRAINING_SET_REFUSED),
    }

    reference = models.CharField(max_length=20, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="training_sets")
    labels = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="labelled_training_sets")
    label_time = models.CharField(max_length=200)
    target = models.CharField(max_length=200, blank=True)
    views = models.JSONField()
    status = models.CharField(max_length=10, choices=Status, default=Status.REQUESTED)
    job = models.UUIDField(null=True)
    requested_by = models.ForeignKey(**PERSON)
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    version = models.ForeignKey(DatasetVersion, null=True, on_delete=models.PROTECT, related_name="training_sets")
    document_digest = models.CharField(max_length=64, blank=True)
    error = models.TextField(blank=True)

    class Meta(Governed.Meta):
        constraints = [
            models.CheckConstraint(
                name="built_training_set_names_its_version",
                condition=~Q(status="built") | Q(version__isnull=False) & ~Q(document_digest=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} from {self.labels.reference}"

    def get_absolute_url(self) -> str:
        return reverse("training-set", args=[self.reference])


class TrainingSetUse(Evidence):
    """That a training set asked for features of a view's version, made of a version of its source."""

    training_set = models.ForeignKey(TrainingSet, on_delete=models.PROTECT, related_name="uses")
    version = models.ForeignKey(FeatureViewVersion, on_delete=models.PROTECT, related_name="uses")
    source = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="feature_uses")
    features = models.JSONField()  # [{name, column, protected}]

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(fields=["training_set", "version"], name="training_set_uses_a_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} in {self.training_set_id}"


class TrainingRecord(Evidence):
    """What a training set was made of, by digests, and how many labels have no value, by feature."""

    training_set = models.OneToOneField(TrainingSet, on_delete=models.PROTECT, related_name="record")
    document = models.JSONField()
    digest = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"Record of {self.training_set_id}"
