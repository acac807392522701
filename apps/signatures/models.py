from django.conf import settings
from django.db import models

from apps.core.evidence import Evidence


class Signature(Evidence):
    """One person's signature on one record (21 CFR 11.50, 11.70): printed name, moment, meaning, and what was signed.

    `statement` is the canonical JSON that was signed: it names the record's digest, the meaning, and whatever the
    person added. `digest` is its sha256, so the signature can't be moved to another record or another reason.
    """

    SCOPE = "root_reference"
    kind = "signature"

    class Meaning(models.TextChoices):
        APPROVAL = "approval", "Approved"
        CONDITIONAL_APPROVAL = "conditional_approval", "Approved with conditions"
        RETURN = "return", "Sent back"
        REJECTION = "rejection", "Rejected"
        ATTESTATION = "attestation", "Attested"
        CONCLUSION = "conclusion", "Concluded the validation"

    reference = models.CharField(max_length=20, unique=True)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=120)
    printed_roles = models.CharField(max_length=300)
    meaning = models.CharField(max_length=30, choices=Meaning)
    signed_at = models.DateTimeField()
    methods = models.JSONField()  # how the person proved who they are: ["password", "totp"]
    subject_kind = models.CharField(max_length=40)
    subject_reference = models.CharField(max_length=80, db_index=True)
    root_reference = models.CharField(max_length=80, blank=True, db_index=True)
    record_digest = models.CharField(max_length=64)
    statement = models.TextField()
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return f"{self.reference} {self.printed_name}: {self.get_meaning_display()}"
