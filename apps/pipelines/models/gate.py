"""What CI was told of a version, and what developers say of their own tests. Insert-only: nobody decides about it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core import scope
from apps.core.evidence import Evidence, EvidenceQuerySet
from apps.evaluations.models import Evaluation, Verdict
from apps.inventory.models import ModelVersion
from apps.policies.models import PolicyVersion

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class OfAVersionQuerySet(EvidenceQuerySet):
    def visible_to(self, user: Any) -> OfAVersionQuerySet:
        """The rows that `user` may know of."""
        rows: OfAVersionQuerySet = scope.visible(self, user)
        return rows


class OfAVersion(Evidence):
    """Something said once about a version, from outside: by whom, at which commit, in which run of CI."""

    SCOPE: ClassVar[str] = "version__model"
    PREFIX: ClassVar[str] = ""

    reference = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    commit = models.CharField(max_length=100, blank=True)
    branch = models.CharField(max_length=200, blank=True)
    ci_url = models.URLField(max_length=500, blank=True)
    digest = models.CharField(max_length=64)

    objects = OfAVersionQuerySet.as_manager()

    class Meta(Evidence.Meta):
        abstract = True

    @property
    def kind(self) -> str:
        """What this is called in the ledger."""
        return str(self._meta.model_name)

    def told(self) -> dict[str, Any]:
        """What the event says of it; what is long is there by its digest."""
        columns = [field.attname for field in self._meta.concrete_fields if field.attname not in ("id", *self.LONG)]
        return {name: getattr(self, name) for name in columns}

    LONG: ClassVar[tuple[str, ...]] = ()


class TestReport(OfAVersion):
    """What tests of data and model code came out as, by the developers' own word: their machine, their tests.

    Attributes:
        digest: sha256 of the canonical JSON of `tool` and `tests`.
        tests: [{name, kind, outcome, seconds, message?, figures?}].
    """

    PREFIX = "TRP"
    LONG = ("tests",)
    __test__ = False  # pytest would take it for tests of its own

    tool = models.CharField(max_length=100)
    tests = models.JSONField()
    passed = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    errors = models.PositiveIntegerField()
    skipped = models.PositiveIntegerField()
    reported_by = models.ForeignKey(**PERSON)
    reported_at = models.DateTimeField()

    class Meta(OfAVersion.Meta):
        indexes = [models.Index(fields=["version", "-id"], name="reports_of_a_version")]

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("test-report", args=[self.reference])

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.errors + self.skipped

    @property
    def unmet(self) -> int:
        """How many did not come out as they should."""
        return self.failed + self.errors


class GateCheck(OfAVersion):
    """That somebody asked whether a version is fit under a policy, and what the answer was.

    Attributes:
        digest: of the verdict, as `evaluations.Verdict` has it: equal where both say the same by the same policy.
        passes: whether the outcome passes, and nothing in `notes` keeps it from that.
        governs: whether that policy version is the one that governs the version at that moment.
    """

    PREFIX = "GTC"
    LONG = ("gates", "notes")

    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    evaluation = models.ForeignKey(Evaluation, null=True, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(TestReport, null=True, on_delete=models.PROTECT, related_name="+")
    governs = models.BooleanField()
    outcome = models.CharField(max_length=20, choices=Verdict.Outcome)
    passes = models.BooleanField()
    gates = models.JSONField()
    notes = models.JSONField()
    checked_by = models.ForeignKey(**PERSON)
    checked_at = models.DateTimeField()

    class Meta(OfAVersion.Meta):
        indexes = [models.Index(fields=["version", "-id"], name="gate_checks_of_a_version")]

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("gate-check", args=[self.reference])
