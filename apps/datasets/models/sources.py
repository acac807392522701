from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.core.events import Step
from apps.core.evidence import Evidence, EvidenceQuerySet
from apps.core.governed import Governed, GovernedQuerySet
from apps.core.scope import visible
from apps.datasets import events
from apps.datasets.models.tables import Dataset, DatasetVersion
from apps.files.models import Blob

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class SourceQuerySet(GovernedQuerySet):
    def in_use(self) -> SourceQuerySet:
        return self.filter(status=Source.Status.IN_USE)

    def due(self, now: datetime) -> SourceQuerySet:
        """Those whose schedule says that it is time."""
        return self.in_use().filter(due_at__lte=now)


class Source(Governed):
    """Where a dataset's tables are taken from, by whose leave, and what has to be minded with them.

    Attributes:
        place: where it is, by kind; see `sources.places`. It holds no secret.
        credentials: {name: "env:QUAESTOR_SOURCE_…" or "file:…"}: where a secret is, never the secret.
        cursor: the column that grows, by which rows are new; needed for extracting incrementally.
        metadata: which column plays which part, said of every version that comes from here.
    """

    PREFIX = "SRC"
    SCOPE = "dataset"
    CARD = "datasets/sources/_source.html"

    class Kind(models.TextChoices):
        FILE = "file", "File"
        FOLDER = "folder", "Folder"
        POSTGRESQL = "postgresql", "PostgreSQL"
        SQLITE = "sqlite", "SQLite"
        DUCKDB = "duckdb", "DuckDB"
        S3 = "s3", "S3-compatible store"
        HTTP = "http", "Download"

    class Mode(models.TextChoices):
        FULL = "full", "Everything"
        INCREMENTAL = "incremental", "What is new"

    class LegalBasis(models.TextChoices):
        NOT_PERSONAL = "not_personal", "No personal data"
        CONSENT = "consent", "Consent"
        CONTRACT = "contract", "Contract"
        LEGAL_OBLIGATION = "legal_obligation", "Legal obligation"
        VITAL_INTERESTS = "vital_interests", "Vital interests"
        PUBLIC_TASK = "public_task", "Public task"
        LEGITIMATE_INTERESTS = "legitimate_interests", "Legitimate interests"

    class Status(models.TextChoices):
        IN_USE = "in_use", "In use"
        ENDED = "ended", "Ended"

    TRANSITIONS = {(Status.IN_USE, Status.ENDED): Step(events.SOURCE_ENDED)}

    reference = models.CharField(max_length=20, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="sources")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    sort = models.CharField(max_length=12, choices=Kind)
    place = models.JSONField()
    credentials = models.JSONField(default=dict, blank=True)
    mode = models.CharField(max_length=12, choices=Mode, default=Mode.FULL)
    cursor = models.CharField(max_length=200, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    schedule = models.CharField(max_length=80, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    owner = models.ForeignKey(**PERSON)
    classification = models.CharField(max_length=20, choices=Dataset.Classification)
    legal_basis = models.CharField(max_length=24, choices=LegalBasis)
    purpose = models.TextField(blank=True)
    retention_days = models.PositiveIntegerField()
    sensitive_columns = models.JSONField(default=list, blank=True)

    status = models.CharField(max_length=10, choices=Status, default=Status.IN_USE)
    ended_reason = models.TextField(blank=True)
    created_by = models.ForeignKey(**PERSON)
    created_at = models.DateTimeField()

    objects = SourceQuerySet.as_manager()

    class Meta(Governed.Meta):
        permissions = [("extract_source", "Can have tables extracted from a source")]
        indexes = [models.Index(fields=["status", "due_at"])]
        constraints = [
            models.CheckConstraint(
                name="incremental_source_has_a_cursor", condition=~Q(mode="incremental") | ~Q(cursor="")
            ),
            models.CheckConstraint(name="ended_source_is_not_due", condition=~Q(status="ended") | Q(due_at=None)),
            models.CheckConstraint(name="source_is_kept_for_a_while", condition=Q(retention_days__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("source", args=[self.reference])


class ExtractionQuerySet(EvidenceQuerySet):
    def visible_to(self, user: Any) -> ExtractionQuerySet:
        rows: ExtractionQuerySet = visible(self, user)
        return rows

    def landed(self) -> ExtractionQuerySet:
        """Those that led to a version, be it one that was there already."""
        return self.filter(version__isnull=False)


class Extraction(Evidence):
    """One extraction, written when it has ended: what was read, from where, and what came of it.

    Attributes:
        schema: [{name, type}]; drift: {added, removed, changed: [{name, before, now}]} against the version before.
        fingerprint: sha256 over the schema and the contents of its parts, wherever they were read.
        place_digest: sha256 of the source's place as it was then.
        mark: {value, type} of the greatest cursor among all rows taken so far.
        new_rows: rows of the last part, or of all of them; repeated: rows at the last mark that were known already.
        copies: rows that say the same as another in every column.
    """

    SCOPE = "source__dataset"

    class Outcome(models.TextChoices):
        NEW = "new", "New version"
        UNCHANGED = "unchanged", "Nothing new"
        FAILED = "failed", "Failed"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="extractions")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=40, unique=True)
    outcome = models.CharField(max_length=10, choices=Outcome)
    mode = models.CharField(max_length=12, choices=Source.Mode)
    origin = models.CharField(max_length=700)
    place_digest = models.CharField(max_length=64)
    version = models.ForeignKey(
        DatasetVersion, null=True, on_delete=models.PROTECT, related_name="extractions", blank=True
    )
    rows = models.BigIntegerField(null=True)
    new_rows = models.BigIntegerField(null=True)
    repeated = models.BigIntegerField(default=0)
    copies = models.BigIntegerField(default=0)
    cursor = models.CharField(max_length=200, blank=True)
    mark = models.JSONField(null=True)
    schema = models.JSONField(default=list)
    drift = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64, blank=True, db_index=True)
    notes = models.JSONField(default=list)
    error = models.TextField(blank=True)
    job = models.UUIDField(unique=True)
    asked_by = models.ForeignKey(**PERSON)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField()

    objects = ExtractionQuerySet.as_manager()

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="extraction_number_is_used_once"),
            models.CheckConstraint(
                name="extraction_failed_or_led_to_a_version",
                condition=Q(outcome="failed", version=None) | (~Q(outcome="failed") & Q(version__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def kind(self) -> str:
        return "extraction"

    @property
    def seconds(self) -> float:
        """From when it was asked for until it had ended."""
        return (self.ended_at - self.asked_at).total_seconds()

    def get_absolute_url(self) -> str:
        return f"{self.source.get_absolute_url()}#{self.reference}"


class Part(Evidence):
    """One part of the table that an extraction made a new version of: what it came from, and the bytes it came in.

    Attributes:
        blob: the file as it came, or its rows as a Parquet file.
        content: the digest of what its rows say; see `intake.digesting`.
    """

    SCOPE = "extraction__source__dataset"

    extraction = models.ForeignKey(Extraction, on_delete=models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=300)
    rows = models.BigIntegerField()
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    content = models.CharField(max_length=64)

    class Meta(Evidence.Meta):
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["extraction", "number"], name="part_number_is_used_once"),
        ]

    def __str__(self) -> str:
        return self.name
