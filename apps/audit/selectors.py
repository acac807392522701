"""Reading the ledger: its events in order, as one may see them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Q

from apps.audit.models import Entry, Leaf, LeafQuerySet

FILTERS = ("subject", "actor", "verb", "from", "to", "after", "since", "until")


def places(user: Any) -> LeafQuerySet:
    """The places of the events that `user` may see, in order, with what they say."""
    rows = Leaf.objects.visible_to(user).select_related("entry", "entry__payload", "entry__erasure")
    return rows.order_by("seq")


def select(rows: LeafQuerySet, wanted: Mapping[str, Any]) -> LeafQuerySet:
    """Args: wanted: any of FILTERS.

    subject: a reference, of the subject or of the root it hangs on; actor; verb: whole or its room ("findings.");
    from, to, after: places; since, until: moments or days of `occurred_at`, both included.
    """
    conditions: dict[str, Callable[[Any], Q]] = {
        "subject": lambda v: Q(entry__subject_reference=v) | Q(entry__root_reference=v),
        "actor": lambda v: Q(entry__actor=v),
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
