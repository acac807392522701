from django.db import models


class ReferenceCounter(models.Model):
    """The last number given to a prefix. Locked while a number is taken; a rolled-back act leaves no gap to fear."""

    prefix = models.CharField(max_length=8, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}-{self.last:04d}"


class IdempotencyKey(models.Model):
    """An answer that was given once, kept to be given again. Written with the effect it tells of."""

    actor = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.TextField()  # JSON as it was given: a database's own JSON would put the names in another order
    headers = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.actor}: {self.key}"
