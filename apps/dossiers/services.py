"""The way of a version, and what follows in it from other rooms' events."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.reauthentication import Reauthentication
from apps.approvals.models import Approval
from apps.approvals.services.requests import open_approval, require_deciders, suspend_approval
from apps.audit.acts import act
from apps.core.canonical import digest
from apps.core.consequences import carry
from apps.core.errors import RuleViolated
from apps.core.events import Event
from apps.dossiers import events
from apps.dossiers.dossier import uses
from apps.dossiers.models import Acceptance, Submission
from apps.dossiers.selectors import latest_approval
from apps.evaluations.models import Evaluation, Verdict
from apps.evaluations.services import abandon as abandon_evaluation
from apps.evaluations.services import request_evaluation, running_of
from apps.exceptions.models import Exemption
from apps.inventory import events as inventory
from apps.inventory.models import ModelVersion
from apps.inventory.services.drafts import require_complete
from apps.inventory.services.registering import keep_developer
from apps.inventory.services.versions import move_version
from apps.policies.models import PolicyVersion
from apps.policies.selectors import applicable
from apps.signatures.models import Signature
from apps.signatures.services import sign
from apps.validations.models import Validation
from apps.validations.services import abandon

Status = ModelVersion.Status
NOT_WANTED = "The version went back to its developers before this was done."
UNMET = (Verdict.Outcome.FAILED, Verdict.Outcome.UNAVAILABLE)


def submit(*, actor: User, version: ModelVersion, now: datetime, revision: int | None = None) -> Submission:
    """Submit a draft to be judged, and ask for the evaluation that its dossier will rest on.

    Raises:
        RuleViolated: it is incomplete, the model states no purpose or use or is about to retire, no policy covers it,
            or nobody could approve it.
        IllegalTransition: the version is no draft.
    """
    with transaction.atomic():
        with act(
            inventory.VERSION_SUBMITTED, actor=actor, subject=version, now=now, expected_revision=revision
        ) as version:
            version.require_open_to(inventory.VERSION_SUBMITTED)
            require_complete(version)
            if not version.model.purpose.strip():
                raise RuleViolated("Say what the model is for before a version is submitted.")
            if not version.model.uses.filter(ended_at=None).exists():
                raise RuleViolated("Say what the model is to be used for before a version is submitted.")
            version.move_to(Status.SUBMITTED)
            require_deciders(route=_route(version, now).rules, subject=version, asked_by=actor, now=now)
            version.save()
            keep_developer(version.model, actor)
            submission = Submission(
                version=version, number=version.submissions.count() + 1, submitted_by=actor, submitted_at=now
            )
            submission.save()
        carry(inventory.VERSION_SUBMITTED, version, actor=actor, now=now)
        evaluation = request_evaluation(actor=actor, version=version, now=now, dry_run=False)
        return _with_evaluation(submission, evaluation, actor, now)


def return_version(
    *, actor: User, version: ModelVersion, reason: str, now: datetime, revision: int | None = None
) -> ModelVersion:
    """Send a submitted version back to its developers, with questions."""
    return _back(inventory.VERSION_RETURNED, actor, version, reason, now, revision)


def withdraw_version(
    *, actor: User, version: ModelVersion, reason: str, now: datetime, revision: int | None = None
) -> ModelVersion:
    """Take a submitted version back, as who may submit it."""
    return _back(inventory.VERSION_WITHDRAWN, actor, version, reason, now, revision)


def accept(
    *, actor: User, version: ModelVersion, statement: str, reauthentication: Reauthentication, now: datetime
) -> Acceptance:
    """Attest, as the model's owner, what a version is to be used for.

    Raises:
        RuleViolated: the actor does not own the model, or there is nothing to attest yet.
    """
    uses_digest = digest(uses(version.model))
    new = Acceptance(
        version=version, statement=statement, uses_digest=uses_digest, accepted_by=actor, accepted_at=now
    )
    with act(events.USE_ATTESTED, actor=actor, creates=new, now=now, note=statement) as acceptance:
        require_attestable(actor=actor, version=version, now=now)
        acceptance.signature = sign(
            by=reauthentication,
            meaning=Signature.Meaning.ATTESTATION,
            subject=version,
            record_digest=uses_digest,
            now=now,
            statement=statement,
        )
        acceptance.save()
        return acceptance


def require_attestable(*, actor: User, version: ModelVersion, now: datetime, statement: str = "") -> None:
    """Refuse early, before anybody types a password, what attesting would refuse.

    Raises:
        RuleViolated: the actor does not own the model, or there is nothing to attest yet.
    """
    if actor != version.owner:
        raise RuleViolated(f"Only {version.owner.name}, who owns the model, attests its uses.")
    if version.status not in (Status.IN_VALIDATION, Status.IN_APPROVAL, Status.APPROVED, Status.IN_USE):
        raise RuleViolated("There is nothing to attest before the evidence is there.")


def follow_evaluation(evaluation: Evaluation, *, actor: User, now: datetime, cause: str) -> None:
    """A submission's evaluation has ended: on to validation, or back with its evidence."""
    version = evaluation.version
    if evaluation.dry_run or version.status != Status.SUBMITTED:
        return
    if evaluation.status == Evaluation.Status.FAILED:
        _move(version, inventory.GATES_FAILED, Status.DRAFT, actor, now, cause, evaluation.error)
    elif evaluation.verdict.outcome in UNMET:
        _move(version, inventory.GATES_FAILED, Status.DRAFT, actor, now, cause, _unmet(evaluation.verdict))
    else:
        _move(version, inventory.EVIDENCE_ACCEPTED, Status.IN_VALIDATION, actor, now, cause)


def follow_validation(validation: Validation, *, actor: User, now: datetime, cause: str) -> None:
    """A validation has concluded: open the approval, send the version back, or suspend what no longer holds."""
    version, fit = validation.version, validation.conclusion != Validation.Conclusion.NOT_FIT
    if validation.sort == Validation.Sort.REVALIDATION:
        if not fit:
            _suspend(version, validation, now, cause)
        return
    if not fit:
        _move(version, inventory.VALIDATION_FAILED, Status.DRAFT, actor, now, cause, validation.summary)
        return
    _ask_approval(version, actor, now, cause)


def follow_decision(
    version: ModelVersion, *, outcome: str, approval: Approval, actor: User, now: datetime, cause: str
) -> None:
    """An approval has ended, or counts no longer, or counts again: the version moves with it."""
    if version.status == Status.RETIRED:  # it ended for good, whatever becomes of the approval
        return
    event, status = OUTCOMES[outcome]
    carry(event, _move(version, event, status, actor, now, cause, approval.reference), actor=actor, now=now)


def follow_exemption(exemption: Exemption, *, actor: User, now: datetime, cause: str) -> None:
    """An exemption counts no longer; an approval that rests on it does not count either, until someone looks."""
    rows = Approval.objects.filter(subject_kind="modelversion", root_reference=exemption.root_reference)
    for approval in rows.filter(status__in=Approval.GRANTED):
        signed = {one["reference"] for one in json.loads(approval.record).get("exceptions", ())}
        if exemption.reference in signed.union(approval.relied_upon()):
            reason = (
                f"The exemption {exemption.reference} that it rests on counts no longer. "
                "Once another one is granted for the same, the suspension can be lifted."
            )
            suspend_approval(actor=User.objects.system(), approval=approval, reason=reason, now=now, cause=cause)


OUTCOMES = {
    "approved": (inventory.VERSION_APPROVED, Status.APPROVED),
    "approved_with_conditions": (inventory.VERSION_APPROVED, Status.APPROVED),
    "rejected": (inventory.VERSION_REJECTED, Status.REJECTED),
    "sent_back": (inventory.VERSION_SENT_BACK, Status.DRAFT),
    "returned": (inventory.VERSION_SENT_BACK, Status.DRAFT),
    "withdrawn": (inventory.VERSION_SENT_BACK, Status.DRAFT),
    "suspended": (inventory.VERSION_SUSPENDED, Status.SUSPENDED),
    "lifted": (inventory.VERSION_REINSTATED, Status.APPROVED),
}


def _with_evaluation(submission: Submission, evaluation: Evaluation, actor: User, now: datetime) -> Submission:
    with act(
        events.EVALUATION_ATTACHED, actor=actor, subject=submission, now=now, cause=inventory.VERSION_SUBMITTED.verb
    ) as submission:
        submission.evaluation = evaluation
        submission.save()
        return submission


def _ask_approval(version: ModelVersion, actor: User, now: datetime, cause: str) -> None:
    version = _move(version, inventory.APPROVAL_OPENED, Status.IN_APPROVAL, actor, now, cause)
    route = _route(version, now)
    submission = version.submissions.order_by("-pk").first()
    open_approval(
        actor=actor,
        asked_by=submission.submitted_by,
        kind="model_version",
        subject=version,
        title=f"{version.model.name} {version.number}",
        route=route.rules,
        route_version=route.reference,
        now=now,
        cause=cause,
    )


def _route(version: ModelVersion, now: datetime) -> PolicyVersion:
    return applicable("approval_route", at=now, subject_kind="model_version", tier=version.model.tier)


def _suspend(version: ModelVersion, validation: Validation, now: datetime, cause: str) -> None:
    approval = latest_approval(version)
    if approval is not None and approval.granted:
        reason = f"{validation.reference} concluded that it is not fit for use."
        suspend_approval(actor=User.objects.system(), approval=approval, reason=reason, now=now, cause=cause)


def _back(
    event: Event, actor: User, version: ModelVersion, reason: str, now: datetime, revision: int | None
) -> ModelVersion:
    with transaction.atomic():
        running = running_of(version)
        with act(event, actor=actor, subject=version, now=now, note=reason, expected_revision=revision) as version:
            version.move_to(Status.DRAFT)
            version.save()
        for evaluation in running:
            abandon_evaluation(evaluation=evaluation, reason=NOT_WANTED, now=now, cause=event.verb)
        for validation in version.validations.filter(status=Validation.Status.OPEN):
            abandon(actor=actor, validation=validation, now=now, cause=event.verb)
        return version


def _move(
    version: ModelVersion, event: Event, status: str, actor: Any, now: datetime, cause: str, note: str = ""
) -> ModelVersion:
    return move_version(actor=actor, version=version, event=event, status=status, now=now, cause=cause, note=note)


def _unmet(verdict: Verdict) -> str:
    named = [gate["name"] for gate in verdict.gates if gate["severity"] == "block" and gate["outcome"] in UNMET]
    return f"Gates not met: {', '.join(dict.fromkeys(named))}."
