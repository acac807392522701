from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse

from apps.accounts.models import BusinessUnit
from apps.core.errors import Gone
from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed, GovernedQuerySet
from apps.core.scope import root
from apps.datasets import events
from apps.files.models import Blob


@root
class Dataset(Governed):
    """A table that comes again: what it holds, whose it is, how carefully it is to be handled."""

    PREFIX = "DS"
    CARD = "datasets/_dataset.html"

    class Classification(models.TextChoices):
        PUBLIC = "public", "Public"
        INTERNAL = "internal", "Internal"
        CONFIDENTIAL = "confidential", "Confidential"
        RESTRICTED = "restricted", "Restricted"

    reference = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    classification = models.CharField(max_length=20, choices=Classification, default=Classification.CONFIDENTIAL)
    business_unit = models.ForeignKey(BusinessUnit, on_delete=models.PROTECT, related_name="datasets")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_datasets")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta(Governed.Meta):
        permissions = [
            ("add_version", "Can take in versions of a dataset"),
            ("read_rows", "Can read a dataset's rows and download its tables"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name}"

    def get_absolute_url(self) -> str:
        return reverse("dataset", args=[self.reference])


class DatasetVersionQuerySet(GovernedQuerySet):
    def kept(self):
        """Those whose rows are still here."""
        return self.filter(status=DatasetVersion.Status.KEPT)

    def in_order(self):
        """The newest rows first: a version that another one's rows went on in stands in the place of that one."""
        return self.annotate(since=Coalesce("rows_since", "created_at")).order_by("-since", "-number")


class DatasetVersion(Governed):
    """One table, for good: the same digest always means the same cells in the same order.

    Its rows may be disposed of or erased. What was recorded of them, the digest above all, stays.

    Attributes:
        digest: sha256 of what the table says; see `intake.digesting`.
        columns: [{name, type, nulls, distinct, min, max, digest}].
        quality: {missing_cells, missing_share, complete_columns, notes: [sentence]}.
        metadata: which column plays which part, as api.md has it.
        profile_digest: sha256 of the profile that was drawn from the table, in its own row.
        rows_since: when its rows were first taken in, where that was by the version that it goes on from.
        fitness: what came of holding it against its dataset's contract; one that was refused is not used for models.
        successor: what has those of its rows that weren't erased.
        announced_for: the last day of its retention that was announced as over.
    """

    SCOPE = "dataset"
    CARD = "datasets/_version.html"

    class Status(models.TextChoices):
        KEPT = "kept", "Kept"
        DISPOSED = "disposed", "Disposed of"
        ERASED = "erased", "Erased"

    class Fitness(models.TextChoices):
        UNCHECKED = "unchecked", "Not checked"
        WAITING = "waiting", "Being checked"
        PASSED = "passed", "Passed"
        WARNED = "warned", "Passed with warnings"
        REFUSED = "refused", "Refused for use"
        BROKEN = "broken", "Could not be checked"

    TRANSITIONS = {
        (Status.KEPT, Status.DISPOSED): Step(events.VERSION_DISPOSED),
        (Status.KEPT, Status.ERASED): Step(events.VERSION_ERASED),
    }

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    reference = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64, db_index=True)
    table = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    rows = models.BigIntegerField()
    columns = models.JSONField()
    quality = models.JSONField()
    metadata = models.JSONField()
    metadata_digest = models.CharField(max_length=64)
    profile_digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    fitness = models.CharField(max_length=10, choices=Fitness, default=Fitness.UNCHECKED)
    rows_since = models.DateTimeField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.KEPT)
    gone_at = models.DateTimeField(null=True)
    gone_because = models.TextField(blank=True)
    successor = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="goes_on_from")
    announced_for = models.DateField(null=True)

    objects = DatasetVersionQuerySet.as_manager()

    class Meta(Governed.Meta):
        permissions = [
            ("dispose_version", "Can dispose of a version that is past its retention"),
            ("ask_check", "Can ask for a version to be checked against its contract"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number_is_used_once"),
            models.UniqueConstraint(
                fields=["dataset", "digest", "metadata_digest"], name="dataset_version_is_taken_in_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.dataset.name}"

    def get_absolute_url(self) -> str:
        return reverse("dataset-version", args=[self.reference])

    @property
    def gone(self) -> bool:
        """Whether its rows are no longer here."""
        return self.status != self.Status.KEPT

    def why_gone(self) -> str:
        """What became of its rows, as a sentence."""
        what = "were erased" if self.status == self.Status.ERASED else "were disposed of"
        said = f"The rows of {self.reference} {what} on {self.gone_at:%d %b %Y}."
        return f"{said} {self.successor.reference} has those that stayed." if self.successor else said

    def why_unfit(self) -> str:
        """Why it may not be used for a model, as a sentence; empty where it may."""
        if self.fitness == self.Fitness.WAITING:
            return f"{self.reference} is being checked against its contract; use it once that is done."
        if self.fitness == self.Fitness.REFUSED:
            return f"{self.reference} breaks its dataset's contract, so it may not be used. Its page says where."
        if self.fitness == self.Fitness.BROKEN:
            return f"{self.reference} could not be checked against its contract. Ask for the check again."
        return ""

    def require_kept(self) -> None:
        """Refuse to work on rows that are no longer here.

        Raises:
            Gone: with what became of them.
        """
        if self.gone:
            raise Gone(self.why_gone())


class Profile(Evidence):
    """What is drawn of a version's columns: counts, moments, histograms, frequent values where they are few.

    It stays out of the version's own row so that the ledger's payload holds none of the data it tells of.
    """

    version = models.OneToOneField(DatasetVersion, on_delete=models.PROTECT, related_name="profile")
    details = models.JSONField()  # by column: {mean?, sd?, histogram?: {edges, counts}, top?: [[value, rows]]}

    def __str__(self) -> str:
        return f"Profile of {self.version_id}"
