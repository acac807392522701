"""A retirement as something that is decided on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from apps.core.subjects import Barred, Subject
from apps.retirement.models import Retirement
from apps.retirement.services import follow_decision, under_way

PART = "You asked for this, or own or developed the model, so somebody else has to decide."


class RetirementSubject(Subject):
    kind = "retirement"
    model = Retirement
    TITLE_OF = ("model",)

    def title(self, row: Retirement) -> str:
        return f"Retire {row.model.name}"

    def parts(self, references: Collection[str]) -> Barred:
        rows = Retirement.objects.filter(reference__in=references)
        found: Barred = {}
        of = ("reference", "planned_by", "model__owner", "model__developer_rows__user")
        for reference, *people in rows.values_list(*of):
            found.setdefault(reference, {}).update(dict.fromkeys(filter(None, people), PART))
        return found

    def snapshot(self, row: Retirement) -> dict[str, Any]:
        return {
            "v": 1,
            "retirement": row.reference,
            "model": {"reference": row.model.reference, "name": row.model.name},
            "reason": row.reason,
            "replacement": row.replacement,
            "last_day": row.last_day,
            "fallback": row.fallback,
            "dependents": row.dependents,
        }

    def obstacle(self, row: Retirement, *, exceptions: list[str], now: datetime) -> str | None:
        return under_way(row.model)

    def on_decided(self, row: Retirement, *, approval: Any, **decided: Any) -> None:
        follow_decision(row, **decided)
