"""What follows for models when rows that they rest on are erased: their history says so, and who answers is told."""

from datetime import datetime

from apps.accounts.models import User
from apps.audit.acts import act
from apps.datasets.models import DatasetVersion
from apps.inventory import events
from apps.inventory.uses import naming


def note_erasure(version: DatasetVersion, *, actor: User, now: datetime, cause: str) -> None:
    """Note with every model version that rests on the erased table what became of it."""
    for row in naming([version.reference]).order_by("pk"):
        with act(events.DATA_ERASED, actor=actor, subject=row, now=now, cause=cause, note=version.why_gone()):
            pass
