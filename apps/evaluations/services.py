"""Every way an evaluation changes: asked for, completed by its job, or failed with a reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.canonical import digest
from apps.core.consequences import carry
from apps.core.errors import IllegalTransition
from apps.evaluations import events
from apps.evaluations.models import Evaluation, Result, Verdict
from apps.exceptions.selectors import covered_gates
from apps.files.models import Blob
from apps.inventory.models import ModelVersion
from apps.inventory.services.drafts import require_complete
from apps.inventory.services.versions import require_fit_tables
from apps.jobs.models import Job
from apps.jobs.services import call_off, enqueue
from apps.policies.rules.verdicts import judge
from apps.policies.selectors import applicable

JOB = "evaluations.evaluate"
Status = Evaluation.Status


def request_evaluation(*, actor: User, version: ModelVersion, now: datetime, dry_run: bool) -> Evaluation:
    """Ask for a version to be scored and measured. A dry run is of a draft; otherwise it belongs to a submission.

    Raises:
        IllegalTransition: a dry run of something that is no draft.
        RuleViolated: the version is incomplete, or a table it names was refused for use by its contract.
        NoPolicy: no gate policy is in force for the version's task and tier.
    """
    if dry_run:
        require_dry_runnable(version)
    require_complete(version)
    require_fit_tables(version)
    gate_policy(version, now)
    with transaction.atomic():
        new = Evaluation(version=version, dry_run=dry_run, requested_by=actor, requested_at=now)
        with act(events.EVALUATION_REQUESTED, actor=actor, creates=new, now=now) as evaluation:
            job = enqueue(
                JOB,
                now=now,
                requested_by=actor,
                subject_kind=evaluation.kind,
                subject_reference=evaluation.reference,
                root_reference=version.model.reference,
                evaluation=evaluation.reference,
            )
            evaluation.job = job.pk
            evaluation.save()
        return evaluation


def require_dry_runnable(version: ModelVersion) -> None:
    """Refuse a dry run of what is no draft any more.

    Raises:
        IllegalTransition: it has been submitted.
    """
    if version.status != ModelVersion.Status.DRAFT:
        raise IllegalTransition("A dry run is for a draft, before it is submitted.")


def complete(
    *,
    evaluation: Evaluation,
    results: Sequence[dict[str, Any]],
    predictions: Blob | None,
    reference_predictions: Blob | None,
    engine: dict[str, Any],
    now: datetime,
) -> Evaluation:
    """Take in what was measured, and what the policy says of it. Called in the transaction that ends the job.

    Args:
        results: in the API's shape, each with its family and dataset_digest.
    """
    actor = evaluation.requested_by
    policy = gate_policy(evaluation.version, now)
    verdict = judge(policy.rules, results, exceptions=covered_gates(evaluation.version.reference, now))
    with transaction.atomic():
        with act(
            events.EVALUATION_COMPLETED,
            actor=User.objects.system(),
            subject=evaluation,
            now=now,
            cause=events.EVALUATION_REQUESTED.verb,
        ) as evaluation:
            evaluation.move_to(Status.DONE)
            evaluation.predictions, evaluation.reference_predictions = predictions, reference_predictions
            evaluation.results_digest, evaluation.engine, evaluation.finished_at = digest(list(results)), engine, now
            evaluation.verdict_digest = verdict.digest(policy.reference)
            evaluation.save()
            Result.objects.bulk_create(Result.of(result, evaluation=evaluation) for result in results)
            Verdict(
                evaluation=evaluation,
                policy=policy,
                outcome=str(verdict.outcome),
                gates=verdict.as_dict()["gates"],
                digest=evaluation.verdict_digest,
                given_at=now,
            ).save()
        carry(events.EVALUATION_COMPLETED, evaluation, actor=actor, now=now)
        return evaluation


def running_of(version: ModelVersion) -> list[Evaluation]:
    """The unfinished evaluation of a submission, if any; its job is locked, so that it doesn't end meanwhile.

    Call it before anything else is locked: the worker takes the job first, too.
    """
    rows = version.evaluations.filter(status=Status.RUNNING, dry_run=False)
    jobs = list(rows.values_list("job", flat=True))
    list(Job.objects.select_for_update(no_key=True).filter(pk__in=jobs))
    return list(rows.all())


def abandon(*, evaluation: Evaluation, reason: str, now: datetime, cause: str) -> None:
    """Nobody waits for an evaluation any more: it ends, and its job stops."""
    fail(evaluation=evaluation, reason=reason, now=now, cause=cause)
    if evaluation.job is not None:
        call_off(evaluation.job, now=now)


def fail(
    *, evaluation: Evaluation, reason: str, now: datetime, cause: str = events.EVALUATION_REQUESTED.verb
) -> Evaluation:
    """Remember why a version could not be evaluated."""
    with transaction.atomic():
        with act(
            events.EVALUATION_FAILED,
            actor=User.objects.system(),
            subject=evaluation,
            now=now,
            note=reason,
            cause=cause,
        ) as evaluation:
            evaluation.move_to(Status.FAILED)
            evaluation.error, evaluation.finished_at = reason, now
            evaluation.save()
        carry(events.EVALUATION_FAILED, evaluation, actor=evaluation.requested_by, now=now)
        return evaluation


def gate_policy(version: ModelVersion, now: datetime) -> Any:
    """The gate policy in force for the version's task and its model's tier."""
    return applicable("gate_policy", at=now, task=version.metadata["task"], tier=version.model.tier)
