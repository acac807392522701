"""A version as something that is decided on."""

from typing import Any

from apps.accounts.models import User
from apps.core.subjects import Subject
from apps.dossiers.dossier import dossier_of
from apps.dossiers.services import follow_decision
from apps.evaluations.selectors import evidence_of
from apps.findings.selectors import blocking_findings
from apps.inventory.models import ModelVersion


class VersionSubject(Subject):
    kind = "modelversion"
    model = ModelVersion

    def title(self, row: ModelVersion) -> str:
        return f"{row.model.name} {row.number}"

    def conflicts(self, row: ModelVersion, user: User) -> str | None:
        if user in row.developers or user == row.owner:
            return "You developed or own it, so somebody else has to decide on it."
        return None

    def snapshot(self, row: ModelVersion) -> dict[str, Any]:
        return dossier_of(row)

    def obstacle(self, row: ModelVersion, *, exceptions: list[str]) -> str | None:
        evaluation = evidence_of(row)
        unmet = [] if evaluation is None else unmet_gates(evaluation.verdict.gates)
        if unmet:
            return f"The gate “{unmet[0]['name']}” is not met, and no exception covers it: {unmet[0]['reason']}"
        standing = blocking_findings(row.reference)
        if standing:
            return f"{standing[0].reference} stands in the way: {standing[0].title}. It has to be closed first."
        return None

    def on_decided(self, row: ModelVersion, **decided: Any) -> None:
        follow_decision(row, **decided)


def unmet_gates(gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocking gates that failed or could not be judged for want of the measure, without an exception."""
    return [
        gate
        for gate in gates
        if gate["severity"] == "block" and gate["outcome"] in ("failed", "unavailable") and not gate.get("exception")
    ]
