"""Every way a validation changes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.accounts.reauthentication import Reauthentication
from apps.audit.acts import act, lock
from apps.core.canonical import canonical, digest
from apps.core.consequences import carry
from apps.core.errors import BadInput, Conflict, IllegalTransition, RuleViolated
from apps.findings.models import Finding
from apps.inventory.models import Model, ModelVersion
from apps.signatures.models import Signature
from apps.signatures.services import sign
from apps.validations import events
from apps.validations.models import Validation
from apps.validations.questions import questions_for
from apps.validations.validators import at_it, objection

Status = Validation.Status
REVALIDATED = (ModelVersion.Status.APPROVED, ModelVersion.Status.IN_USE, ModelVersion.Status.SUSPENDED)
ASSESSMENTS = ("satisfactory", "weak", "unsatisfactory", "not_applicable")


def open_validation(
    *, actor: User, version: ModelVersion, scope: str, now: datetime, due: date | None = None
) -> Validation:
    """Take on the challenge of a version that waits for it, or the revalidation that was asked for.

    Raises:
        RuleViolated: the actor developed or owns it, or became a validator when it was under way.
        IllegalTransition: it does not wait for validation.
        Conflict: somebody is at it already, and can conclude it.
    """
    with transaction.atomic():
        version = lock(version)
        waiting = version.validations.filter(status=Status.OPEN).first()
        _require_independence(actor, version, waiting)
        if waiting is not None:
            return _take_over(actor, waiting, scope, now)
        if version.status != ModelVersion.Status.IN_VALIDATION:
            raise IllegalTransition(
                f"{version.reference} is {version.get_status_display().lower()}; it does not wait for this."
            )
        new = Validation(
            version=version, validator=actor, scope_of_work=scope, opened_by=actor, opened_at=now, due=due
        )
        with act(events.VALIDATION_OPENED, actor=actor, creates=new, now=now) as validation:
            return validation


def ask_revalidation(
    *, actor: User, version: ModelVersion, reason: str, now: datetime, cause: str = "", due: date | None = None
) -> Validation:
    """Ask for a version to be validated again. Nobody is at it until a validator opens it.

    Raises:
        IllegalTransition: it was never approved, or is retired.
        Conflict: one is open already.
    """
    with transaction.atomic():
        version = lock(version)
        if version.status not in REVALIDATED:
            status = version.get_status_display().lower()
            raise IllegalTransition(f"{version.reference} is {status}. Only what was approved is validated again.")
        if version.validations.filter(status=Status.OPEN).exists():
            raise Conflict(f"A validation of {version.reference} is open already.")
        new = Validation(
            version=version, sort=Validation.Sort.REVALIDATION, reason=reason, opened_by=actor, opened_at=now, due=due
        )
        with act(
            events.REVALIDATION_ASKED, actor=actor, creates=new, now=now, note=reason, cause=cause
        ) as validation:
            return validation


def answer_questions(
    *,
    actor: User,
    validation: Validation,
    answers: Mapping[str, Mapping[str, str]],
    now: datetime,
    revision: int | None = None,
) -> Validation:
    """Answer challenge questions, or change answers, until the conclusion.

    Args:
        answers: {question key: {answer, assessment}}; the assessment is one of ASSESSMENTS.

    Raises:
        BadInput: a question or an assessment that there is none of.
        RuleViolated: the report is signed, or somebody else is at it.
    """
    asked = {question.key for question in questions_for(validation.version.model.tier)}
    for key, said in answers.items():
        if key not in asked:
            raise BadInput(errors={f"answers.{key}": ["There is no such question in this tier."]})
        if said.get("assessment") not in ASSESSMENTS or not str(said.get("answer", "")).strip():
            known = ", ".join(ASSESSMENTS)
            raise BadInput(errors={f"answers.{key}": [f"Give an answer, and an assessment out of {known}."]})
    with act(
        events.QUESTION_ANSWERED, actor=actor, subject=validation, now=now, expected_revision=revision
    ) as validation:
        _require_open_to(actor, validation)
        kept = {key: {"answer": said["answer"], "assessment": said["assessment"]} for key, said in answers.items()}
        validation.answers = {**validation.answers, **kept}
        validation.save()
        return validation


def conclude(
    *,
    actor: User,
    validation: Validation,
    conclusion: str,
    summary: str,
    reauthentication: Reauthentication,
    now: datetime,
) -> Validation:
    """Conclude, freeze the report and sign it.

    Raises:
        RuleViolated: questions are open, somebody else is at it, or the actor has a part in the version or came late.
    """
    with transaction.atomic():
        lock(validation.version)  # first, as by who sends the version back: its state follows, either way
        with act(events.VALIDATION_CONCLUDED, actor=actor, subject=validation, now=now, note=summary) as validation:
            _require_open_to(actor, validation)
            _require_answers(validation)
            validation.move_to(Status.CONCLUDED)
            validation.conclusion, validation.summary, validation.concluded_at = conclusion, summary, now
            report = report_of(validation)
            validation.report, validation.report_digest = canonical(report).decode(), digest(report)
            validation.signature = sign(
                by=reauthentication,
                meaning=Signature.Meaning.CONCLUSION,
                subject=validation,
                record_digest=validation.report_digest,
                now=now,
                conclusion=str(conclusion),
                summary=summary,
            )
            validation.save()
        carry(events.VALIDATION_CONCLUDED, validation, actor=actor, now=now)
        return validation


def abandon(*, actor: User, validation: Validation, now: datetime, cause: str) -> Validation:
    """End a validation whose version went back to its developers, or was retired."""
    with act(events.VALIDATION_ABANDONED, actor=actor, subject=validation, now=now, cause=cause) as validation:
        validation.move_to(Status.ABANDONED)
        validation.save()
        return validation


def follow_retirement(model: Model, *, actor: User, now: datetime, cause: str) -> None:
    """A model left use for good: nobody has to conclude on a version of it any more."""
    for validation in Validation.objects.filter(version__model=model, status=Status.OPEN):
        abandon(actor=actor, validation=validation, now=now, cause=cause)


def report_of(validation: Validation) -> dict[str, Any]:
    """The report as it is signed: canonical JSON follows from this."""
    version = validation.version
    asked = questions_for(version.model.tier)
    return {
        "v": 1,
        "validation": validation.reference,
        "sort": str(validation.sort),
        "version": version.reference,
        "artifact": version.artifact_id,
        "tier": version.model.tier,
        "validator": validation.validator.reference,
        "scope": validation.scope_of_work,
        "questions": [
            {"key": question.key, "text": question.text, **validation.answers.get(question.key, {})}
            for question in asked
        ],
        "findings": [
            {"reference": finding.reference, "severity": str(finding.severity), "status": str(finding.status)}
            for finding in Finding.objects.filter(root_reference=version.model.reference).order_by("reference")
        ],
        "conclusion": str(validation.conclusion),
        "summary": validation.summary,
        "concluded_at": validation.concluded_at,
    }


def _take_over(actor: User, validation: Validation, scope: str, now: datetime) -> Validation:
    """The validator of one that waits for one: nobody is at it, or who is can't conclude it any more.

    The questions are asked anew, for the report is signed as its validator's own; the ledger keeps what was answered.
    """
    with act(events.VALIDATION_OPENED, actor=actor, subject=validation, now=now) as validation:
        person = at_it(validation)
        if person is not None:
            raise Conflict(f"{person.name} is at {validation.reference} already.")
        validation.validator, validation.scope_of_work, validation.answers = actor, scope, {}
        validation.save()
        return validation


def _require_independence(actor: User, version: ModelVersion, validation: Validation | None) -> None:
    barred = objection(actor, version, validation)
    if barred:
        raise RuleViolated(barred)


def _require_open_to(actor: User, validation: Validation) -> None:
    if validation.status != Status.OPEN:
        raise RuleViolated("This validation has ended; what was concluded stays as it was signed.")
    if validation.validator != actor:
        name = validation.validator.name if validation.validator else "Nobody yet"
        raise RuleViolated(f"{name} is at this validation.")
    _require_independence(actor, validation.version, validation)


def _require_answers(validation: Validation) -> None:
    open_questions = [
        question
        for question in questions_for(validation.version.model.tier)
        if question.key not in validation.answers
    ]
    if open_questions:
        raise RuleViolated(
            f"{len(open_questions)} questions of this tier are not answered yet, first: {open_questions[0].text}",
            errors={f"answers.{question.key}": ["Not answered yet."] for question in open_questions},
        )
