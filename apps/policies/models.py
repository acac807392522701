from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.core.events import Step
from apps.core.governed import Governed, GovernedQuerySet
from apps.policies import events
from apps.policies.rules import KINDS, TITLES
from apps.policies.rules import Policy as Rules


class Policy(Governed):
    """A rule under a name, in versions. What it says is in the version that is in force."""

    PREFIX = "POL"
    SCOPE = None
    CARD = "policies/_policy.html"

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    policy_kind = models.CharField(max_length=30, choices=TITLES)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()

    class Meta(Governed.Meta):
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["policy_kind", "name"], name="one_policy_a_kind_and_name"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("policy", args=[self.reference])


class PolicyVersionQuerySet(GovernedQuerySet):
    def in_force(self, at: datetime) -> PolicyVersionQuerySet:
        """The versions that count at the moment `at`, be it past or to come."""
        return self.filter(Q(effective_to=None) | Q(effective_to__gt=at), effective_from__lte=at)


class PolicyVersion(Governed):
    """One text of a policy. Once published it never changes: the model, the services and a trigger see to that."""

    SCOPE = None
    CARD = "policies/_version.html"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"

    TRANSITIONS: ClassVar[dict[tuple[str, str], Step | tuple[Step, ...]]] = {
        (Status.DRAFT, Status.DRAFT): Step(events.DRAFT_EDITED),
        (Status.DRAFT, Status.WITHDRAWN): Step(events.DRAFT_WITHDRAWN),
        (Status.DRAFT, Status.PUBLISHED): Step(events.VERSION_PUBLISHED, barred=("author",)),
        (Status.PUBLISHED, Status.SUPERSEDED): Step(events.VERSION_SUPERSEDED),
    }

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=30, unique=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    text = models.TextField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True)
    effective_from = models.DateTimeField(null=True)
    effective_to = models.DateTimeField(null=True)

    objects: ClassVar[Any] = PolicyVersionQuerySet.as_manager()

    class Meta(Governed.Meta):
        ordering = ["policy", "-number"]
        permissions = [("publish_policyversion", "Can put another person's policy into force")]
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="one_version_a_number"),
            models.UniqueConstraint(fields=["policy"], condition=Q(status="draft"), name="one_draft_a_policy"),
            models.UniqueConstraint(
                fields=["policy"], condition=Q(status="published"), name="one_published_a_policy"
            ),
            models.CheckConstraint(
                name="policy_is_published_by_another",
                condition=Q(published_by=None) | ~Q(published_by=F("author")),
            ),
            models.CheckConstraint(
                name="published_policy_says_by_whom_and_since_when",
                condition=Q(status__in=["draft", "withdrawn"], published_by=None, effective_from=None)
                | Q(
                    status__in=["published", "superseded"],
                    published_by__isnull=False,
                    published_at__isnull=False,
                    effective_from__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="policy_ends_after_it_begins",
                condition=Q(effective_to=None) | Q(effective_to__gt=F("effective_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("policy-version", args=[self.policy.reference, self.number])

    @cached_property
    def rules(self) -> Rules:
        """The document as a typed policy, for `judge`, `tier`, `standing` and `watch`."""
        return KINDS[self.document["kind"]].model_validate(self.document)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    def counts_at(self, moment: datetime) -> bool:
        begun = self.effective_from is not None and self.effective_from <= moment
        return begun and (self.effective_to is None or moment < self.effective_to)
