from django.db import models
from django.db.models.functions import Now

from apps.core.evidence import Evidence


class Blob(Evidence):
    """Some bytes, once. What they are for is said by the row that points here."""

    digest = models.CharField(max_length=64, primary_key=True)  # sha256, hex
    size = models.BigIntegerField()  # bytes
    media_type = models.CharField(max_length=100)  # as sniffed
    storage_name = models.CharField(max_length=120)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self):
        return self.digest


class Removal(Evidence):
    """That some bytes were taken away for good, and why: the digest, and every row that names it, stay."""

    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="removals")
    reason = models.CharField(max_length=200)
    asked_at = models.DateTimeField()

    def __str__(self):
        return f"Removal of {self.blob_id}"
