"""Whom events of the inventory concern."""

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.inventory import events
from apps.inventory.models import ModelVersion
from apps.notifications.rules import notify


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.DATA_ERASED, recipients=who_answers, sentence="Rows that {subject} rests on were erased.")


def who_answers(entry: Entry) -> set[User]:
    """Who owns the version's model, and who developed it."""
    version = ModelVersion.objects.select_related("model__owner", "created_by").get(reference=entry.subject_reference)
    return {version.owner, *version.developers}
