from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.core import scope
from apps.core.events import Step
from apps.core.evidence import Evidence, EvidenceQuerySet
from apps.core.governed import Governed
from apps.datasets.models import Dataset
from apps.features import events
from apps.features.definitions import ViewDefinition

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class FeatureView(Governed):
    """Features of one entity under a name, in versions. What they are is in the version that is in force."""

    PREFIX = "FV"
    SCOPE = "source"
    CARD = "features/_view.html"

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        ARCHIVED = "archived", "Archived"

    TRANSITIONS: ClassVar[dict[tuple[str, str], Step | tuple[Step, ...]]] = {
        (Status.ACTIVE, Status.ARCHIVED): Step(events.VIEW_ARCHIVED),
    }

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    entity = models.CharField(max_length=60, db_index=True)
    source = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="feature_views")
    owner = models.ForeignKey(**PERSON)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    proposed_by = models.ForeignKey(**PERSON)
    proposed_at = models.DateTimeField()
    archived_by = models.ForeignKey(**PERSON, null=True)
    archived_at = models.DateTimeField(null=True)
    stale_since = models.DateTimeField(
        null=True
    )  # when its newest event grew older than it may; None while it is fresh

    class Meta(Governed.Meta):
        permissions = [
            ("archive_featureview", "Can take a feature view out of use"),
            ("watch_freshness", "Can say that a feature view has grown too old"),
            ("read_values", "Can read the latest values of features by key"),
        ]
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="one_feature_view_a_source_and_name")]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("feature-view", args=[self.reference])


class FeatureViewVersion(Governed):
    """One text of a feature view. Once it is in force it never changes; what rests on it names its digest."""

    SCOPE = "view__source"
    CARD = "features/_version.html"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "In force"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"
        ENDED = "ended", "Archived"

    TRANSITIONS: ClassVar[dict[tuple[str, str], Step | tuple[Step, ...]]] = {
        (Status.DRAFT, Status.DRAFT): Step(events.DRAFT_EDITED),
        (Status.DRAFT, Status.WITHDRAWN): Step(events.DRAFT_WITHDRAWN),
        (Status.DRAFT, Status.PUBLISHED): Step(events.VERSION_PUBLISHED, barred=("author",)),
        (Status.PUBLISHED, Status.SUPERSEDED): Step(events.VERSION_SUPERSEDED),
        (Status.DRAFT, Status.ENDED): Step(events.VERSION_ENDED),
        (Status.PUBLISHED, Status.ENDED): Step(events.VERSION_ENDED),
    }
    USABLE = (Status.PUBLISHED, Status.SUPERSEDED)  # something may still be made of these while the view is active

    view = models.ForeignKey(FeatureView, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=30, unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    text = models.TextField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    author = models.ForeignKey(**PERSON)
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(**PERSON, null=True)
    published_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        verbose_name = "feature view version"
        permissions = [("publish_featureviewversion", "Can put another person's feature view into force")]
        constraints = [
            models.UniqueConstraint(fields=["view", "number"], name="feature_view_number_is_used_once"),
            models.UniqueConstraint(fields=["view"], condition=Q(status="draft"), name="one_draft_of_a_feature_view"),
            models.UniqueConstraint(
                fields=["view"], condition=Q(status="published"), name="one_feature_view_version_in_force"
            ),
            models.CheckConstraint(
                name="feature_view_is_published_by_another",
                condition=Q(published_by=None) | ~Q(published_by=F("author")),
            ),
            models.CheckConstraint(
                name="published_feature_view_says_by_whom",
                condition=~Q(status__in=["published", "superseded"])
                | Q(published_by__isnull=False, published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.document['name']}"

    def get_absolute_url(self) -> str:
        return reverse("feature-view-version", args=[self.view.reference, self.number])

    @cached_property
    def definition(self) -> ViewDefinition:
        """The document, typed."""
        return ViewDefinition.model_validate(self.document)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT


class FeatureQuerySet(EvidenceQuerySet):
    def visible_to(self, user: Any) -> FeatureQuerySet:
        """The features that `user` may know of."""
        rows: FeatureQuerySet = scope.visible(self, user)
        return rows

    def in_force(self) -> FeatureQuerySet:
        return self.filter(version__status=FeatureViewVersion.Status.PUBLISHED)


class Feature(Evidence):
    """One feature of a version that came into force, as its document says it: the catalogue's row."""

    SCOPE = "version__view__source"

    version = models.ForeignKey(FeatureViewVersion, on_delete=models.PROTECT, related_name="features")
    place = models.PositiveIntegerField()
    name = models.CharField(max_length=60, db_index=True)
    type = models.CharField(max_length=10)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(**PERSON)
    protected = models.BooleanField()
    expression = models.TextField(blank=True)

    objects = FeatureQuerySet.as_manager()

    class Meta(Evidence.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "name"], name="feature_name_is_used_once")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """FV-0001:utilisation, whatever the version."""
        return f"{self.version.view.reference}:{self.name}"

    def get_absolute_url(self) -> str:
        return reverse("feature", args=[self.version.view.reference, self.name])
