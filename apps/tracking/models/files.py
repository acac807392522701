from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.evidence import Evidence
from apps.files.models import Blob
from apps.tracking.models.logged_models import LoggedModel
from apps.tracking.models.runs import Run

LONGEST_PATH = 1000


class KeptFile(Evidence):
    """A file that a run or a logged model keeps under a path. Another under the same path takes its place in lists;
    this one stays in the record."""

    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="files", db_index=False)
    model = models.ForeignKey(LoggedModel, null=True, on_delete=models.PROTECT, related_name="files", db_index=False)
    place = models.BigIntegerField(null=True)  # in the run's logbook
    path = models.CharField(max_length=LONGEST_PATH)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kept_at = models.DateTimeField()

    class Meta(Evidence.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(run=None, model__isnull=False) | Q(run__isnull=False, model=None),
                name="a_file_is_kept_by_one",
            )
        ]
        indexes = [
            models.Index(fields=["run", "path"], name="files_of_a_run"),
            models.Index(fields=["model", "path"], name="files_of_a_model"),
        ]

    def __str__(self) -> str:
        return self.path


class Upload(models.Model):
    """A file that is on its way in parts. It is no record of anything, and goes when it is whole or forgotten."""

    reference = models.CharField(max_length=32, primary_key=True)
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")
    model = models.ForeignKey(LoggedModel, null=True, on_delete=models.PROTECT, related_name="+")
    path = models.CharField(max_length=LONGEST_PATH)
    parts_expected = models.PositiveIntegerField()
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(db_index=True)
    became = models.CharField(max_length=64, blank=True)  # the digest of the whole, once it is kept

    def __str__(self) -> str:
        return self.reference

    @property
    def owner(self) -> Run | LoggedModel:
        """What keeps the file once it is whole."""
        return self.run or self.model  # type: ignore[return-value]


class UploadPart(models.Model):
    """One part that has come."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    size = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "number", "digest"], name="a_part_is_kept_once")]

    def __str__(self) -> str:
        return f"{self.upload_id} {self.number}"
