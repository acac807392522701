"""A retirement as something that is decided on."""

from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.core.subjects import Subject
from apps.retirement.models import Retirement
from apps.retirement.services import follow_decision, under_way


class RetirementSubject(Subject):
    kind = "retirement"
    model = Retirement
    TITLE_OF = ("model",)

    def title(self, row: Retirement) -> str:
        return f"Retire {row.model.name}"

    def with_parts(self, rows: Any) -> Any:
        return rows.select_related("planned_by", "model__owner").prefetch_related("model__developer_rows__user")

    def conflicts(self, row: Retirement, user: User) -> str | None:
        if user in (row.planned_by, row.model.owner) or user in row.model.developers:
            return "You asked for this, or own or developed the model, so somebody else has to decide."
        return None

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
