from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core.events import Step
from apps.core.governed import Governed
from apps.inventory.models import ModelVersion
from apps.signatures.models import Signature
from apps.validations import events

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Validation(Governed):
    """One cycle of independent challenge of a version, from its scope to a signed conclusion."""

    PREFIX = "VAL"
    SCOPE = "version__model"
    CARD = "validations/_validation.html"

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        CONCLUDED = "concluded", "Concluded"
        ABANDONED = "abandoned", "Ended without a conclusion"

    class Conclusion(models.TextChoices):
        FIT = "fit", "Fit for use"
        FIT_WITH_CONDITIONS = "fit_with_conditions", "Fit with conditions"
        NOT_FIT = "not_fit", "Not fit for use"

    class Sort(models.TextChoices):
        INITIAL = "initial", "Before use"
        REVALIDATION = "revalidation", "Revalidation"

    TRANSITIONS = {
        (Status.OPEN, Status.CONCLUDED): Step(events.VALIDATION_CONCLUDED, barred=("owner", "developers")),
        (Status.OPEN, Status.ABANDONED): Step(events.VALIDATION_ABANDONED),
    }

    reference = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="validations")
    sort = models.CharField(max_length=15, choices=Sort, default=Sort.INITIAL)
    reason = models.TextField(blank=True)  # why again, of a revalidation
    validator = models.ForeignKey(null=True, **PERSON)
    scope_of_work = models.TextField(blank=True)
    answers = models.JSONField(default=dict)  # {question key: {answer, assessment}}
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN, db_index=True)
    conclusion = models.CharField(max_length=20, choices=Conclusion, blank=True)
    summary = models.TextField(blank=True)
    report = models.TextField(blank=True)  # canonical JSON, as it was signed
    report_digest = models.CharField(max_length=64, blank=True)
    signature = models.OneToOneField(Signature, null=True, on_delete=models.PROTECT, related_name="validation")
    opened_by = models.ForeignKey(**PERSON)
    opened_at = models.DateTimeField()
    due = models.DateField(null=True)
    concluded_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        permissions = [
            ("conclude_validation", "Can conclude a validation and sign its report"),
            ("ask_revalidation", "Can ask for a version to be validated again"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(status="open"), name="one_open_validation_a_version"
            ),
            models.CheckConstraint(
                name="a_conclusion_is_signed",
                condition=~models.Q(status="concluded") | models.Q(signature__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"

    def get_absolute_url(self) -> str:
        return reverse("validation", args=[self.reference])

    @property
    def owner(self):
        return self.version.owner

    @property
    def developers(self):
        return self.version.developers
