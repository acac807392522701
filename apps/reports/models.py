from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.core import scope
from apps.core.evidence import Evidence, EvidenceQuerySet
from apps.files.models import Blob


class DocumentQuerySet(EvidenceQuerySet):
    def visible_to(self, user):
        """The documents about roots that `user` may know of."""
        return scope.visible(self, user)


class Document(Evidence):
    """A document as it was rendered, for good: the same key always gives the same bytes.

    Attributes:
        dossier_digest, checkpoint_size, template_version: the key. What was decided on, how far the ledger was sealed
            when it was told, and how it is laid out.
        content: the canonical JSON from which it was rendered; `blob` is the PDF, which has attached that JSON, or of
            it the report that was signed.
    """

    PREFIX: ClassVar[str] = "DOC"
    SCOPE: ClassVar[str | None] = scope.BY_REFERENCE
    kind: ClassVar[str] = "document"

    class Kind(models.TextChoices):
        MODEL_CARD = "model_card", "Model card"
        VALIDATION_REPORT = "validation_report", "Validation report"

    reference = models.CharField(max_length=20, unique=True)
    kind_of_document = models.CharField(max_length=20, choices=Kind)
    subject_kind = models.CharField(max_length=40)
    subject_reference = models.CharField(max_length=80, db_index=True)
    root_reference = models.CharField(max_length=80, db_index=True)
    dossier_digest = models.CharField(max_length=64)
    checkpoint_size = models.BigIntegerField()
    template_version = models.PositiveSmallIntegerField()
    content = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="documents"
    )
    made_at = models.DateTimeField()

    objects = DocumentQuerySet.as_manager()

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "kind_of_document",
                    "subject_reference",
                    "dossier_digest",
                    "checkpoint_size",
                    "template_version",
                ],
                name="one_document_a_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.get_kind_of_document_display()} of {self.subject_reference}"
