"""Every way a materialisation changes: asked for by people or by news, completed by its job, or failed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.canonical import digest
from apps.core.errors import IllegalTransition, RuleViolated, Unavailable
from apps.datasets.intake.engine import literal
from apps.datasets.intake.profile import profile
from apps.datasets.models import DatasetVersion
from apps.features import events
from apps.features.joining import Rows
from apps.features.joining.engine import joining, parquet
from apps.features.models import FeatureStatistics, FeatureView, FeatureViewVersion, Materialisation
from apps.features.online import store
from apps.features.online.keys import micros_of, moment
from apps.features.online.latest import Written, latest, put
from apps.features.services.computing import rows_of
from apps.features.services.reading import newest_version, schema_of
from apps.features.statements.checking import family, shape
from apps.features.statements.composing import finite
from apps.files.receiving import waiting_room
from apps.jobs.errors import CannotBeDone, TryAgain
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue

JOB = "features.materialise"
FORGET = "features.forget"
Status = Materialisation.Status
Version = FeatureViewVersion.Status


def request_materialisation(*, actor: User, version: FeatureViewVersion, now: datetime) -> Materialisation:
    """Ask for the latest values of a version out of its source's newest version, as of now.

    Raises:
        IllegalTransition: the version was never in force, or its view is archived.
        RuleViolated: its source has no version yet.
    """
    source = newest_version(version.view.source)
    if version.status not in FeatureViewVersion.USABLE or version.view.status != FeatureView.Status.ACTIVE:
        status = version.get_status_display().lower()
        raise IllegalTransition(f"{version.reference} is {status}, so that nothing is made of it.")
    if source is None:
        raise RuleViolated(f"{version.view.source.reference} has no version yet.")
    with transaction.atomic():
        new = Materialisation(version=version, source=source, as_of=now, requested_by=actor, requested_at=now)
        with act(events.MATERIALISATION_REQUESTED, actor=actor, creates=new, now=now) as materialisation:
            job = enqueue(
                JOB,
                now=now,
                requested_by=actor,
                subject_kind=materialisation.kind,
                subject_reference=materialisation.reference,
                root_reference=version.view.source.reference,
                materialisation=materialisation.reference,
            )
            materialisation.job = job.pk
            materialisation.save()
        return materialisation


def follow_publication(version: FeatureViewVersion, *, actor: User, now: datetime, cause: str) -> None:
    """A version came into force: its values are made at once."""
    if newest_version(version.view.source) is not None:
        request_materialisation(actor=User.objects.system(), version=version, now=now)


def follow_data(source: DatasetVersion, *, actor: User, now: datetime, cause: str) -> None:
    """A source has news: every version that somebody may read is made anew."""
    for version in kept_up(FeatureViewVersion.objects.filter(view__source=source.dataset)):
        request_materialisation(actor=User.objects.system(), version=version, now=now)


def follow_erasure(source: DatasetVersion, *, actor: User, now: datetime, cause: str) -> None:
    """A person's rows were erased from a source: their values go with the next run, or all where nothing is left."""
    newest = newest_version(source.dataset)
    for version in kept_up(FeatureViewVersion.objects.filter(view__source=source.dataset)):
        if newest is None:
            enqueue(FORGET, now=now, root_reference=source.dataset.reference, view=version.view.reference)
        elif not version.materialisations.filter(status=Status.RUNNING, source=newest).exists():
            request_materialisation(actor=User.objects.system(), version=version, now=now)


def follow_archiving(view: FeatureView, *, actor: User, now: datetime, cause: str) -> None:
    """A view was archived: its values go, in a job, because they may be many."""
    enqueue(FORGET, now=now, root_reference=view.source.reference, view=view.reference)


def kept_up(versions: Any) -> Iterable[FeatureViewVersion]:
    """Of these versions the ones whose values are kept: those in force, and those that a training set rests on."""
    rows = versions.filter(view__status=FeatureView.Status.ACTIVE)
    rested = Q(status=Version.SUPERSEDED, uses__training_set__status="built")
    kept: Any = rows.filter(Q(status=Version.PUBLISHED) | rested).distinct()
    return kept.select_related("view__source").order_by("pk")


def work(run: Run) -> dict[str, Any]:
    """Compute the latest values, bring the store to them, and count them. Slow; outside of any transaction.

    It may stop anywhere and run again: each key is written as a whole, and only where it differs.
    """
    made = _of(run.job)
    _wait_for_earlier(made)
    with tempfile.TemporaryDirectory(dir=waiting_room(), prefix="latest-") as name:
        folder = Path(name)
        run.progress(0.0, f"Reading {made.source.reference}")
        rows = rows_of(made.version, made.source, folder / "rows.parquet")
        found = folder / "latest.parquet"
        latest(rows, found, micros_of(made.as_of))
        run.progress(0.4, "Counting")
        details = statistics(rows, found, folder / "values.parquet")
        written = _put(made, rows, found, run)
    return {"written": written, "details": details, "key_types": _key_types(made)}


def commit(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Say that the values are there, in the transaction that ends the job."""
    made, now, written = _of(run.job), timezone.now(), found["written"]
    cause = events.MATERIALISATION_REQUESTED.verb
    with act(events.MATERIALISED, actor=User.objects.system(), subject=made, now=now, cause=cause) as made:
        made.move_to(Status.DONE)
        made.finished_at, made.statistics_digest = now, digest(found["details"])
        made.key_types = found["key_types"]
        made.keys, made.written, made.removed = written.keys, written.written, written.removed
        made.newest_event = None if written.newest is None else moment(written.newest)
        made.save()
        FeatureStatistics(materialisation=made, details=found["details"]).save()
    return {"materialisation": made.reference, "keys": written.keys, "written": written.written}


def failed(job: Job) -> None:
    """The job gave up or was cancelled: the materialisation says so, and why. What is in the store stays."""
    made = Materialisation.objects.get(reference=job.parameters["materialisation"])
    if made.status != Status.RUNNING:
        return
    reason, now = job.error or "Somebody cancelled it.", timezone.now()
    cause = events.MATERIALISATION_REQUESTED.verb
    with act(
        events.MATERIALISATION_FAILED, actor=User.objects.system(), subject=made, now=now, note=reason, cause=cause
    ) as made:
        made.move_to(Status.FAILED)
        made.error, made.finished_at = reason, now
        made.save()


def forget(run: Run) -> None:
    """Take the values of an archived view out of the store."""
    view = FeatureView.objects.get(reference=run.parameters["view"])
    for version in view.versions.all():
        try:
            store().forget(version.pk)
        except Unavailable as away:
            raise TryAgain(str(away)) from away


def statistics(rows: Rows, found: Path, values: Path) -> dict[str, Any]:
    """What is told and drawn of each feature's values: as the page of a table has it."""
    import pyarrow.parquet as pq

    columns = ", ".join(finite(one.feature) for one in rows.chosen)
    with joining([found, values], values.parent) as connection:
        query = f"SELECT {columns} FROM {parquet(found)}"
        connection.execute(f"COPY ({query}) TO {literal(str(values))} (FORMAT parquet, USE_TMP_FILE false)")
    counted = profile(values, pq.read_schema(values))
    return {
        column.name: {"rows": counted.rows, **column.as_dict(), **counted.details[column.name]}
        for column in counted.columns
    }


def _put(made: Materialisation, rows: Rows, found: Path, run: Run) -> Written:
    if not made.version.definition.online:
        return _counted(found)

    def progress(share: float, message: str) -> None:
        run.progress(0.5 + 0.5 * share, message)

    features = [one.feature for one in rows.chosen]
    try:
        return put(features, made.version.pk, found, store(), micros_of(made.as_of), progress)
    except Unavailable as away:
        raise TryAgain(str(away)) from away


def _counted(found: Path) -> Written:
    """Of values that are kept nowhere: how many there are, and how new."""
    with joining([found], found.parent) as connection:
        keys, newest = connection.execute(f'SELECT count(*), max("the event") FROM {parquet(found)}').fetchone()
    return Written(keys, 0, 0, newest)


def _key_types(made: Materialisation) -> list[list[str]]:
    definition = made.version.definition
    rows = shape(definition, schema_of(made.source))
    return [[key, family(rows.field(key).type)] for key in definition.keys]


def _wait_for_earlier(made: Materialisation) -> None:
    """One at a time for a version, in the order in which they were asked for: so the last one has the word."""
    earlier = Materialisation.objects.filter(version=made.version, status=Status.RUNNING, pk__lt=made.pk)
    if earlier.exists():
        raise TryAgain(f"{earlier.earliest('pk').reference} of the same version is still at work.")


def _of(job: Job) -> Materialisation:
    rows = Materialisation.objects.select_related("version__view", "source")
    made: Materialisation = rows.get(reference=job.parameters["materialisation"])
    if made.status != Status.RUNNING:
        raise CannotBeDone("The materialisation waits for it no longer.")
    return made
