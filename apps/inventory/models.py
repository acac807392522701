from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from apps.accounts.models import BusinessUnit, User
from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.core.scope import root
from apps.files.models import Blob
from apps.inventory import events

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


@root
class Model(Governed):
    """A quantitative method with a business use, in the inventory from proposal to retirement."""

    PREFIX = "MDL"
    CARD = "inventory/_model.html"

    class Kind(models.TextChoices):
        MACHINE_LEARNING = "machine_learning", "Machine learning"
        STATISTICAL = "statistical", "Statistical"
        EXPERT = "expert", "Expert judgement or scorecard"
        VENDOR = "vendor", "Vendor's"
        OTHER = "other", "Other quantitative method"

    class Intake(models.TextChoices):
        UNDECIDED = "undecided", "Not decided yet"
        MODEL = "model", "A model"
        NOT_A_MODEL = "not_a_model", "Not a model"

    class Status(models.TextChoices):
        ACTIVE = "active", "In the inventory"
        RETIRED = "retired", "Retired"

    TRANSITIONS = {(Status.ACTIVE, Status.RETIRED): Step(events.MODEL_RETIRED)}

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    purpose = models.TextField()
    description = models.TextField(blank=True)
    kind_of_model = models.CharField(max_length=20, choices=Kind, default=Kind.MACHINE_LEARNING)
    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="models")
    legal_entity = models.CharField(max_length=120, blank=True)
    jurisdictions = models.JSONField(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_models")
    accountable_executive = models.ForeignKey(null=True, **PERSON)
    vendor = models.CharField(max_length=120, blank=True)
    materiality = models.JSONField(default=dict)
    tier = models.PositiveSmallIntegerField(null=True)
    tier_reasons = models.JSONField(default=list)
    tier_method = models.CharField(max_length=40, blank=True)  # the policy version that gave it, POL-0002@1
    intake = models.CharField(max_length=12, choices=Intake, default=Intake.UNDECIDED)
    intake_reason = models.TextField(blank=True)
    intake_by = models.ForeignKey(null=True, **PERSON)
    contingency = models.TextField(blank=True)  # what happens where the model can't be used
    next_review = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    created_by = models.ForeignKey(**PERSON)
    created_at = models.DateTimeField()

    class Meta(Governed.Meta):
        permissions = [
            ("decide_intake", "Can decide whether something is a model"),
            ("set_tier", "Can set a tier otherwise than the method gives"),
            ("state_limitation", "Can state a limitation"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["business_unit", "name"], name="one_model_a_name_in_a_unit"),
            models.CheckConstraint(condition=Q(tier=None) | Q(tier__range=(1, 5)), name="a_tier_is_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("model", args=[self.reference])

    @property
    def tier_by_hand(self) -> bool:
        """Whether the second line set the tier otherwise than the method gives."""
        return self.tier is not None and not self.tier_method

    @property
    def developers(self) -> list[User]:
        """Who develops it; they may neither validate nor approve any of its versions."""
        rows = self.developer_rows.all()
        read_along = "developer_rows" in getattr(self, "_prefetched_objects_cache", {})
        return [row.user for row in (rows if read_along else rows.select_related("user"))]


class Developer(Governed):
    """That a person develops a model. It is never undone: who built it once stays barred from judging it."""

    SCOPE = "model"

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="developer_rows")
    user = models.ForeignKey(**PERSON)

    class Meta(Governed.Meta):
        constraints = [models.UniqueConstraint(fields=["model", "user"], name="one_developer_row_a_person")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.model.reference} developer USR-{self.user_id}"


class Numbered(Governed):
    """A line of a model's list (uses, limitations), numbered within the model."""

    SCOPE = "model"
    WORD = ""

    number = models.PositiveIntegerField()
    created_by = models.ForeignKey(**PERSON)
    created_at = models.DateTimeField()

    class Meta(Governed.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.model.reference} {self.WORD} {self.number}"


class Use(Numbered):
    """What a model may be used for: for whom, and where its use ends. Approval is of versions for uses."""

    WORD = "use"

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="uses")
    name = models.CharField(max_length=200)
    population = models.TextField(blank=True)
    boundaries = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        constraints = [
            models.UniqueConstraint(fields=["model", "number"], name="one_use_a_number"),
            models.UniqueConstraint(fields=["model", "name"], condition=Q(ended_at=None), name="one_use_a_name"),
        ]


class Limitation(Numbered):
    """Where a model can't be relied upon, or must not be used (a restriction)."""

    WORD = "limitation"

    class Sort(models.TextChoices):
        LIMITATION = "limitation", "Limitation"
        RESTRICTION = "restriction", "Restriction on use"

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="limitations")
    sort = models.CharField(max_length=12, choices=Sort, default=Sort.LIMITATION)
    text = models.TextField()

    class Meta(Governed.Meta):
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="one_limitation_a_number")]


class Dependency(Governed):
    """That a model rests on another model's output, or on a dataset."""

    SCOPE = "model"

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="dependencies")
    upstream_kind = models.CharField(max_length=40)  # model, dataset or external
    upstream = models.CharField(max_length=120, db_index=True)  # its reference, or the name of something outside
    note = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        verbose_name_plural = "dependencies"
        constraints = [
            models.UniqueConstraint(
                fields=["model", "upstream"], condition=Q(ended_at=None), name="one_dependency_a_pair"
            )
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.model.reference} on {self.upstream}"


class Artifact(Evidence):
    """A model's file as it was received, and what looking through it found. What was refused has no row."""

    blob = models.OneToOneField(Blob, on_delete=models.PROTECT, primary_key=True, related_name="artifact")
    format = models.CharField(max_length=10)
    scan = models.JSONField()
    scanned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.format} {self.blob_id[:12]}"


class ModelVersion(Governed):
    """One version of a model: an artefact, what it was made of, and where it stands in its life."""

    SCOPE = "model"
    CARD = "inventory/_version.html"

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        SUBMITTED = "submitted", "Submitted"
        IN_VALIDATION = "in_validation", "In validation"
        IN_APPROVAL = "in_approval", "In approval"
        APPROVED = "approved", "Approved"
        IN_USE = "in_use", "In use"
        SUSPENDED = "suspended", "Suspended"
        REJECTED = "rejected", "Rejected"
        RETIRED = "retired", "Retired"

    TRANSITIONS = {
        (Status.DRAFT, Status.SUBMITTED): Step(events.VERSION_SUBMITTED),
        (Status.SUBMITTED, Status.DRAFT): (
            Step(events.GATES_FAILED),
            Step(events.VERSION_RETURNED, barred=("owner", "developers")),
            Step(events.VERSION_WITHDRAWN),
        ),
        (Status.SUBMITTED, Status.IN_VALIDATION): Step(events.EVIDENCE_ACCEPTED),
        (Status.IN_VALIDATION, Status.DRAFT): (
            Step(events.VALIDATION_FAILED),
            Step(events.VERSION_RETURNED, barred=("owner", "developers")),
            Step(events.VERSION_WITHDRAWN),
        ),
        (Status.IN_VALIDATION, Status.IN_APPROVAL): Step(events.APPROVAL_OPENED),
        (Status.IN_APPROVAL, Status.APPROVED): Step(events.VERSION_APPROVED),
        (Status.IN_APPROVAL, Status.REJECTED): Step(events.VERSION_REJECTED),
        (Status.IN_APPROVAL, Status.DRAFT): Step(events.VERSION_SENT_BACK),
        (Status.APPROVED, Status.IN_USE): Step(events.VERSION_RELEASED),
        (Status.IN_USE, Status.APPROVED): Step(events.VERSION_STOPPED),
        (Status.APPROVED, Status.SUSPENDED): Step(events.VERSION_SUSPENDED),
        (Status.IN_USE, Status.SUSPENDED): Step(events.VERSION_SUSPENDED),
        (Status.SUSPENDED, Status.APPROVED): Step(events.VERSION_REINSTATED),
        (Status.DRAFT, Status.RETIRED): Step(events.VERSION_RETIRED),
        (Status.APPROVED, Status.RETIRED): Step(events.VERSION_RETIRED),
        (Status.IN_USE, Status.RETIRED): Step(events.VERSION_RETIRED),
        (Status.SUSPENDED, Status.RETIRED): Step(events.VERSION_RETIRED),
        (Status.REJECTED, Status.RETIRED): Step(events.VERSION_RETIRED),
    }

    reference = models.CharField(max_length=80, unique=True)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    number = models.CharField(max_length=40)
    status = models.CharField(max_length=15, choices=Status, default=Status.DRAFT, db_index=True)
    metadata = models.JSONField()
    artifact = models.ForeignKey(Artifact, null=True, on_delete=models.PROTECT, related_name="versions")
    # the model that the artefact was converted from, as evidence that the conversion is the same model
    parity_artifact = models.ForeignKey(Artifact, null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(**PERSON)
    created_at = models.DateTimeField()

    class Meta(Governed.Meta):
        permissions = [
            ("submit_modelversion", "Can submit and withdraw a version"),
            ("return_modelversion", "Can send a submitted version back"),
        ]
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="one_modelversion_a_number")]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("version", args=[self.reference])

    @property
    def developers(self) -> list[User]:
        """Who built it: the model's developers and whoever added this version."""
        return [*self.model.developers, self.created_by]

    @property
    def owner(self) -> User:
        return self.model.owner

    @property
    def said(self) -> Any:
        """The metadata, typed: metadata.VersionMetadata, or metadata.DraftMetadata while they are incomplete."""
        from apps.inventory import metadata

        return (metadata.read_draft if metadata.unsaid(self.metadata) else metadata.read)(self.metadata)

    def lacks(self) -> dict[str, list[str]]:
        """What is still to be said or sent before this can be evaluated or submitted, by field."""
        from apps.inventory import metadata

        lacking = metadata.unsaid(self.metadata)
        if self.artifact_id is None and self.metadata.get("format") != "scored":
            lacking["artifact"] = ["There is no file that can be loaded: send the model as ONNX or skops."]
        return lacking


class SavedView(models.Model):
    """A filter of the inventory that a person keeps under a name. Personal, so not governed."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="one_view_a_name")]

    def __str__(self) -> str:
        return self.name
