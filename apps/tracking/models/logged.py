"""What runs log: facts in bulk, each with its place in the run's logbook.

While a run is under way these rows come by the hundred, and no event tells of each. The logbook's head is a chain of
sha256 over them in the order of their places (see `services.chain`), and the run's events name it.
"""

from django.db import models

from apps.core.evidence import Evidence
from apps.tracking.models.runs import Run

KEY = {"max_length": 250}


class Logbook(models.Model):
    """Where a run's facts stand: how many there are, their chain's head, and what a search shows of them.

    Attributes:
        metrics, params, tags: the latest of each as MLflow's JSON lists them, so that a list of a thousand runs is
            one read and no assembly. The tables below stay the truth.
    """

    run = models.OneToOneField(Run, on_delete=models.PROTECT, primary_key=True, related_name="logbook")
    entries = models.BigIntegerField(default=0)
    head = models.CharField(max_length=64, blank=True)
    metrics = models.TextField(default="[]")
    params = models.TextField(default="[]")
    tags = models.TextField(default="[]")
    inputs = models.TextField(default="{}")
    outputs = models.TextField(default="{}")

    def __str__(self) -> str:
        return f"Logbook of {self.run_id}"


class MetricPoint(Evidence):
    """One value of a metric at a step. The same point logged twice is one."""

    pk = models.CompositePrimaryKey("run_id", "place")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="points", db_index=False)
    place = models.BigIntegerField()
    key = models.CharField(**KEY)
    step = models.BigIntegerField()
    timestamp = models.BigIntegerField()
    value = models.FloatField()  # 0 where it is no number
    is_nan = models.BooleanField()

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["run", "key", "step", "timestamp", "value", "is_nan"], name="a_point_is_logged_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.step}"


class Param(Evidence):
    """A parameter of a run: said once, and never otherwise."""

    pk = models.CompositePrimaryKey("run_id", "key")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="params", db_index=False)
    key = models.CharField(**KEY)
    value = models.TextField()
    place = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class RunTag(models.Model):
    """A tag of a run, as it is now; what it was before is in the chain, or in an event."""

    pk = models.CompositePrimaryKey("run_id", "key")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="tags", db_index=False)
    key = models.CharField(**KEY)
    value = models.TextField()

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class LatestMetric(models.Model):
    """The last value of a metric, by step, then time, then value: what runs are searched and sorted by."""

    pk = models.CompositePrimaryKey("run_id", "key")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="latest", db_index=False)
    key = models.CharField(**KEY)
    value = models.FloatField()
    is_nan = models.BooleanField()
    step = models.BigIntegerField()
    timestamp = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "value"], name="runs_by_metric")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"
