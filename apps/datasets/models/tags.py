from django.conf import settings
from django.db import models

from apps.core.governed import Governed
from apps.datasets.models.tables import Dataset, DatasetVersion


class Tag(Governed):
    """A name in a dataset that points to one of its versions, and can be moved: "golden", "2016-holdout"."""

    SCOPE = "dataset"

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="tags")
    name = models.CharField(max_length=40)
    version = models.ForeignKey(DatasetVersion, null=True, on_delete=models.PROTECT, related_name="tags")
    note = models.TextField(blank=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta(Governed.Meta):
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="one_tag_a_name")]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """How a version can be asked for by it, where references of versions are taken."""
        return f"{self.dataset.reference}@{self.name}"
