"""Erasing a person's rows by key: asking for it, and deciding on it. The work is in `services.erasing`."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.errors import BadInput, RuleViolated
from apps.datasets import events
from apps.datasets.erasing.keys import KEY_TYPES, digests_of, new_salt, read_keys
from apps.datasets.models import Dataset, DatasetVersion, Erasure, ErasureSalt
from apps.datasets.selectors.erasures import ERASE, SEARCH, columns_called
from apps.datasets.selectors.keeping import held_by, standing_holds
from apps.jobs.models import Job
from apps.jobs.services import enqueue

Status = Erasure.Status
TELLING = 4  # from this length on, a key is recognised in the reason


def request_erasure(
    *, actor: User, dataset: Dataset, column: str, keys: Sequence[str], reason: str, now: datetime
) -> tuple[Erasure, Job]:
    """Ask for the rows of a dataset whose `column` has one of `keys` to be erased from all of its versions.

    The keys themselves are kept nowhere: what is searched for, and what the ledger tells of, are salted digests.

    Returns:
        The request, and the job that searches the versions.

    Raises:
        BadInput: there is no such column, or it can't name a person; there are no keys; the reason tells one.
    """
    typed = read_keys(keys)
    _require_column(dataset, column)
    _require_untold(typed, reason)
    salt = new_salt()
    with transaction.atomic():
        new = Erasure(
            dataset=dataset,
            column=column,
            keys=len(typed),
            digests=digests_of(typed, salt),
            reason=reason,
            requested_by=actor,
            requested_at=now,
        )
        with act(events.ERASURE_REQUESTED, actor=actor, creates=new, now=now, note=reason) as erasure:
            ErasureSalt.objects.create(erasure=erasure, salt=salt)
            job = order(SEARCH, erasure, actor, now)
            erasure.job = job.pk
            erasure.save()
        return erasure, job


def confirm_erasure(
    *, actor: User, erasure: Erasure, now: datetime, revision: int | None = None
) -> tuple[Erasure, Job]:
    """Confirm that the rows that were found are to be erased, and have it done.

    Raises:
        RuleViolated: `actor` asked for it, or a legal hold stands.
        IllegalTransition: it does not wait for that.
    """
    with transaction.atomic():
        dataset = lock(erasure.dataset)
        with act(
            events.ERASURE_CONFIRMED, actor=actor, subject=erasure, now=now, expected_revision=revision
        ) as erasure:
            erasure.move_to(Status.ERASING)
            require_free(dataset, erasure)
            job = order(ERASE, erasure, actor, now)
            erasure.confirmed_by, erasure.confirmed_at = actor, now
            erasure.job, erasure.failure = job.pk, ""
            erasure.save()
        return erasure, job


def decline_erasure(
    *, actor: User, erasure: Erasure, reason: str, now: datetime, revision: int | None = None
) -> Erasure:
    """Decide that the rows stay; or take the request back, as the one who made it.

    Raises:
        RuleViolated: `actor` neither asked for it nor may confirm it.
        IllegalTransition: it does not wait for a decision.
    """
    with act(
        events.ERASURE_DECLINED, actor=actor, subject=erasure, now=now, expected_revision=revision, note=reason
    ) as erasure:
        erasure.move_to(Status.DECLINED)
        if actor != erasure.requested_by and not actor.may(str(events.ERASURE_CONFIRMED.permission), erasure):
            raise RuleViolated("Who asked for it takes it back, or who may confirm it declines it.")
        erasure.declined_because = reason
        erasure.save()
        return erasure


def require_free(dataset: Dataset, erasure: Erasure) -> None:
    """Refuse to erase what is held.

    Raises:
        RuleViolated: a hold stands on the dataset or on a version with such rows.
    """
    holding = [each["version"] for each in erasure.found if each["rows"]]
    versions = DatasetVersion.objects.filter(reference__in=holding)
    if why := held_by(standing_holds(dataset, versions)):
        raise RuleViolated(why)


def order(kind: str, erasure: Erasure, actor: User, now: datetime) -> Job:
    """Have the search or the erasure done."""
    return enqueue(
        kind,
        now=now,
        requested_by=actor,
        subject_kind=erasure.kind,
        subject_reference=erasure.reference,
        root_reference=erasure.dataset.reference,
        erasure=erasure.reference,
    )


def _require_column(dataset: Dataset, column: str) -> None:
    types = columns_called(dataset, column)
    if not types:
        raise BadInput(errors={"column": [f"No version of {dataset.reference} has rows and a column “{column}”."]})
    if not types & set(KEY_TYPES):
        found = ", ".join(sorted(types))
        raise BadInput(errors={"column": [f"“{column}” is {found}; a key is text, a whole number or a date."]})


def _require_untold(keys: list[str], reason: str) -> None:
    if any(key in reason for key in keys if len(key) >= TELLING):
        raise BadInput(errors={"reason": ["The reason stays in the ledger: leave the keys out of it."]})
