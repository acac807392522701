from django.conf import settings
from django.db import models
from django.urls import reverse

from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.tracking.models.experiments import Experiment
from apps.tracking.models.runs import Run

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Selection(Governed):
    """That a run was chosen among others by a criterion said beforehand, and which ones were looked at.

    Attributes:
        objective, direction: the metric, and whether its highest or lowest value is best.
        constraints: a filter in MLflow's words that a run has to pass; "" where there is none.
        considered, eligible: how many runs were looked at, and how many of them passed with a value.
        digest: sha256 of the criterion and of every run looked at with its own digest, value and rank.
        margin: how far the chosen one is ahead of the next; None where there is none.
    """

    PREFIX = "SEL"
    SCOPE = "experiment"

    class Direction(models.TextChoices):
        HIGHEST = "highest", "Highest"
        LOWEST = "lowest", "Lowest"

    reference = models.CharField(max_length=20, unique=True)
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="selections")
    objective = models.CharField(max_length=250)
    direction = models.CharField(max_length=7, choices=Direction)
    constraints = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    considered = models.PositiveIntegerField()
    eligible = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="selections")
    value = models.FloatField()
    margin = models.FloatField(null=True)
    made_by = models.ForeignKey(**PERSON)
    made_at = models.DateTimeField()
    version_reference = models.CharField(max_length=80, blank=True)  # the model version that it was promoted to
    promoted_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        permissions = [("promote_selection", "Can make a chosen run a candidate version of a model")]

    def __str__(self) -> str:
        return f"{self.reference} {self.get_direction_display().lower()} {self.objective}"

    def get_absolute_url(self) -> str:
        return reverse("selection", args=[self.reference])


class Considered(Evidence):
    """A run that a selection looked at: what it knew of it, and where it came out.

    Attributes:
        digest: of all that the run had logged at that moment.
        rank: 1 is the chosen one; None where the run did not pass.
    """

    pk = models.CompositePrimaryKey("selection_id", "run_id")
    selection = models.ForeignKey(Selection, on_delete=models.PROTECT, related_name="looked_at", db_index=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="considered_in")
    digest = models.CharField(max_length=64)
    value = models.FloatField(null=True)
    passes = models.BooleanField()
    rank = models.PositiveIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.run_id} in {self.selection_id}"


class ChosenColumns(models.Model):
    """Which columns a person wants to see of an experiment's runs. Personal, so not governed."""

    owner = models.ForeignKey(**PERSON)
    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="+")
    columns = models.JSONField(default=list)  # ["metrics.auc", "params.depth"]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "experiment"], name="one_choice_of_columns_a_person")]

    def __str__(self) -> str:
        return f"{self.owner_id} on {self.experiment_id}"
