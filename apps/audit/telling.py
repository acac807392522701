"""Events as a person would read them: who did what to what, told from the events' own data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.audit.models import Entry
from apps.audit.selectors import names, said
from apps.core import scope, subjects
from apps.core.events import words_of


@dataclass(frozen=True)
class Told:
    """One event as a sentence: `who` `before` `what` `after`, where `what` is a link if `url` leads somewhere."""

    at: datetime
    who: str
    before: str
    what: str
    url: str
    after: str


def told(entries: Sequence[Entry]) -> list[Told]:
    """The sentences of `entries` (with their payloads): one query for names, and one for each kind of subject."""
    people = names({entry.actor for entry in entries})
    headings = subjects.headings({about(entry) for entry in entries})
    return [_told(entry, people, headings) for entry in entries]


def about(entry: Entry) -> tuple[str, str]:
    """(kind, reference) of what its sentence names: the subject, or the root it hangs on."""
    words, _ = words_of(entry.verb)
    if "{root}" in words and entry.root_reference:
        return scope.root_kind(entry.root_reference), entry.root_reference
    return entry.subject_kind, entry.subject_reference


def _told(entry: Entry, people: dict[str, str], headings: dict[tuple[str, str], tuple[str, str]]) -> Told:
    kind, reference = about(entry)
    title, url = headings.get((kind, reference), ("", ""))
    words, ending = words_of(entry.verb)
    before, _, after = words.replace("{root}", "{it}").partition("{it}")
    value = _new_value(entry, ending)
    return Told(
        at=entry.occurred_at,
        who=people.get(entry.actor, entry.actor),
        before=before,
        what=title if reference in title else f"{reference} {title}".strip(),
        url=url,
        after=f"{after}: {value}" if value else after,
    )


def _new_value(entry: Entry, field: str) -> str:
    """What `field` became in the event, as words; "" where it did not move or the payload was erased."""
    changes = (said(entry) or {}).get("changes", ()) if field else ()
    moved = [change["after"][field] for change in changes if (change.get("after") or {}).get(field) is not None]
    return str(moved[-1]).replace("_", " ") if moved else ""
