"""Who challenged, decided and signed, on what, and how the ledger was sealed: the people's part of a card."""

from typing import Any

from apps.approvals.models import Approval, Condition, Decision
from apps.dossiers.dossier import validation_of
from apps.dossiers.selectors import KIND, live_approval, why_not_live
from apps.findings.models import Finding
from apps.inventory.models import ModelVersion
from apps.reports.content.identity import person
from apps.reports.keys import Key
from apps.signatures.models import Signature


def standing(version: ModelVersion, key: Key) -> dict[str, Any]:
    """What the version is worth as of the key: whether an approval counts, which, and in a sentence."""
    approval = live_approval(version, key.as_of)
    if approval is None:
        return {"approved": False, "approval": None, "sentence": why_not_live(version, key.as_of)}
    waiting = approval.conditions.exclude(status=Condition.Status.VERIFIED).count()
    how = approval.get_status_display().lower()
    still = f" {waiting} of its conditions are not verified yet." if waiting else ""
    sentence = f"{version.reference} is {how} ({approval.reference}).{still}"
    return {"approved": True, "approval": approval.reference, "sentence": sentence}


def validation(version: ModelVersion) -> dict[str, Any] | None:
    row = validation_of(version)
    if row is None:
        return None
    return {
        "reference": row.reference,
        "sort": row.get_sort_display(),
        "validator": person(row.validator),
        "scope": row.scope_of_work,
        "conclusion": str(row.conclusion),
        "conclusion_name": row.get_conclusion_display(),
        "summary": row.summary,
        "concluded_at": row.concluded_at,
        "report_digest": row.report_digest,
        "signature": signature(row.signature),
    }


def findings(version: ModelVersion) -> list[dict[str, Any]]:
    rows = Finding.objects.about(version.reference, version.model.reference).order_by("reference")
    return [
        {
            "reference": row.reference,
            "about": row.subject_reference,
            "title": row.title,
            "severity": str(row.severity),
            "blocking": row.blocking,
            "status": str(row.status),
            "due": row.due,
            "closed_at": row.closed_at,
        }
        for row in rows
    ]


def approvals(version: ModelVersion) -> list[dict[str, Any]]:
    """Every request for approval of the version, the newest first, with its decisions and their signatures."""
    rows = Approval.objects.filter(subject_kind=KIND, subject_reference=version.reference).order_by("-pk")
    return [_approval(row) for row in rows]


def _approval(row: Approval) -> dict[str, Any]:
    decisions = row.decisions.select_related("stage", "decider", "in_place_of", "signature").order_by("pk")
    conditions = row.conditions.select_related("decision__decider", "fulfilled_by", "verified_by").order_by("number")
    return {
        "reference": row.reference,
        "status": str(row.status),
        "status_name": row.get_status_display(),
        "dossier_digest": row.dossier_digest,
        "route": row.route_version,
        "opened_by": person(row.opened_by),
        "opened_at": row.opened_at,
        "decided_at": row.decided_at,
        "suspension": row.suspension,
        "stages": [{"number": s.number, "name": s.name} for s in row.stages.order_by("number")],
        "decisions": [_decision(decision) for decision in decisions],
        "conditions": [_condition(condition) for condition in conditions],
    }


def _decision(row: Decision) -> dict[str, Any]:
    return {
        "stage": row.stage.name,
        "decision": str(row.decision),
        "decision_name": row.get_decision_display(),
        "reason": row.reason,
        "in_place_of": person(row.in_place_of),
        "exceptions": row.exceptions,
        "dossier_digest": row.dossier_digest,
        "signature": signature(row.signature),
    }


def _condition(row: Condition) -> dict[str, Any]:
    return {
        "number": row.number,
        "text": row.text,
        "due": row.due,
        "stated_by": person(row.decision.decider),
        "status": str(row.status),
        "status_name": row.get_status_display(),
        "note": row.note,
        "fulfilled_by": person(row.fulfilled_by),
        "fulfilled_at": row.fulfilled_at,
        "verified_by": person(row.verified_by),
        "verified_at": row.verified_at,
    }


def attestations(version: ModelVersion) -> list[dict[str, Any]]:
    rows = version.acceptances.select_related("signature").order_by("pk")
    return [
        {"reference": row.reference, "statement": row.statement, "signature": signature(row.signature)}
        for row in rows
    ]


def signature(row: Signature | None) -> dict[str, Any] | None:
    """A signature as 21 CFR 11.50 wants it shown: the printed name, the moment, the meaning; and what was signed."""
    if row is None:
        return None
    return {
        "reference": row.reference,
        "printed_name": row.printed_name,
        "printed_roles": row.printed_roles,
        "meaning": row.get_meaning_display(),
        "signed_at": row.signed_at,
        "methods": row.methods,
        "record_digest": row.record_digest,
        "digest": row.digest,
    }


def checkpoint(key: Key) -> dict[str, Any] | None:
    row = key.checkpoint
    if row is None:
        return None
    return {"size": row.size, "root": bytes(row.root), "sealed_at": row.sealed_at, "note": row.note}
