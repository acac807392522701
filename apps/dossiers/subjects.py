"""A version as something that is decided on."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from apps.core.subjects import Barred, Subject
from apps.dossiers.dossier import dossier_of, unmet_gates, validation_of
from apps.dossiers.services import follow_decision
from apps.evaluations.selectors import evidence_of
from apps.exceptions.selectors import live_exemptions, stand_ins
from apps.findings.selectors import blocking_findings
from apps.inventory.models import ModelVersion
from apps.validations.models import Validation

BUILT = "You developed or own it, so somebody else has to decide on it."


class VersionSubject(Subject):
    kind = "modelversion"
    model = ModelVersion
    TITLE_OF = ("model",)

    def title(self, row: ModelVersion) -> str:
        return f"{row.model.name} {row.number}"

    def parts(self, references: Collection[str]) -> Barred:
        rows = ModelVersion.objects.filter(reference__in=references)
        of = ("reference", "created_by", "model__owner", "model__developer_rows__user")
        found: Barred = {}
        for reference, *people in rows.values_list(*of):
            found.setdefault(reference, {}).update(dict.fromkeys(filter(None, people), BUILT))
        return found

    def heard(self, references: Collection[str]) -> Barred:
        """Who concluded a validation of it has judged it once, so the approval is another's."""
        concluded = Validation.objects.filter(version__reference__in=references, status=Validation.Status.CONCLUDED)
        found: Barred = {}
        for reference, validator in concluded.values_list("version__reference", "validator"):
            found.setdefault(reference, {})[validator] = "You validated it, so somebody else has to decide on it."
        return found

    def snapshot(self, row: ModelVersion) -> dict[str, Any]:
        return dossier_of(row)

    def obstacle(self, row: ModelVersion, *, exceptions: list[str], now: datetime) -> str | None:
        return (
            _ended(row)
            or _void_exemption(row, exceptions, now)
            or _unmet_gate(row, exceptions, now)
            or _blocking_finding(row, now)
        )

    def stand_ins(self, row: ModelVersion, relied_upon: Collection[str], now: datetime) -> dict[str, str]:
        """A new exemption from the same gate, or for the same risk, stands in for one that ended."""
        covering = {gate["exception"] for gate in unmet_gates(evidence_of(row)) if gate.get("exception")}
        return stand_ins(covering.union(relied_upon), _excepted(row), now)

    def asked_at(self, row: ModelVersion) -> datetime | None:
        """Its latest submission."""
        return row.submissions.order_by("-pk").values_list("submitted_at", flat=True).first()

    def on_decided(self, row: ModelVersion, **decided: Any) -> None:
        follow_decision(row, **decided)


def _ended(version: ModelVersion) -> str | None:
    """It is retired, or who validated it last found it not fit."""
    if version.status == ModelVersion.Status.RETIRED:
        return f"{version.reference} is retired."
    validation = validation_of(version)
    if validation is not None and validation.conclusion == Validation.Conclusion.NOT_FIT:
        return f"{validation.reference} concluded that {version.reference} is not fit for use."
    return None


def _void_exemption(version: ModelVersion, named: list[str], now: datetime) -> str | None:
    if not named:
        return None
    live = {exemption.reference for one in _excepted(version) for exemption in live_exemptions(one, now)}
    void = [reference for reference in named if reference not in live]
    return f"{void[0]} is not an exemption that counts for {version.reference} today." if void else None


def _excepted(version: ModelVersion) -> list[str]:
    """The subjects whose exemptions an approval of `version` may rest on."""
    return [version.reference, *(finding.reference for finding in blocking_findings(version.reference))]


def _unmet_gate(version: ModelVersion, named: list[str], now: datetime) -> str | None:
    """The first blocking gate that is not met and not covered by an exemption in the verdict or the decision."""
    live = live_exemptions(version.reference, now)
    for gate in unmet_gates(evidence_of(version)):
        covering = {exemption.reference for exemption in live if exemption.gate == gate["name"]}
        if not covering.intersection({gate.get("exception"), *named}):
            return f"The gate “{gate['name']}” is not met, and no exception covers it: {gate['reason']}"
    return None


def _blocking_finding(version: ModelVersion, now: datetime) -> str | None:
    for finding in blocking_findings(version.reference):
        if not live_exemptions(finding.reference, now):
            return f"{finding.reference} stands in the way: {finding.title}. It has to be closed or accepted first."
    return None
