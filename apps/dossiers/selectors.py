"""What a version's approval is worth now, and where the version stands."""

import json
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.approvals.models import Approval
from apps.approvals.seats import seats
from apps.audit.models import Entry
from apps.core.canonical import digest
from apps.core.events import Event
from apps.dossiers.dossier import still_bound, unmet_gates, uses, validation_of
from apps.dossiers.models import Acceptance
from apps.evaluations.models import Evaluation
from apps.evaluations.selectors import evidence_of
from apps.exceptions.selectors import live_exemptions, void_among
from apps.findings.selectors import blocking_findings
from apps.inventory import events
from apps.inventory.models import ModelVersion
from apps.validations.validators import objection

Status = ModelVersion.Status
KIND = "modelversion"
ACTIONS = {
    events.VERSION_SUBMITTED: "submission",
    events.VERSION_RETURNED: "return",
    events.VERSION_WITHDRAWN: "withdrawal",
}
LEFT_IN_THE_LEDGER = {"In use": events.VERSION_RELEASED, "Retired": events.VERSION_RETIRED}
STEPS = ("Proposed", "Documented", "Evidence", "Validation", "Approval", "In use", "Retired")


def latest_approval(version: ModelVersion) -> Approval | None:
    """The newest request for approval of a version, whatever came of it."""
    rows = Approval.objects.filter(subject_kind=KIND, subject_reference=version.reference)
    return rows.order_by("-pk").first()


def attestation_of(version: ModelVersion) -> Acceptance | None:
    """The owner's newest attestation of the uses as they are stated today; one of other uses attests nothing."""
    today = digest(uses(version.model))
    given = [row for row in version.acceptances.all() if row.uses_digest == today]
    return max(given, key=lambda row: row.pk, default=None)


def unattested(versions: QuerySet[ModelVersion]) -> list[ModelVersion]:
    """Those whose uses, as they are stated today, their owner has not attested: in a constant number of queries."""
    rows = versions.select_related("model").prefetch_related("model__uses", "acceptances")
    return [version for version in rows if attestation_of(version) is None]


def live_approval(version: ModelVersion, now: datetime) -> Approval | None:
    """The approval that counts at `now`: granted, not suspended, and of what is still there.

    It compares tier, artefact, metadata, data, policies, uses and restrictions with what was signed, and asks whether
    a condition is late and the exemptions it rests on count. A later finding does not end an approval by itself, only
    a suspension does.
    """
    approval = latest_approval(version)
    if approval is None or not approval.granted or version.status not in (Status.APPROVED, Status.IN_USE):
        return None
    record = json.loads(approval.record)
    return approval if still_bound(version, record) and not _lapsed(version, approval, record, now) else None


def _lapsed(version: ModelVersion, approval: Approval, record: dict[str, Any], now: datetime) -> str | None:
    """What a granted approval has lost since, as a sentence: true at once, before the beat suspends it."""
    late = approval.late_condition(now)
    if late is not None:
        return f"Condition {late.number} of {approval.reference} was due on {late.due:%d %b %Y} and is not verified."
    covering = {gate["exception"] for gate in unmet_gates(evidence_of(version)) if gate.get("exception")}
    relied = covering.union(approval.relied_upon())
    void = void_among(relied, now)
    if void:
        return f"{void[0]}, which {approval.reference} rests on, counts no longer."
    return _uncovered_finding(version, approval, record, now)


def _uncovered_finding(
    version: ModelVersion, approval: Approval, record: dict[str, Any], now: datetime
) -> str | None:
    accepted = {reference for reference, _ in record["findings"]}
    for finding in blocking_findings(version.reference) if accepted else ():
        if finding.reference in accepted and not live_exemptions(finding.reference, now):
            return f"The exemption for {finding.reference}, which {approval.reference} rests on, counts no longer."
    return None


def why_not_usable(version: ModelVersion, now: datetime) -> str:
    """Why a version has no live approval at `now`; "" where it has one."""
    return "" if live_approval(version, now) else why_not_live(version, now)


def why_not_live(version: ModelVersion, now: datetime) -> str:
    """The sentence for who finds no live approval."""
    approval = latest_approval(version)
    if approval is None:
        return f"{version.reference} has never been approved; it is {version.get_status_display().lower()}."
    if approval.status == Approval.Status.SUSPENDED:
        return f"The approval {approval.reference} of {version.reference} is suspended: {approval.suspension}"
    if not approval.granted:
        return (
            f"The approval {approval.reference} of {version.reference} was {approval.get_status_display().lower()}."
        )
    if version.status not in (Status.APPROVED, Status.IN_USE):
        return f"{version.reference} is {version.get_status_display().lower()}."
    lapsed = _lapsed(version, approval, json.loads(approval.record), now)
    return lapsed or (
        f"What was approved in {approval.reference} is not what {version.reference} is now; ask for a new approval."
    )


def available_actions(version: ModelVersion, user: User, now: datetime) -> list[str]:
    """What `user` could do with a version now, in the API's words."""
    actions = [ACTIONS[event] for event in version.available_events(user) if event in ACTIONS]
    if version.status == Status.DRAFT and user.may("evaluations.add_evaluation", version):
        actions.append("evaluations")
    if version.status == Status.IN_VALIDATION and user.may("validations.add_validation", version):
        actions += [] if objection(user, version) else ["validations"]
    if user == version.owner and version.status in (Status.IN_VALIDATION, Status.IN_APPROVAL):
        actions.append("acceptance")
    approval = latest_approval(version)
    if approval is not None and seats(user, approval, now):
        actions.append("decisions")
    return actions


def whole_state(version: ModelVersion, user: User, now: datetime) -> dict[str, Any]:
    """What GET versions/{ref}/ says beside the version itself."""
    evaluation, validation, approval = evidence_of(version), validation_of(version), latest_approval(version)
    return {
        "verdict": verdict(evaluation),
        "validation": validation and {"reference": validation.reference, "conclusion": str(validation.conclusion)},
        "approval": approval
        and {
            "reference": approval.reference,
            "status": str(approval.status),
            "live": live_approval(version, now) is not None,
        },
        "dossier_digest": approval and approval.dossier_digest,
        "available_actions": available_actions(version, user, now),
        "lifecycle": lifecycle(version),
    }


def verdict(evaluation: Evaluation | None) -> dict[str, Any] | None:
    """A verdict in the API's shape."""
    if evaluation is None:
        return None
    given = evaluation.verdict
    return {
        "outcome": str(given.outcome),
        "policy": given.policy.reference,
        "gates": given.gates,
        "digest": given.digest,
        "evaluation": evaluation.reference,
    }


def lifecycle(version: ModelVersion) -> list[dict[str, Any]]:
    """The steps of a version's life: name, state (done, now, todo, refused), since when, and a line or two."""
    reached = _PLACE[Status(version.status)]
    told = [_told(version, name) for name in STEPS]
    return [
        {"name": name, "state": _state(version, place, reached, told[place]["at"]), **told[place]}
        for place, name in enumerate(STEPS)
    ]


_PLACE = {
    Status.DRAFT: 1,
    Status.SUBMITTED: 2,
    Status.IN_VALIDATION: 3,
    Status.IN_APPROVAL: 4,
    Status.REJECTED: 4,
    Status.APPROVED: 5,
    Status.SUSPENDED: 5,
    Status.IN_USE: 5,
    Status.RETIRED: 6,
}


def _state(version: ModelVersion, place: int, reached: int, at: datetime | None) -> str:
    if version.status == Status.RETIRED:  # with its model, from wherever it stood: only what it did is done
        return "done" if at else "todo"
    if place < reached:
        return "done"
    if place > reached:
        return "todo"
    return "refused" if version.status in (Status.REJECTED, Status.SUSPENDED) else "now"


def _told(version: ModelVersion, name: str) -> dict[str, Any]:
    """When a step was taken, and by whom or with what."""
    at, lines = None, []
    if name == "Proposed":
        at, lines = version.model.created_at, [version.model.created_by.name]
    elif name == "Documented":
        at, lines = version.created_at, [version.created_by.name]
    elif name == "Evidence" and (evaluation := evidence_of(version)):
        at, lines = evaluation.finished_at, [evaluation.verdict.get_outcome_display()]
    elif name == "Validation" and (validation := validation_of(version)):
        at, lines = validation.concluded_at, [validation.get_conclusion_display()]
    elif name == "Approval" and (approval := latest_approval(version)):
        at, lines = approval.decided_at or approval.opened_at, [approval.get_status_display()]
    elif name in LEFT_IN_THE_LEDGER:
        at = _since(version, LEFT_IN_THE_LEDGER[name])
    return {"at": at, "lines": lines}


def _since(version: ModelVersion, event: Event) -> datetime | None:
    """When `event` first happened to a version."""
    rows = Entry.objects.filter(verb=event.verb, subject_reference=version.reference).order_by("pk")
    return rows.values_list("occurred_at", flat=True).first()
