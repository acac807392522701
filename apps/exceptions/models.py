from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from apps.approvals.models import Approval
from apps.core.dates import today
from apps.core.events import Step
from apps.core.governed import Governed, GovernedQuerySet
from apps.exceptions import events

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class ExemptionQuerySet(GovernedQuerySet):
    def with_approval(self) -> Any:
        """With the reference of the request that each was laid before its deciders by."""
        asked = Approval.objects.filter(subject_kind="exemption", subject_reference=OuterRef("reference"))
        return self.annotate(approval_found=Subquery(asked.order_by("-pk").values("reference")[:1]))

    def live(self, now: datetime) -> Any:
        """Those that count at `now`: granted, and their last day is not over."""
        return self.filter(status=Exemption.Status.GRANTED, expires_on__gte=today(now))

    def about(self, *references: str) -> Any:
        """Those about any of the subjects."""
        return self.filter(subject_reference__in=references)


class Exemption(Governed):
    """That a rule need not be met by a subject, for a stated reason, with stated safeguards, until a date.

    Whether it counts is a question of the moment (`live(now)`), never a flag.
    """

    PREFIX = "EXC"
    SCOPE = "root_reference"
    CARD = "exceptions/_exemption.html"
    MAX_DAYS = 366

    class Sort(models.TextChoices):
        RISK_ACCEPTANCE = "risk_acceptance", "Risk acceptance"
        POLICY_EXCEPTION = "policy_exception", "Policy exception"
        WAIVER = "waiver", "Waiver"

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Not granted"
        SUSPENDED = "suspended", "Suspended"
        REVOKED = "revoked", "Revoked"

    TRANSITIONS = {
        (Status.PROPOSED, Status.GRANTED): Step(events.EXEMPTION_GRANTED),
        (Status.PROPOSED, Status.REFUSED): Step(events.EXEMPTION_REFUSED),
        (Status.GRANTED, Status.SUSPENDED): Step(events.EXEMPTION_SUSPENDED),
        (Status.SUSPENDED, Status.GRANTED): Step(events.EXEMPTION_GRANTED),
        (Status.GRANTED, Status.REVOKED): Step(events.EXEMPTION_REVOKED),
        (Status.SUSPENDED, Status.REVOKED): Step(events.EXEMPTION_REVOKED),
    }

    reference = models.CharField(max_length=20, unique=True)
    sort = models.CharField(max_length=20, choices=Sort)
    subject_kind = models.CharField(max_length=40)
    subject_reference = models.CharField(max_length=80, db_index=True)
    root_reference = models.CharField(max_length=80, blank=True, db_index=True)
    gate = models.CharField(
        max_length=120, blank=True
    )  # the gate it covers; "" where it is about a finding or a risk
    reason = models.TextField()
    compensating_controls = models.TextField()
    expires_on = models.DateField()  # its last day
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED, db_index=True)
    proposed_by = models.ForeignKey(**PERSON)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(null=True, **PERSON)
    revoked_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)  # when its end was announced

    objects = ExemptionQuerySet.as_manager()

    class Meta(Governed.Meta):
        permissions = [
            ("revoke_exemption", "Can end an exemption before its date"),
            ("announce_expired", "Can announce that an exemption's date has passed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_reference", "gate", "sort"],
                condition=Q(status="proposed"),
                name="one_proposed_exemption_a_rule",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def title(self) -> str:
        about = f"“{self.gate}” of {self.subject_reference}" if self.gate else self.subject_reference
        return f"{self.get_sort_display()}: {about}"

    def get_absolute_url(self) -> str:
        return reverse("exemption", args=[self.reference])

    @property
    def approval_reference(self) -> str:
        if "approval_found" not in self.__dict__:
            self.approval_found = Exemption.objects.with_approval().get(pk=self.pk).approval_found
        return self.approval_found or ""

    def is_live(self, now: datetime) -> bool:
        return self.status == self.Status.GRANTED and self.expires_on >= today(now)
