from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from apps.accounts.models import User
from apps.core.events import Step
from apps.core.evidence import Evidence
from apps.core.governed import Governed
from apps.datasets import events
from apps.datasets.models.tables import Dataset, DatasetVersion

PERSON = {"to": settings.AUTH_USER_MODEL, "on_delete": models.PROTECT, "related_name": "+"}


class Erasure(Governed):
    """That a person's rows are taken out of a dataset by key: asked for, searched, confirmed by another, done.

    Attributes:
        digests: {text: […], whole: […]}, salted; the keys themselves are kept nowhere.
        found: [{version, rows}] of every version that was searched, as the search found it.
        not_searched: versions that have no such column.
        record: what was done: {versions: [{version, digest, rows, left, successor}], uses, same, derived}.
    """

    PREFIX = "ERS"
    SCOPE = "dataset"
    CARD = "datasets/_erasure.html"

    class Status(models.TextChoices):
        SEARCHING = "searching", "Being searched"
        NOTHING = "nothing", "Nothing found"
        FOUND = "found", "Waits for confirmation"
        ERASING = "erasing", "Being erased"
        DONE = "done", "Done"
        DECLINED = "declined", "Declined"
        FAILED = "failed", "Could not be searched"

    TRANSITIONS = {
        (Status.SEARCHING, Status.FOUND): Step(events.ERASURE_SEARCHED),
        (Status.SEARCHING, Status.NOTHING): Step(events.ERASURE_SEARCHED),
        (Status.SEARCHING, Status.FAILED): Step(events.ERASURE_FAILED),
        (Status.FOUND, Status.ERASING): Step(events.ERASURE_CONFIRMED, barred=("requester",)),
        (Status.FOUND, Status.DECLINED): Step(events.ERASURE_DECLINED),
        (Status.ERASING, Status.FOUND): Step(events.ERASURE_FAILED),
        (Status.ERASING, Status.DONE): Step(events.ERASURE_DONE),
    }

    reference = models.CharField(max_length=20, unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="erasures")
    column = models.CharField(max_length=200)
    keys = models.PositiveIntegerField()
    digests = models.JSONField()
    reason = models.TextField()
    status = models.CharField(max_length=10, choices=Status, default=Status.SEARCHING, db_index=True)
    found = models.JSONField(default=list)
    not_searched = models.JSONField(default=list)
    record = models.JSONField(default=dict)
    failure = models.TextField(blank=True)
    job = models.UUIDField(null=True)
    requested_by = models.ForeignKey(**PERSON)
    requested_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(null=True, **PERSON)
    confirmed_at = models.DateTimeField(null=True)
    declined_because = models.TextField(blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta(Governed.Meta):
        permissions = [("confirm_erasure", "Can confirm or decline an erasure that another person asked for")]
        constraints = [
            models.CheckConstraint(
                name="an_erasure_is_confirmed_by_another",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("requested_by")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reference} in {self.dataset.reference}"

    def get_absolute_url(self) -> str:
        return reverse("erasure", args=[self.reference])

    @property
    def requester(self) -> User:
        """Who asked for it, and so doesn't confirm it."""
        return self.requested_by

    @property
    def rows_found(self) -> int:
        return sum(each["rows"] for each in self.found)


class ErasureSalt(Evidence):
    """The salt of an erasure's digests, in a row of its own that the ledger doesn't copy."""

    erasure = models.OneToOneField(Erasure, on_delete=models.PROTECT, related_name="salt")
    salt = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"Salt of {self.erasure_id}"


class Returned(Evidence):
    """That a version which came later holds rows again that an erasure had taken out of its dataset."""

    erasure = models.ForeignKey(Erasure, on_delete=models.PROTECT, related_name="returns")
    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    rows = models.BigIntegerField()

    class Meta(Evidence.Meta):
        constraints = [models.UniqueConstraint(fields=["erasure", "version"], name="rows_return_once_in_a_version")]

    def __str__(self) -> str:
        return f"{self.rows} rows of {self.erasure_id} in {self.version_id}"
