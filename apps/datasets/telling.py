"""Whom events of data concern."""

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.scope import find_root
from apps.datasets import events
from apps.datasets.models import Extraction, Hold, Retention, Source
from apps.datasets.selectors.sources import drift_in_words
from apps.notifications.rules import notify


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.RETENTION_PASSED, recipients=keepers, sentence="{subject} is past its retention and may go.")
    notify(events.VERSION_DISPOSED, recipients=keepers, sentence="{actor} disposed of the rows of {subject}.")
    notify(events.HOLD_PLACED, recipients=keepers, sentence="{actor} placed a legal hold: {subject}.")
    notify(events.HOLD_LIFTED, recipients=holders, sentence="{actor} lifted a legal hold: {subject}.")
    notify(events.EXTRACTION_FAILED, recipients=source_owner, sentence=why_nothing_was_taken, tells_the_actor=True)
    notify(events.EXTRACTION_ENDED, recipients=whom_drift_concerns, sentence=what_drifted, tells_the_actor=True)


def keepers(entry: Entry) -> set[User]:
    """Who owns the dataset, and who said how long it is kept."""
    said = Retention.objects.filter(dataset__reference=entry.root_reference).select_related("set_by")
    return {find_root(entry.root_reference).owner, *(retention.set_by for retention in said)}


def holders(entry: Entry) -> set[User]:
    """The same, and who placed the hold."""
    hold = Hold.objects.select_related("placed_by").get(reference=entry.subject_reference)
    return {*keepers(entry), hold.placed_by}


def source_owner(entry: Entry) -> set[User]:
    return {Source.objects.select_related("owner").get(reference=entry.subject_reference).owner}


def whom_drift_concerns(entry: Entry) -> set[User]:
    """The source's owner, where its columns changed."""
    extraction = _told_of(entry)
    return source_owner(entry) if extraction is not None and extraction.drift else set()


def why_nothing_was_taken(entry: Entry) -> str:
    extraction = _told_of(entry)
    why = extraction.error if extraction is not None else "see its page."
    return f"Nothing was taken from {_named(entry)}: {why}"[:400]


def what_drifted(entry: Entry) -> str:
    extraction = _told_of(entry)
    said = ", ".join(drift_in_words(extraction.drift)) if extraction is not None else ""
    return f"{_named(entry)} changed its columns: {said}."[:400]


def _named(entry: Entry) -> str:
    source = Source.objects.get(reference=entry.subject_reference)
    return f"{source.name} ({source.reference})"


def _told_of(entry: Entry) -> Extraction | None:
    """The extraction that an event tells of: the one whose job had ended just then."""
    ended = Extraction.objects.filter(source__reference=entry.subject_reference, ended_at=entry.occurred_at)
    return ended.order_by("-number").first()
