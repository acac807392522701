from django.conf import settings
from django.db import models

from apps.core.governed import Governed
from apps.evaluations.models import Evaluation
from apps.inventory.models import ModelVersion
from apps.signatures.models import Signature

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Submission(Governed):
    """One time that a version was submitted, with the evaluation it asked for."""

    SCOPE = "version__model"

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField()
    evaluation = models.OneToOneField(Evaluation, null=True, on_delete=models.PROTECT, related_name="submission")
    submitted_by = models.ForeignKey(**PERSON)
    submitted_at = models.DateTimeField()

    class Meta(Governed.Meta):
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="one_submission_a_number")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return f"{self.version.reference} submission {self.number}"


class Acceptance(Governed):
    """The owner's word on a version's uses: a signature, never a vote."""

    PREFIX = "ACC"
    SCOPE = "version__model"

    reference = models.CharField(max_length=20, unique=True)
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="acceptances")
    statement = models.TextField()
    uses_digest = models.CharField(max_length=64)
    signature = models.OneToOneField(Signature, null=True, on_delete=models.PROTECT, related_name="acceptance")
    accepted_by = models.ForeignKey(**PERSON)
    accepted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reference} of {self.version.reference}"
