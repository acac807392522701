"""Working out what is different between two versions: at once where they are small, else by a job; never twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.core.canonical import digest
from apps.datasets.comparing import Unmatched, compare
from apps.datasets.models import DatasetVersion, Difference
from apps.datasets.selectors.differences import AFTER, BEFORE, KIND, known_difference, once, side
from apps.files.receiving import waiting_room
from apps.jobs import registry
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue

AT_ONCE_CELLS = 2_000_000  # of both tables together: about half a second


def register() -> None:
    """Make the job known; called once, in AppConfig.ready()."""
    registry.register(KIND, title="Comparing versions", work=work, commit=commit)


def difference(
    *, actor: User, before: DatasetVersion, after: DatasetVersion, key: Sequence[str], now: datetime
) -> Difference | Job:
    """What is different in `after`: as it was worked out before, or at once, or by the job that will work it out.

    Args:
        key: see `selectors.differences.key_for`.

    Raises:
        BadInput: rows can't be matched by that key.
        Gone: it was never worked out, and the rows of one are no longer here.
    """
    known = known_difference(before, after, key)
    if known is not None:
        return known
    before.require_kept()
    after.require_kept()
    if before.rows * len(before.columns) + after.rows * len(after.columns) > AT_ONCE_CELLS:
        return _ask(actor, before, after, key, now)
    _keep(before, after, key, _compared(before, after, key), now)
    kept = known_difference(before, after, key)
    assert kept is not None
    return kept


def work(run: Run) -> dict[str, Any]:
    """The job: compare, outside of any transaction."""
    before, after, key = _named(run)
    return _compared(before, after, key, lambda share, message: run.progress(share, message))


def commit(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Keep what was found, in the transaction that ends the job."""
    before, after, key = _named(run)
    _keep(before, after, key, found, timezone.now())
    return {"before": before.reference, "after": after.reference, "key": list(key)}


def _ask(actor: User, before: DatasetVersion, after: DatasetVersion, key: Sequence[str], now: datetime) -> Job:
    return enqueue(
        KIND,
        now=now,
        requested_by=actor,
        subject_kind=after.kind,
        subject_reference=after.reference,
        root_reference=after.dataset.reference,
        once=once(before, after, key),
        before=before.reference,
        after=after.reference,
        key=list(key),
    )


def _named(run: Run) -> tuple[DatasetVersion, DatasetVersion, list[str]]:
    rows = DatasetVersion.objects.select_related("profile")
    before, after = (rows.get(reference=run.parameters[name]) for name in ("before", "after"))
    return before, after, run.parameters["key"]


def _compared(
    before: DatasetVersion,
    after: DatasetVersion,
    key: Sequence[str],
    progress: Callable[[float, str], None] = lambda share, message: None,
) -> dict[str, Any]:
    """What is different, or the sentence that says why rows can't be matched: that is kept, too."""
    try:
        return compare(side(before, BEFORE), side(after, AFTER), key=key, folder=waiting_room(), progress=progress)
    except Unmatched as refusal:
        return {"refused": str(refusal)}


def _keep(
    before: DatasetVersion, after: DatasetVersion, key: Sequence[str], found: dict[str, Any], now: datetime
) -> None:
    """Where two worked at once, the first one's stays: both found the same."""
    row = Difference(before=before.digest, after=after.digest, key=digest(list(key)), details=found, computed_at=now)
    Difference.objects.bulk_create([row], ignore_conflicts=True)
