from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.approvals import events
from apps.core.dates import overdue
from apps.core.events import Event, Step
from apps.core.governed import Governed, GovernedQuerySet
from apps.policies.rules.routes import ApprovalRoute
from apps.signatures.models import Signature

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Approval(Governed):
    """A request to decide on one frozen record, and where it stands.

    The record (`record`, canonical JSON) and the route are copies as of the request: what is decided on, and by whom,
    does not change under the people who decide.
    """

    PREFIX = "APR"
    SCOPE = "root_reference"
    CARD = "approvals/_approval.html"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        APPROVED = "approved", "Approved"
        APPROVED_WITH_CONDITIONS = "approved_with_conditions", "Approved with conditions"
        SENT_BACK = "sent_back", "Sent back"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"
        RETURNED = "returned", "Returned because the record changed"
        SUSPENDED = "suspended", "Suspended"

    GRANTED = (Status.APPROVED, Status.APPROVED_WITH_CONDITIONS)
    BINDING = (*GRANTED, Status.SUSPENDED)
    TRANSITIONS = {
        (Status.OPEN, Status.APPROVED): Step(events.DECISION_SIGNED, barred=("opened_by",)),
        (Status.OPEN, Status.APPROVED_WITH_CONDITIONS): Step(events.DECISION_SIGNED, barred=("opened_by",)),
        (Status.OPEN, Status.SENT_BACK): Step(events.DECISION_SIGNED, barred=("opened_by",)),
        (Status.OPEN, Status.REJECTED): Step(events.DECISION_SIGNED, barred=("opened_by",)),
        (Status.OPEN, Status.RETURNED): Step(events.APPROVAL_RETURNED),
        (Status.OPEN, Status.WITHDRAWN): (Step(events.APPROVAL_WITHDRAWN), Step(events.APPROVAL_ENDED)),
        (Status.APPROVED, Status.SUSPENDED): Step(events.APPROVAL_SUSPENDED),
        (Status.APPROVED_WITH_CONDITIONS, Status.SUSPENDED): Step(events.APPROVAL_SUSPENDED),
        (Status.SUSPENDED, Status.APPROVED): Step(events.SUSPENSION_LIFTED),
        (Status.SUSPENDED, Status.APPROVED_WITH_CONDITIONS): Step(events.SUSPENSION_LIFTED),
    }

    reference = models.CharField(max_length=20, unique=True)
    kind_of_request = models.CharField(max_length=40)  # the subject's kind in the route: model_version, retirement …
    title = models.CharField(max_length=200)
    subject_kind = models.CharField(max_length=40)
    subject_reference = models.CharField(max_length=80, db_index=True)
    root_reference = models.CharField(max_length=80, blank=True, db_index=True)
    record = models.TextField()
    dossier_digest = models.CharField(max_length=64)
    route = models.JSONField()
    route_version = models.CharField(max_length=40, blank=True)  # the policy version it was taken from
    status = models.CharField(max_length=30, choices=Status, default=Status.OPEN, db_index=True)
    granted_as = models.CharField(max_length=30, blank=True)  # what a suspension is lifted to
    opened_by = models.ForeignKey(**PERSON)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    suspension = models.TextField(blank=True)
    # exceptions on which the last lifting of a suspension rests, in place of those that were signed and ended
    stand_ins = models.JSONField(default=list)

    class Meta(Governed.Meta):
        permissions = [
            ("decide_approval", "Can decide and sign"),
            ("withdraw_approval", "Can take a request for approval back"),
            ("suspend_approval", "Can suspend an approval and lift a suspension"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_reference"],
                condition=Q(status="open"),
                name="one_open_approval_a_subject",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("approval", args=[self.reference])

    @property
    def rule(self) -> ApprovalRoute:
        """The route as it was when the request was made."""
        return ApprovalRoute.model_validate(self.route)

    @property
    def granted(self) -> bool:
        return self.status in self.GRANTED

    def late_condition(self, now: datetime) -> Condition | None:
        """The first condition whose date has passed unverified, or None."""
        unverified = self.conditions.exclude(status=Condition.Status.VERIFIED).order_by("number")
        return next((condition for condition in unverified if overdue(condition.due, now)), None)

    def relied_upon(self) -> list[str]:
        """The references of the exceptions that its deciders said they rely upon, and of those that stand in now."""
        said = {reference for made in self.decisions.all() for reference in made.exceptions}
        return sorted(said.union(self.stand_ins))


class Stage(Governed):
    """One step of an approval's route: who is asked, until when, and since when it is open."""

    SCOPE = "root_reference"

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="stages")
    root_reference = models.CharField(max_length=80, blank=True, db_index=True)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=60, blank=True)
    permission = models.CharField(max_length=100, blank=True)
    quorum = models.PositiveSmallIntegerField()
    mode = models.CharField(max_length=3)
    asked = models.JSONField(default=list)  # the people asked when it opened, as USR references; for "all"
    opened_at = models.DateTimeField(null=True)
    due = models.DateField(null=True)

    class Meta(Governed.Meta):
        constraints = [models.UniqueConstraint(fields=["approval", "number"], name="one_stage_a_number")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.approval.reference} stage {self.number}"


class Decision(Governed):
    """What one person decided, and the signature under it. Inserted once; nobody decides twice."""

    SCOPE = "root_reference"

    class Kind(models.TextChoices):
        APPROVE = "approve", "Approve"
        APPROVE_WITH_CONDITIONS = "approve_with_conditions", "Approve with conditions"
        SEND_BACK = "send_back", "Send back"
        REJECT = "reject", "Reject"

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="decisions")
    root_reference = models.CharField(max_length=80, blank=True, db_index=True)
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="decisions")
    decider = models.ForeignKey(**PERSON)
    in_place_of = models.ForeignKey(null=True, **PERSON)
    decision = models.CharField(max_length=30, choices=Kind)
    reason = models.TextField()
    dossier_digest = models.CharField(max_length=64)
    exceptions = models.JSONField(default=list)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="decision")
    decided_at = models.DateTimeField()

    class Meta(Governed.Meta):
        constraints = [models.UniqueConstraint(fields=["approval", "decider"], name="nobody_decides_twice")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.approval.reference} decision USR-{self.decider_id}"


class ConditionQuerySet(GovernedQuerySet):
    def binding(self) -> Any:
        """Those of what was granted, suspended or not; what was not granted, or not yet, binds nobody."""
        return self.filter(approval__status__in=Approval.BINDING)


class Condition(Governed):
    """Something that an approval asks to be done by a date, and whether another person saw that it was."""

    SCOPE = "root_reference"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        FULFILLED = "fulfilled", "Waiting for verification"
        VERIFIED = "verified", "Verified"

    TRANSITIONS = {
        (Status.OPEN, Status.FULFILLED): Step(events.CONDITION_FULFILLED),
        (Status.FULFILLED, Status.OPEN): Step(events.CONDITION_REFUSED, barred=("fulfilled_by",)),
        (Status.FULFILLED, Status.VERIFIED): Step(events.CONDITION_VERIFIED, barred=("fulfilled_by",)),
    }

    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="conditions")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="conditions")
    root_reference = models.CharField(max_length=80, blank=True, db_index=True)
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    due = models.DateField()
    check_measure = models.JSONField(null=True)  # what a program could check, as it was said
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    evidence = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    fulfilled_by = models.ForeignKey(null=True, **PERSON)
    fulfilled_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(null=True, **PERSON)
    verified_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)

    objects = ConditionQuerySet.as_manager()

    class Meta(Governed.Meta):
        permissions = [
            ("fulfil_condition", "Can report a condition as fulfilled"),
            ("verify_condition", "Can verify that a condition is fulfilled"),
            ("announce_overdue", "Can announce that a condition's date has passed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["approval", "number"], name="one_condition_a_number"),
            models.CheckConstraint(
                name="a_condition_is_verified_by_another",
                condition=Q(verified_by=None) | ~Q(verified_by=F("fulfilled_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.approval.reference} condition {self.number}"

    @property
    def binds(self) -> bool:
        """Whether anybody is bound by it: what it belongs to was granted."""
        return self.approval.status in Approval.BINDING

    def available_events(self, user: Any) -> list[Event]:
        return super().available_events(user) if self.binds else []


class DelegationQuerySet(GovernedQuerySet):
    def live(self, now: datetime) -> Any:
        """Those that count at `now`."""
        return self.filter(starts_at__lte=now, ends_at__gt=now, ended_at=None)


class Delegation(Governed):
    """That one decider decides in another's place for a time. It lends a role, never a way round separation."""

    PREFIX = "DLG"
    SCOPE = None

    reference = models.CharField(max_length=20, unique=True)
    principal = models.ForeignKey(**PERSON)
    deputy = models.ForeignKey(**PERSON)
    role = models.CharField(max_length=60)
    reason = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = DelegationQuerySet.as_manager()

    class Meta(Governed.Meta):
        constraints = [
            models.CheckConstraint(name="nobody_delegates_to_themselves", condition=~Q(principal=F("deputy"))),
            models.CheckConstraint(name="a_delegation_ends_later", condition=Q(ends_at__gt=F("starts_at"))),
        ]

    def __str__(self) -> str:
        return self.reference
