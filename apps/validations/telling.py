"""Whom events of validations concern."""

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.notifications.rules import notify, who_may
from apps.validations import events
from apps.validations.models import Validation


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.VALIDATION_OPENED, recipients=concerned, sentence="{actor} took on {subject}.")
    notify(events.VALIDATION_CONCLUDED, recipients=concerned, sentence="{actor} concluded {subject}.")
    notify(
        events.REVALIDATION_ASKED,
        recipients=who_may("validations.add_validation"),
        sentence="{actor} asked for a revalidation: {subject}.",
    )


def concerned(entry: Entry) -> set[User]:
    """Who owns and who built the version."""
    validation = Validation.objects.select_related("version__model__owner").get(reference=entry.subject_reference)
    return {validation.version.owner, *validation.version.developers}
