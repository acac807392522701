"""How long versions are kept: retention, legal holds, and disposing of what is past its time."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.consequences import carry
from apps.core.errors import BadInput, RuleViolated
from apps.core.periodic import row_by_row
from apps.datasets import events
from apps.datasets.models import Dataset, DatasetVersion, Hold, Part, Retention
from apps.datasets.selectors.keeping import is_past, kept_until, obstacle_to_disposal, retention_of, standing_holds
from apps.files.removing import ask_removal

LONGEST_DAYS = 36_525


def set_retention(
    *, actor: User, dataset: Dataset, days: int | None, reason: str, now: datetime, revision: int | None = None
) -> Retention:
    """Say for how many days versions are kept, counted from when their rows were first taken in; None is for good.

    Raises:
        BadInput: no day at all, or more than a hundred years of them.
    """
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise BadInput(errors={"days": [f"Choose from 1 to {LONGEST_DAYS:,} days, or none for good."]})
    with transaction.atomic():
        known = retention_of(lock(dataset))
        said = {"days": days, "reason": reason, "set_by": actor, "set_at": now}
        if known is None:
            with act(
                events.RETENTION_SET, actor=actor, creates=Retention(dataset=dataset, **said), now=now, note=reason
            ) as retention:
                return retention
        with act(
            events.RETENTION_SET, actor=actor, subject=known, now=now, expected_revision=revision, note=reason
        ) as retention:
            for field, value in said.items():
                setattr(retention, field, value)
            retention.save()
            return retention


def place_hold(
    *, actor: User, dataset: Dataset, reason: str, now: datetime, version: DatasetVersion | None = None
) -> Hold:
    """Place a legal hold on a dataset, or on one of its versions: from now on nothing of it goes.

    Raises:
        BadInput: the version is another dataset's.
        Gone: there is nothing left to hold of that version.
    """
    with transaction.atomic():
        dataset = lock(dataset)
        if version is not None:
            _require_of(dataset, version := lock(version))
            version.require_kept()
        new = Hold(dataset=dataset, version=version, reason=reason, placed_by=actor, placed_at=now)
        with act(events.HOLD_PLACED, actor=actor, creates=new, now=now, note=reason) as hold:
            return hold


def lift_hold(*, actor: User, hold: Hold, reason: str, now: datetime, revision: int | None = None) -> Hold:
    """Lift a hold that another person placed.

    Raises:
        RuleViolated: `actor` placed it.
        IllegalTransition: it was lifted before.
    """
    with act(events.HOLD_LIFTED, actor=actor, subject=hold, now=now, expected_revision=revision, note=reason) as hold:
        hold.move_to(Hold.Status.LIFTED)
        hold.lifted_by, hold.lifted_at, hold.lifted_because = actor, now, reason
        hold.save()
        return hold


def dispose_version(
    *, actor: User, version: DatasetVersion, reason: str, now: datetime, revision: int | None = None
) -> DatasetVersion:
    """Dispose of the rows of a version that is past its retention. Its row, digest and history stay.

    Raises:
        RuleViolated: it has to be kept, is held or tagged, something live rests on it, or `actor` set the retention.
        IllegalTransition: its rows are gone already.
    """
    with transaction.atomic():
        lock(version.dataset)  # a hold is placed under the same lock, so one of both comes first
        with act(
            events.VERSION_DISPOSED, actor=actor, subject=version, now=now, expected_revision=revision, note=reason
        ) as version:
            version.move_to(DatasetVersion.Status.DISPOSED)
            why = obstacle_to_disposal(version, actor, now)
            if why is not None:
                raise RuleViolated(why)
            version.gone_at, version.gone_because = now, reason
            version.save()
        remove_bytes([version], reason=f"{version.reference} was disposed of.", now=now)
        carry(events.VERSION_DISPOSED, version, actor=actor, now=now)
        return version


def remove_bytes(versions: list[DatasetVersion], *, reason: str, now: datetime) -> list[Any]:
    """Have the tables and files of versions whose rows are gone removed, as far as nobody else needs them.

    What a version was extracted in goes with it: the parts that it is made of, as they came.

    Returns:
        The rows of any room that need some of the bytes, which therefore stay.
    """
    digests = {digest for version in versions for digest in (version.table_id, version.source_id)}
    parts = Part.objects.filter(extraction__version__in=versions).values_list("blob", flat=True)
    held = ask_removal(digests.union(parts), reason=reason, now=now)
    return list(dict.fromkeys(row for rows in held.values() for row in rows))


def announce_retention(*, now: datetime) -> list[DatasetVersion]:
    """Note which versions are past their retention and held by nobody; each once for each last day it has had."""
    rows = DatasetVersion.objects.kept().filter(dataset__retention__days__isnull=False)
    return row_by_row(rows.select_related("dataset__retention").order_by("pk"), _to_announce, _announce, now)


def _to_announce(version: DatasetVersion, now: datetime) -> bool:
    retention = retention_of(version.dataset)
    if not is_past(version, retention, now) or version.announced_for == kept_until(version, retention):
        return False
    return not standing_holds(version.dataset, [version])


def _announce(version: DatasetVersion, now: datetime) -> DatasetVersion:
    system = User.objects.system()
    with act(events.RETENTION_PASSED, actor=system, subject=version, now=now) as version:
        version.announced_for = kept_until(version, retention_of(version.dataset))
        version.save()
        return version


def _require_of(dataset: Dataset, version: DatasetVersion) -> None:
    if version.dataset_id != dataset.pk:
        raise BadInput(errors={"version": [f"{version.reference} is no version of {dataset.reference}."]})
