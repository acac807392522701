"""Whom events of data concern."""

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.scope import find_root
from apps.datasets import events
from apps.datasets.intake.limits import plural
from apps.datasets.models import Erasure, Extraction, Hold, Retention, Returned, Source
from apps.datasets.selectors.sources import drift_in_words
from apps.notifications.rules import notify, who_may


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.RETENTION_PASSED, recipients=keepers, sentence="{subject} is past its retention and may go.")
    notify(events.VERSION_DISPOSED, recipients=keepers, sentence="{actor} disposed of the rows of {subject}.")
    notify(events.HOLD_PLACED, recipients=keepers, sentence="{actor} placed a legal hold: {subject}.")
    notify(events.HOLD_LIFTED, recipients=holders, sentence="{actor} lifted a legal hold: {subject}.")
    notify(events.ERASURE_SEARCHED, recipients=who_decides, sentence=what_was_found, tells_the_actor=True)
    notify(events.ERASURE_DECLINED, recipients=askers, sentence="{actor} declined {reference}.")
    notify(events.ERASURE_FAILED, recipients=askers, sentence=why_not_erased, tells_the_actor=True)
    notify(events.ERASURE_DONE, recipients=askers, sentence="Erased: {subject}.", tells_the_actor=True)
    notify(events.ROWS_RETURNED, recipients=whom_return_concerns, sentence="Erased rows are back in {subject}.")
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


def who_decides(entry: Entry) -> set[User]:
    """Where rows were found: who may confirm it. Where none were: who asked."""
    erasure = _erasure(entry)
    if erasure.status == Erasure.Status.NOTHING:
        return {erasure.requested_by}
    deciding = set(who_may(str(events.ERASURE_CONFIRMED.permission))(entry))
    return deciding - {erasure.requested_by}


def askers(entry: Entry) -> set[User]:
    """Who asked for it, who confirmed it, and who owns the dataset."""
    erasure = _erasure(entry)
    people = erasure.requested_by, erasure.confirmed_by, find_root(entry.root_reference).owner
    return {person for person in people if person is not None}


def what_was_found(entry: Entry) -> str:
    erasure = _erasure(entry)
    if erasure.status == Erasure.Status.NOTHING:
        return f"{erasure}: no version has such rows."
    return f"{erasure} waits for confirmation: {plural(erasure.rows_found, 'row')} found."


def why_not_erased(entry: Entry) -> str:
    erasure = _erasure(entry)
    return f"{erasure} was not carried out: {erasure.failure}"[:400]


def whom_return_concerns(entry: Entry) -> set[User]:
    """Who owns the dataset, and who asked for the erasures whose rows are back."""
    found = Returned.objects.filter(version__reference=entry.subject_reference).select_related(
        "erasure__requested_by"
    )
    return {find_root(entry.root_reference).owner, *(each.erasure.requested_by for each in found)}


def _erasure(entry: Entry) -> Erasure:
    rows = Erasure.objects.select_related("requested_by", "confirmed_by", "dataset")
    return rows.get(reference=entry.subject_reference)


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
