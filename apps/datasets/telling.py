"""Whom events of data concern."""

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.scope import find_root
from apps.datasets import events
from apps.datasets.models import Hold, Retention
from apps.notifications.rules import notify


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.RETENTION_PASSED, recipients=keepers, sentence="{subject} is past its retention and may go.")
    notify(events.VERSION_DISPOSED, recipients=keepers, sentence="{actor} disposed of the rows of {subject}.")
    notify(events.HOLD_PLACED, recipients=keepers, sentence="{actor} placed a legal hold: {subject}.")
    notify(events.HOLD_LIFTED, recipients=holders, sentence="{actor} lifted a legal hold: {subject}.")


def keepers(entry: Entry) -> set[User]:
    """Who owns the dataset, and who said how long it is kept."""
    said = Retention.objects.filter(dataset__reference=entry.root_reference).select_related("set_by")
    return {find_root(entry.root_reference).owner, *(retention.set_by for retention in said)}


def holders(entry: Entry) -> set[User]:
    """The same, and who placed the hold."""
    hold = Hold.objects.select_related("placed_by").get(reference=entry.subject_reference)
    return {*keepers(entry), hold.placed_by}
