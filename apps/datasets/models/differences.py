from django.db import models

from apps.core.evidence import Evidence


class Difference(Evidence):
    """What is different between two tables, worked out once: by the digests of both and the key that matched rows.

    It holds no cells, and names no version: who may see one of either table is asked where it is shown.
    """

    before = models.CharField(max_length=64)
    after = models.CharField(max_length=64)
    key = models.CharField(max_length=64)  # sha256 of the key's columns as canonical JSON
    details = models.JSONField()  # see apps.datasets.comparing; {refused} where rows can't be matched by that key
    computed_at = models.DateTimeField()

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(fields=["before", "after", "key"], name="a_difference_is_worked_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.before[:8]} to {self.after[:8]}"
