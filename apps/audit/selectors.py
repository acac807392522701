"""Reading the ledger: its events in order, as one may see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.urls import reverse

from apps.audit.models import Entry, FieldChange, Leaf, LeafQuerySet, Verification
from apps.core import subjects
from apps.core.events import Event

FILTERS = ("subject", "actor", "verb", "from", "to", "after", "since", "until")


def places(user: Any) -> LeafQuerySet:
    """The places of the events that `user` may see, in order, with what they say."""
    rows = Leaf.objects.visible_to(user).select_related("entry", "entry__payload", "entry__erasure")
    return rows.order_by("seq")


def after(seq: int) -> LeafQuerySet:
    """Every event after place `seq`, in order: for readers with a cursor, which then ask who may know."""
    return Leaf.objects.filter(seq__gt=seq).select_related("entry", "entry__payload").order_by("seq")


def select(rows: LeafQuerySet, wanted: Mapping[str, Any]) -> LeafQuerySet:
    """Args: wanted: any of FILTERS.

    subject: a reference, of the subject or of the root it hangs on; actor; verb: whole or its room ("findings.");
    from, to, after: places; since, until: moments or days of `occurred_at`, both included.
    """
    conditions: dict[str, Callable[[Any], Q]] = {
        "subject": lambda v: Q(entry__subject_reference=v) | Q(entry__root_reference=v),
        "actor": lambda v: Q(entry__actor__in=[v] if isinstance(v, str) else v),
        "verb": lambda v: Q(entry__verb__startswith=v) if str(v).endswith(".") else Q(entry__verb=v),
        "from": lambda v: Q(seq__gte=v),
        "to": lambda v: Q(seq__lte=v),
        "after": lambda v: Q(seq__gt=v),
        "since": lambda v: Q(entry__occurred_at__gte=v),
        "until": lambda v: Q(entry__occurred_at__lte=v),
    }
    for name, condition in conditions.items():
        if wanted.get(name) not in (None, ""):
            rows = rows.filter(condition(wanted[name]))
    return rows


def said(entry: Entry) -> dict[str, Any] | None:
    """What an event says, from its payload; None where that was erased."""
    return json.loads(entry.payload.body) if hasattr(entry, "payload") else None


def names(references: Iterable[str]) -> dict[str, str]:
    """The names of the people among `references` ("USR-3"); the ledger knows them by reference only."""
    keys = [reference[4:] for reference in references if reference.startswith("USR-") and reference[4:].isdigit()]
    return {person.reference: person.name for person in get_user_model().objects.filter(pk__in=keys)}


def story(reference: str, words: Mapping[str, str]) -> list[dict[str, Any]]:
    """What happened to one subject, oldest first, as parts/_log.html shows it.

    Args:
        words: what is said of an event by its verb; events that it does not name are left out.
    """
    rows = Entry.objects.filter(subject_reference=reference, verb__in=words).select_related("payload").order_by("pk")
    entries = list(rows)
    known = names(entry.actor for entry in entries)
    return [
        {
            "at": entry.occurred_at,
            "who": known.get(entry.actor, entry.actor),
            "text": words[entry.verb],
            "note": (said(entry) or {}).get("note", ""),
        }
        for entry in entries
    ]


def subject_link(entry: Entry) -> tuple[str, str] | None:
    """Title and address of what the event is about; None where it has no page."""
    try:
        subject = subjects.subject_of(entry.subject_kind)
        row = subject.find(entry.subject_reference)
    except (LookupError, ObjectDoesNotExist):
        return None
    return subject.title(row), subject.url(row)


def state() -> dict[str, Any]:
    """When the ledger was last verified and how it was: {label, tone, url, verification}, for banners and footers."""
    last = Verification.objects.first()
    if last is None:
        told, tone = "The ledger has not been verified yet", "info"
    elif last.held:
        told, tone = f"Ledger verified {last.verified_at:%-d %b %Y, %H:%M} UTC", "good"
    else:
        told, tone = f"The ledger is not what it was: {len(last.findings)} findings", "bad"
    return {"label": told, "tone": tone, "url": reverse("audit"), "verification": last}


def since(state: Mapping[str, Any]) -> dict[str, Any]:
    """The state with what it holds for: a verification says nothing of the events that came after it."""
    last = state["verification"]
    newest = Leaf.objects.order_by("-seq").values_list("seq", flat=True).first()
    newer = 0 if last is None or newest is None else newest + 1 - last.size
    if not newer:
        return {**state, "title": "The ledger is whole."}
    came = f"{newer:,} {'event has' if newer == 1 else 'events have'} come since"
    return {**state, "title": f"The first {last.size:,} events are whole.", "label": f"{state['label']}; {came}"}


def has_caused(person: Any, event: Event, row: Any) -> bool:
    """Whether `person` ever caused `event` on `row`. Entries stay, so this can't be forgotten."""
    told = Entry.objects.filter(subject_kind=row.kind, subject_reference=row.reference, verb=event.verb)
    return told.filter(actor=person.reference).exists()


def has_been(person: Any, field: str, row: Any) -> bool:
    """Whether `field` of `row`, a foreign key, names `person` or ever did, as far as what moved is not erased."""
    column = row._meta.get_field(field).attname
    if getattr(row, column) == person.pk:
        return True
    moved = FieldChange.objects.filter(row_kind=row.kind, row_reference=row.reference, field=column)
    return moved.filter(Q(before=person.pk) | Q(after=person.pk)).exists()
