"""Reads of exemptions that need thought."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from apps.exceptions.models import Exemption


def live_exemptions(reference: str, now: datetime) -> list[Exemption]:
    """Those that count at `now` for a subject: its own, and its root's (a model's count for its versions)."""
    rows = Exemption.objects.live(now).about(reference, reference.partition("@")[0])
    return list(rows.order_by("reference"))


def covered_gates(reference: str, now: datetime) -> dict[str, str]:
    """The exemption by gate name, as the verdict wants it."""
    return {exemption.gate: exemption.reference for exemption in live_exemptions(reference, now) if exemption.gate}


def void_among(references: Collection[str], now: datetime) -> list[str]:
    """Those that count no longer, and in whose place none of the others stands."""
    rows = list(Exemption.objects.filter(reference__in=references))
    live = {exemption.reference: _covers(exemption) for exemption in rows if exemption.is_live(now)}
    replaced = {exemption.reference for exemption in rows if _covers(exemption) in live.values()}
    return sorted(set(references).difference(replaced))


def stand_ins(references: Collection[str], about: Collection[str], now: datetime) -> dict[str, str]:
    """For each of `references` that counts no longer, an exemption that covers the same now, where there is one.

    Args:
        about: the subjects whose exemptions may stand in: a version, findings.
    """
    live = {_covers(exemption): exemption.reference for one in about for exemption in live_exemptions(one, now)}
    ended = [row for row in Exemption.objects.filter(reference__in=references) if not row.is_live(now)]
    return {row.reference: live[_covers(row)] for row in ended if _covers(row) in live}


def _covers(exemption: Exemption) -> tuple[str, str]:
    """What it is an exemption from: a gate, on the version or its model; or else a risk of one subject."""
    return ("gate", exemption.gate) if exemption.gate else ("risk", exemption.subject_reference)


def granted(*references: str) -> list[dict[str, Any]]:
    """What a dossier says of the exemptions about any of these; expiry is for whoever decides to look at."""
    rows = Exemption.objects.filter(status=Exemption.Status.GRANTED).about(*references)
    return [
        {
            "reference": exemption.reference,
            "kind": str(exemption.sort),
            "subject": exemption.subject_reference,
            "gate": exemption.gate,
            "expires_on": exemption.expires_on,
        }
        for exemption in rows.order_by("reference")
    ]
