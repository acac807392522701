"""The work of erasures: search the versions, write what goes on without the rows, and take the old bytes away.

Both jobs may die at any moment and be taken up again: what they write before their commit (tables without the rows)
is named by nobody until then, and the commit of an erasure is one transaction.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core import lineage, uses
from apps.core.consequences import carry
from apps.core.lineage import Node
from apps.core.scope import root_reference
from apps.datasets import events
from apps.datasets.erasing.rows import Remaining, count
from apps.datasets.models import Dataset, DatasetVersion, Erasure
from apps.datasets.selectors.erasures import ERASE, SEARCH, searchable, sought, type_of
from apps.datasets.selectors.tables import table_path
from apps.datasets.services.erasures import require_free
from apps.datasets.services.keeping import remove_bytes
from apps.datasets.services.tables import Prepared, add_successor, prepare_rows
from apps.datasets.services.tags import set_tag
from apps.files.receiving import waiting_room
from apps.jobs import registry
from apps.jobs.errors import CannotBeDone, TryAgain
from apps.jobs.models import Job
from apps.jobs.running import Run

Status = Erasure.Status
GONE_ON = "Somebody decided otherwise meanwhile, so nothing was done."
ATTEMPTS = 10  # versions may come while others are searched
WALKED = 10_000  # things that lineage is asked about at most
CAME_BETWEEN = "a version came while the others were searched"


def register() -> None:
    """Make both jobs known; called once, in AppConfig.ready()."""
    registry.register(SEARCH, title="Searching for rows to erase", work=search, commit=commit_search, failed=failed)
    registry.register(
        ERASE, title="Erasing rows", work=erase, commit=commit_erasure, failed=failed, max_attempts=ATTEMPTS
    )


@dataclass(frozen=True)
class Affected:
    """A version that holds rows which are sought, and the table that goes on without them (None: none are left)."""

    version: DatasetVersion
    rows: int
    remaining: Prepared | None


@dataclass(frozen=True)
class Worked:
    """What the work of an erasure gives to its commit.

    Attributes:
        searched: the references of every version that was searched.
        derived: versions of other datasets that were made of those affected.
    """

    affected: list[Affected]
    searched: list[str]
    derived: list[dict[str, str]]


def search(run: Run) -> list[dict[str, Any]]:
    """The work of the search: how many rows each version has of those sought."""
    erasure = _erasure(run, Status.SEARCHING)
    versions, _ = searchable(erasure.dataset, erasure.column)
    found = []
    for place, version in enumerate(versions):
        run.progress(place / len(versions), f"Searching {version.reference}")
        found.append({"version": version.reference, "rows": _count(erasure, version)})
    return found


def commit_search(run: Run, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Keep what was found: it waits for confirmation, or there is nothing to erase."""
    erasure, now = _erasure(run, Status.SEARCHING), timezone.now()
    _, unsearched = searchable(erasure.dataset, erasure.column)
    with act(
        events.ERASURE_SEARCHED,
        actor=erasure.requested_by,
        subject=erasure,
        now=now,
        cause=events.ERASURE_REQUESTED.verb,
    ) as erasure:
        erasure.move_to(Status.FOUND if any(each["rows"] for each in found) else Status.NOTHING)
        erasure.found = found
        erasure.not_searched = [version.reference for version in unsearched]
        erasure.save()
    return {"erasure": erasure.reference, "rows": erasure.rows_found}


def erase(run: Run) -> Worked:
    """The work of the erasure: for each version with such rows, a stored table without them."""
    erasure = _erasure(run, Status.ERASING)
    versions, _ = searchable(erasure.dataset, erasure.column)
    affected = []
    for place, version in enumerate(versions):
        run.progress(place / len(versions), f"Erasing in {version.reference}")
        if rows := _count(erasure, version):
            remaining = _without(erasure, version, run, place / len(versions)) if rows < version.rows else None
            affected.append(Affected(version, rows, remaining))
    searched = [version.reference for version in versions]
    return Worked(affected, searched, _derived(erasure.dataset, {each.version.reference for each in affected}))


def commit_erasure(run: Run, found: Worked) -> dict[str, Any]:
    """Put successors in the place of the versions that had the rows, and have the bytes of those removed.

    Raises:
        TryAgain: a version came after the search; it has to be searched, too.
        RuleViolated: a legal hold was placed meanwhile.
    """
    affected, now = found.affected, timezone.now()
    erasure = _erasure(run, Status.ERASING)
    dataset = lock(erasure.dataset)
    present, unsearched = searchable(dataset, erasure.column)
    if [version.reference for version in present] != found.searched:
        raise TryAgain(CAME_BETWEEN)
    erasure.found = [{"version": each.version.reference, "rows": each.rows} for each in affected]
    require_free(dataset, erasure)
    before = uses.of([each.version.reference for each in affected])
    told = [_replace(erasure, dataset, each, now) for each in affected]
    versions = [each.version for each in affected]
    holding = remove_bytes(versions, reason=f"{erasure.reference} erased rows of it.", now=now)
    record = {
        "versions": told,
        "uses": [{**use.as_dict(), "root": use.root_reference} for use in before],
        "same": _same(versions),
        "derived": found.derived,
        "held": [_holder(row) for row in holding if not isinstance(row, DatasetVersion)],
    }
    with act(events.ERASURE_DONE, actor=_confirmed_by(erasure), subject=erasure, now=now, cause=_CONFIRMED) as done:
        done.move_to(Status.DONE)
        done.record, done.done_at, done.found = record, now, erasure.found
        done.not_searched = [version.reference for version in unsearched]
        done.save()
    return {"erasure": erasure.reference, "versions": len(told), "rows": done.rows_found}


def failed(job: Job) -> None:
    """The job was given up or cancelled: nothing was erased, and the request says why."""
    erasure = Erasure.objects.get(reference=job.parameters["erasure"])
    back = {Status.SEARCHING: Status.FAILED, Status.ERASING: Status.FOUND}.get(erasure.status)
    if back is None:
        return
    actor = erasure.confirmed_by or erasure.requested_by
    cause = events.ERASURE_REQUESTED.verb if erasure.status == Status.SEARCHING else _CONFIRMED
    with act(events.ERASURE_FAILED, actor=actor, subject=erasure, now=timezone.now(), cause=cause) as erasure:
        erasure.move_to(back)
        erasure.failure = job.error or "Somebody cancelled it."
        erasure.confirmed_by = erasure.confirmed_at = None
        erasure.save()


_CONFIRMED = events.ERASURE_CONFIRMED.verb


def _erasure(run: Run, status: str) -> Erasure:
    erasure = Erasure.objects.select_related("dataset", "salt").get(reference=run.parameters["erasure"])
    if erasure.status != status:
        raise CannotBeDone(GONE_ON)
    return erasure


def _confirmed_by(erasure: Erasure) -> User:
    assert erasure.confirmed_by is not None
    return erasure.confirmed_by


def _count(erasure: Erasure, version: DatasetVersion) -> int:
    type_ = str(type_of(version, erasure.column))
    with tempfile.TemporaryDirectory(dir=waiting_room()) as spill:
        return count(table_path(version), type_, sought(erasure), spill=Path(spill))


def _without(erasure: Erasure, version: DatasetVersion, run: Run, share: float) -> Prepared:
    """The version's table without the rows, stored. What was said of its columns stays said, whatever is left."""
    type_ = str(type_of(version, erasure.column))
    with tempfile.TemporaryDirectory(dir=waiting_room()) as spill:
        rows = Remaining(
            table_path(version),
            type_,
            sought(erasure),
            spill=Path(spill),
            progress=lambda done: run.progress(share, f"Writing {version.reference} anew: {done:,} rows"),
        )
        prepared = prepare_rows(rows, filename=f"{version.reference} after {erasure.reference}.parquet")
    return replace(prepared, metadata=version.metadata)


def _replace(erasure: Erasure, dataset: Dataset, each: Affected, now: datetime) -> dict[str, Any]:
    """One version's successor, its tags, its end; in the record's words."""
    system, version = User.objects.system(), each.version
    successor = add_successor(actor=system, of=version, prepared=each.remaining, now=now) if each.remaining else None
    for tag in version.tags.all():
        note = f"Followed {version.reference}, whose rows {erasure.reference} erased."
        set_tag(actor=system, dataset=dataset, name=tag.name, version=successor, note=note, now=now)
    with act(
        events.VERSION_ERASED,
        actor=_confirmed_by(erasure),
        subject=version,
        now=now,
        cause=_CONFIRMED,
        note=erasure.reference,
    ) as version:
        version.move_to(DatasetVersion.Status.ERASED)
        version.gone_at, version.gone_because, version.successor = (
            now,
            f"{erasure.reference} asked for it.",
            successor,
        )
        version.save()
    carry(events.VERSION_ERASED, version, actor=_confirmed_by(erasure), now=now)
    return {
        "version": version.reference,
        "digest": version.digest,
        "rows": each.rows,
        "left": version.rows - each.rows,
        "successor": successor.reference if successor else None,
    }


def _holder(row: Any) -> dict[str, str]:
    """A row of another room for which bytes stay although rows of theirs were erased."""
    named = str(getattr(row, "reference", row))
    root = root_reference(row) if getattr(row, "SCOPE", None) is not None else ""
    return {"reference": named, "kind": str(row._meta.verbose_name), "root": root}


def _same(versions: list[DatasetVersion]) -> list[dict[str, str]]:
    """Versions of other datasets that have the very same tables: the rows are still there."""
    digests = [version.digest for version in versions]
    same = DatasetVersion.objects.kept().filter(digest__in=digests).select_related("dataset").order_by("pk")
    return [{"reference": row.reference, "root": row.dataset.reference} for row in same]


def _derived(dataset: Dataset, affected: Collection[str]) -> list[dict[str, str]]:
    """Versions of other datasets that were made of these: they may hold the same rows."""
    walked = lineage.graph(
        Node("dataset", dataset.reference), User.objects.system(), directions=("forward",), most=WALKED
    )
    reached = {Node("datasetversion", reference) for reference in affected}
    size = -1
    while size < len(reached):
        size = len(reached)
        reached |= {link.target for link in walked.links if link.source in reached}
    references = {node.reference for node in reached if node.kind == "datasetversion"}
    others = DatasetVersion.objects.kept().filter(reference__in=references).exclude(dataset=dataset)
    rows = others.select_related("dataset").order_by("pk")
    return [{"reference": row.reference, "root": row.dataset.reference} for row in rows]
