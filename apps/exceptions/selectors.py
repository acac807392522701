"""Reads of exemptions that need thought."""

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
