"""Erased rows that come back with a later version: a source that still has them would bring them in again, unsaid."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.consequences import follow
from apps.datasets import events
from apps.datasets.erasing.rows import count
from apps.datasets.models import DatasetVersion, Erasure, Returned
from apps.datasets.selectors.erasures import KEY_TYPES, LOOK_AGAIN, sought, type_of
from apps.datasets.selectors.tables import table_path
from apps.files.receiving import waiting_room
from apps.jobs import registry
from apps.jobs.running import Run
from apps.jobs.services import enqueue


def register() -> None:
    """Have every new version looked at; called once, in AppConfig.ready()."""
    registry.register(LOOK_AGAIN, title="Looking for erased rows", work=work, commit=commit)
    follow(events.VERSION_ADDED, look)


def look(version: DatasetVersion, *, actor: User, now: datetime, cause: str) -> None:
    """Order a look at a new version of a dataset that rows were erased from; what goes on from one has none."""
    if version.rows_since is None and _erasures(version):
        enqueue(
            LOOK_AGAIN,
            now=now,
            subject_kind=version.kind,
            subject_reference=version.reference,
            root_reference=version.dataset.reference,
            version=version.reference,
        )


def work(run: Run) -> list[tuple[int, int]]:
    """The job: for each erasure how many of its rows the version holds."""
    version = DatasetVersion.objects.select_related("dataset").get(reference=run.parameters["version"])
    found = []
    with tempfile.TemporaryDirectory(dir=waiting_room()) as spill:
        for erasure in [] if version.gone else _erasures(version):
            type_ = str(type_of(version, erasure.column))
            if rows := count(table_path(version), type_, sought(erasure), spill=Path(spill)):
                found.append((erasure.pk, rows))
    return found


def commit(run: Run, found: list[tuple[int, int]]) -> dict[str, Any]:
    """Keep what returned, and say so once for the version."""
    version, now = DatasetVersion.objects.get(reference=run.parameters["version"]), timezone.now()
    if found:
        named = ", ".join(Erasure.objects.filter(pk__in=[pk for pk, _ in found]).values_list("reference", flat=True))
        with act(
            events.ROWS_RETURNED,
            actor=User.objects.system(),
            subject=version,
            now=now,
            cause=events.VERSION_ADDED.verb,
            note=named,
        ):
            Returned.objects.bulk_create(
                [Returned(erasure_id=pk, version=version, rows=rows) for pk, rows in found], ignore_conflicts=True
            )
    return {"version": version.reference, "erasures": len(found)}


def _erasures(version: DatasetVersion) -> list[Erasure]:
    """The erasures done in the dataset whose key the version has a column for."""
    done = Erasure.objects.filter(dataset=version.dataset, status=Erasure.Status.DONE).select_related("salt")
    return [erasure for erasure in done.order_by("pk") if type_of(version, erasure.column) in KEY_TYPES]
