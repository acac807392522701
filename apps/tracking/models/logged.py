"""What runs log: facts in bulk, each with its place in the run's logbook.

While a run is under way these rows come by the hundred, and no event tells of each. The logbook's head is a chain of
sha256 over them in the order of their places (see `services.chain`), and the run's events name it.
"""

from django.db import models

from apps.core.evidence import Evidence
from apps.datasets.models import DatasetVersion
from apps.tracking.models.runs import Run

KEY = {"max_length": 250}
OF_RUN = {"to": Run, "on_delete": models.PROTECT, "db_index": False}


class Logbook(models.Model):
    """Where a run's facts stand: how many there are, their chain's head, and what a search shows of them.

    Attributes:
        metrics, params, tags, inputs, outputs: the latest of each, spelt as MLflow's JSON spells it, so that a list
            of a thousand runs is one read and no assembly. The tables below stay the truth.
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
    """One value of a metric at a step. The same point logged twice is one.

    Attributes:
        value: 0 where it is no number.
        model_id, dataset_name, dataset_digest: of which logged model, on which data, where the client says so.
    """

    pk = models.CompositePrimaryKey("run_id", "place")
    run = models.ForeignKey(related_name="points", **OF_RUN)
    place = models.BigIntegerField()
    key = models.CharField(**KEY)
    step = models.BigIntegerField()
    timestamp = models.BigIntegerField()
    value = models.FloatField()
    is_nan = models.BooleanField()
    model_id = models.CharField(max_length=64, blank=True)
    dataset_name = models.CharField(max_length=500, blank=True)
    dataset_digest = models.CharField(max_length=64, blank=True)

    class Meta(Evidence.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["run", "key", "step", "timestamp", "value", "is_nan", "model_id"],
                name="a_point_is_logged_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.step}"


class LatestMetric(models.Model):
    """The last value of a metric, by step, then time, then value: what runs are searched and sorted by."""

    pk = models.CompositePrimaryKey("run_id", "key")
    run = models.ForeignKey(related_name="latest", **OF_RUN)
    key = models.CharField(**KEY)
    value = models.FloatField()
    is_nan = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["key", "value"], name="runs_by_metric")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class Param(Evidence):
    """A parameter of a run: said once, and never otherwise."""

    pk = models.CompositePrimaryKey("run_id", "key")
    run = models.ForeignKey(related_name="params", **OF_RUN)
    key = models.CharField(**KEY)
    value = models.TextField()
    place = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class TagChange(Evidence):
    """That a tag of a run was set, or taken away (no value)."""

    pk = models.CompositePrimaryKey("run_id", "place")
    run = models.ForeignKey(related_name="tag_changes", **OF_RUN)
    place = models.BigIntegerField()
    key = models.CharField(**KEY)
    value = models.TextField(null=True)  # noqa: DJ001 ("" is a value)

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class RunTag(models.Model):
    """A tag of a run, as it is now."""

    pk = models.CompositePrimaryKey("run_id", "key")
    run = models.ForeignKey(related_name="tags", **OF_RUN)
    key = models.CharField(**KEY)
    value = models.TextField()

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"


class DataInput(Evidence):
    """Data that a run read, as the client describes it, and the dataset version that it is, where that is known.

    Attributes:
        digest: MLflow's own of what it saw, which is none of ours.
        tags: {key: value}; `mlflow.data.context` says what it was for.
        known_by: how the version was found: "digest", "source" or "tag".
    """

    pk = models.CompositePrimaryKey("run_id", "place")
    run = models.ForeignKey(related_name="data_inputs", **OF_RUN)
    place = models.BigIntegerField()
    name = models.CharField(max_length=500)
    digest = models.CharField(max_length=64)
    source_type = models.CharField(max_length=100, blank=True)
    source = models.TextField(blank=True)
    schema = models.TextField(blank=True)
    profile = models.TextField(blank=True)
    tags = models.JSONField(default=dict)
    context = models.CharField(max_length=500, blank=True)
    version = models.ForeignKey(DatasetVersion, null=True, on_delete=models.PROTECT, related_name="read_by_runs")
    known_by = models.CharField(max_length=10, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.digest}"


class ModelUse(Evidence):
    """That a run made a logged model (at a step), or read one."""

    pk = models.CompositePrimaryKey("run_id", "place")
    run = models.ForeignKey(related_name="model_uses", **OF_RUN)
    place = models.BigIntegerField()
    model_id = models.CharField(max_length=64, db_index=True)
    made = models.BooleanField()
    step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{'made' if self.made else 'read'} {self.model_id}"
