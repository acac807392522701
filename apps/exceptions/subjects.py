"""An exemption as something that is decided on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from apps.core import subjects
from apps.core.dates import today
from apps.core.subjects import Barred, Subject
from apps.exceptions.models import Exemption
from apps.exceptions.services import follow_decision


class ExemptionSubject(Subject):
    kind = "exemption"
    model = Exemption

    def title(self, row: Exemption) -> str:
        return row.title

    def parts(self, references: Collection[str]) -> Barred:
        """Who asked can't decide; nor can who may not judge what the exemption is for."""
        rows = list(Exemption.objects.filter(reference__in=references))
        about = subjects.parts((row.subject_kind, row.subject_reference) for row in rows)
        asked = "You asked for this exemption, so somebody else has to decide on it."
        return {row.reference: {**about.get(row.subject_reference, {}), row.proposed_by_id: asked} for row in rows}

    def snapshot(self, row: Exemption) -> dict[str, Any]:
        return {
            "v": 1,
            "exemption": row.reference,
            "kind": str(row.sort),
            "subject": row.subject_reference,
            "gate": row.gate,
            "reason": row.reason,
            "compensating_controls": row.compensating_controls,
            "expires_on": row.expires_on,
            "proposed_by": row.proposed_by.reference,
        }

    def obstacle(self, row: Exemption, *, exceptions: list[str], now: datetime) -> str | None:
        """One whose last day is over would count for nobody."""
        if row.expires_on < today(now):
            return f"Its last day was {row.expires_on:%d %b %Y}. Ask for another one."
        return f"{row.reference} was revoked. Ask for another one." if row.status == row.Status.REVOKED else None

    def on_decided(self, row: Exemption, **decided: Any) -> None:
        follow_decision(row, **decided)
