from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.datasets import events
from apps.datasets.contracts import Terms, read_contract
from apps.datasets.models.tables import Dataset, DatasetVersion

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Contract(Governed):
    """One text of a dataset's contract. In force it never changes; a next one takes its place.

    Attributes:
        table: which object of the document's schema the dataset is.
        text: as it was written; `document` is what it says, and `digest` is of that.
    """

    PREFIX = "CTR"
    SCOPE = "dataset"
    CARD = "datasets/contracts/_contract.html"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_FORCE = "in_force", "In force"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"
        ENDED = "ended", "Ended"

    TRANSITIONS: ClassVar[dict[tuple[str, str], Step | tuple[Step, ...]]] = {
        (Status.DRAFT, Status.DRAFT): Step(events.CONTRACT_EDITED),
        (Status.DRAFT, Status.WITHDRAWN): Step(events.CONTRACT_WITHDRAWN),
        (Status.DRAFT, Status.IN_FORCE): Step(events.CONTRACT_AGREED, barred=("author",)),
        (Status.IN_FORCE, Status.SUPERSEDED): Step(events.CONTRACT_SUPERSEDED),
        (Status.IN_FORCE, Status.ENDED): Step(events.CONTRACT_ENDED),
    }

    reference = models.CharField(max_length=20, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="contracts")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    table = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    author = models.ForeignKey(**PERSON)
    drafted_at = models.DateTimeField()
    agreed_by = models.ForeignKey(null=True, **PERSON)
    agreed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        ordering = ["dataset", "-number"]
        permissions = [("agree_contract", "Can agree to another person's contract, or end one")]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="contract_number_is_used_once"),
            models.UniqueConstraint(
                fields=["dataset"], condition=Q(status="draft"), name="one_draft_contract_a_dataset"
            ),
            models.UniqueConstraint(
                fields=["dataset"], condition=Q(status="in_force"), name="one_contract_in_force_a_dataset"
            ),
            models.CheckConstraint(
                name="a_contract_is_agreed_by_another", condition=Q(agreed_by=None) | ~Q(agreed_by=F("author"))
            ),
            models.CheckConstraint(
                name="a_contract_in_force_says_by_whom",
                condition=Q(status__in=["draft", "withdrawn"], agreed_by=None)
                | Q(
                    status__in=["in_force", "superseded", "ended"],
                    agreed_by__isnull=False,
                    agreed_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} contract of {self.dataset.reference}, version {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("contract", args=[self.reference])

    @cached_property
    def terms(self) -> Terms:
        """The text as terms that a table can be held against."""
        return read_contract(self.text, table=self.table)[0]

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def standing(self) -> str:
        """Where it stands, in the standard's words."""
        return _STANDINGS[self.status]

    def exported(self) -> dict[str, Any]:
        """The document, whole, with the status that it has here."""
        return {**self.document, "status": self.standing}


_STANDINGS = {
    Contract.Status.DRAFT: "draft",
    Contract.Status.IN_FORCE: "active",
    Contract.Status.SUPERSEDED: "deprecated",
    Contract.Status.WITHDRAWN: "retired",
    Contract.Status.ENDED: "retired",
}


class Inspection(Evidence):
    """A version held against a contract once: what came out, and how.

    Attributes:
        changes: what differs from the version before, as sentences with their kind.
        results_digest: sha256 of the canonical JSON of the results; the event of the act names it.
    """

    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="inspections")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="inspections")
    outcome = models.CharField(max_length=10)
    rows = models.BigIntegerField()
    changes = models.JSONField()
    results_digest = models.CharField(max_length=64)
    engine = models.JSONField()
    asked_by = models.ForeignKey(**PERSON)
    checked_at = models.DateTimeField()

    class Meta(Evidence.Meta):
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.version_id} under {self.contract_id}: {self.outcome}"


class CheckResult(Evidence):
    """What one check found in one inspection; see `contracts.inspecting.Finding`."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="results")
    place = models.PositiveIntegerField()
    name = models.CharField(max_length=140)
    kind = models.CharField(max_length=20)
    severity = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10)
    expected = models.TextField()
    columns = models.JSONField()
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=10, blank=True)
    failing = models.BigIntegerField(null=True)
    rows = models.BigIntegerField()
    reason = models.TextField(blank=True)

    class Meta(Evidence.Meta):
        ordering = ["inspection", "place"]

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome}"
