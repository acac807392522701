"""Holding versions against their contract: asked for, carried out by a job, taken in as evidence."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.canonical import digest
from apps.core.consequences import carry, follow
from apps.core.errors import IllegalTransition
from apps.datasets import events
from apps.datasets.contracts import Finding, Report, inspect
from apps.datasets.models import CheckResult, Contract, DatasetVersion, Inspection
from apps.datasets.selectors.contracts import digests_of, in_force, tables_to_compare, version_before
from apps.datasets.selectors.tables import table_path
from apps.jobs import registry
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue

JOB = "datasets.check_version"
Fitness = DatasetVersion.Fitness


def register() -> None:
    """Said once, in AppConfig.ready()."""
    registry.register(JOB, title="Check a version against its contract", work=work, commit=commit, failed=failed)
    follow(events.VERSION_ADDED, check_new_version)
    follow(events.CONTRACT_AGREED, check_newest_version)


def check_version(version: DatasetVersion, contract: Contract | None = None) -> Report:
    """What a version looks like under a contract, now; nothing is kept. Slow: not inside an act.

    Args:
        contract: its dataset's in force by default.

    Raises:
        IllegalTransition: there is none.
        Gone: the version's rows are no longer here.
    """
    contract = contract or _contract(version)
    return inspect(
        table_path(version),
        contract.terms,
        as_of=version.rows_since or version.created_at,
        others=tables_to_compare(contract.terms),
        before=version_before(version),
        digests=digests_of(version),
    )


def ask_check(*, actor: User, version: DatasetVersion, now: datetime) -> Job:
    """Ask for a version to be checked against the contract in force.

    Raises:
        IllegalTransition: its dataset has none.
        Gone: the version's rows are no longer here.
    """
    with transaction.atomic():
        with act(events.CHECK_ASKED, actor=actor, subject=version, now=now) as version:
            version.require_kept()
            contract = _contract(version)
        return _enqueue(version, contract, actor, now, cause=events.CHECK_ASKED.verb)


def check_new_version(version: DatasetVersion, *, actor: User, now: datetime, cause: str) -> None:
    """A version that comes to a dataset with a contract is checked, whoever brought it."""
    if version.fitness == Fitness.WAITING:
        _enqueue(version, _contract(version), actor, now, cause=cause)


def check_newest_version(contract: Contract, *, actor: User, now: datetime, cause: str) -> None:
    """A contract that comes into force is held against what is there already, the newest version of it."""
    newest = contract.dataset.versions.kept().order_by("-number").first()
    if newest is not None:
        _enqueue(newest, contract, actor, now, cause=cause)


def work(run: Run) -> tuple[DatasetVersion, Contract, Report]:
    """The job's long part."""
    version = DatasetVersion.objects.select_related("dataset").get(reference=run.parameters["version"])
    contract = Contract.objects.get(reference=run.parameters["contract"])
    run.progress(0.1, "Reading the table")
    return version, contract, check_version(version, contract)


def commit(run: Run, found: tuple[DatasetVersion, Contract, Report]) -> dict[str, Any]:
    """Take in what was found, in the transaction that ends the job."""
    version, contract, report = found
    inspection = take_in(
        version=version,
        contract=contract,
        report=report,
        asked_by=run.job.requested_by or User.objects.system(),
        now=timezone.now(),
        cause=run.parameters["cause"],
    )
    return {
        "version": version.reference,
        "contract": contract.reference,
        "outcome": inspection.outcome,
        "results_digest": inspection.results_digest,
        "failed": [finding.name for finding in report.findings if not finding.ok],
    }


def take_in(
    *, version: DatasetVersion, contract: Contract, report: Report, asked_by: User, now: datetime, cause: str
) -> Inspection:
    """Keep what was found as evidence, and say on the version what came of it."""
    results = [_result(finding) for finding in report.findings]
    evidence = {
        "version": version.digest,
        "contract": contract.digest,
        "rows": report.rows,
        "changes": [change.as_dict() for change in report.changes],
        "results": results,
    }
    sha = digest(evidence)
    note = f"{report.outcome} under {contract.reference}; results {sha}"
    with transaction.atomic():
        with act(
            events.VERSION_CHECKED, actor=User.objects.system(), subject=version, now=now, cause=cause, note=note
        ) as version:
            # a contract that ended meanwhile says nothing more, but to who waits for its word
            if version.fitness == Fitness.WAITING or in_force(version.dataset) == contract:
                version.fitness = report.outcome
            version.save()
            inspection = Inspection.objects.create(
                version=version,
                contract=contract,
                outcome=report.outcome,
                rows=report.rows,
                changes=evidence["changes"],
                results_digest=sha,
                engine={"name": "duckdb", "seconds": round(report.seconds, 3), "statements": report.scans},
                asked_by=asked_by,
                checked_at=now,
            )
            CheckResult.objects.bulk_create(
                CheckResult(inspection=inspection, place=place, **result) for place, result in enumerate(results)
            )
        carry(events.VERSION_CHECKED, inspection, actor=asked_by, now=now)
        return inspection


def failed(job: Job) -> None:
    """The check could not be carried out: what waits for it must not be used as if it had passed."""
    version = DatasetVersion.objects.filter(reference=job.parameters["version"]).first()
    if version is None or version.fitness != Fitness.WAITING:
        return
    with act(
        events.CHECK_FAILED,
        actor=User.objects.system(),
        subject=version,
        now=timezone.now(),
        cause=job.parameters["cause"],
        note=job.error,
    ) as version:
        version.fitness = Fitness.BROKEN
        version.save()


def _result(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "columns": list(finding.columns)}


def _contract(version: DatasetVersion) -> Contract:
    found = in_force(version.dataset)
    if found is None:
        raise IllegalTransition(f"{version.dataset.reference} has no contract in force to check against.")
    return found


def _enqueue(version: DatasetVersion, contract: Contract, actor: User, now: datetime, *, cause: str) -> Job:
    return enqueue(
        JOB,
        now=now,
        requested_by=actor,
        subject_kind=version.kind,
        subject_reference=version.reference,
        root_reference=version.dataset.reference,
        once=f"{JOB}:{version.reference}:{contract.reference}",
        version=version.reference,
        contract=contract.reference,
        cause=cause,
    )
