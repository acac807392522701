"""Rows that are sent: kept at once as they came, checked and taken in by a job."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import tell
from apps.core.governed import Change
from apps.files.models import Blob
from apps.files.receiving import receive, waiting_room
from apps.files.services import keep, open_blob, path_of
from apps.inventory.models import Model, ModelVersion
from apps.jobs.errors import CannotBeDone
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.monitoring import events
from apps.monitoring.intake.checking import Checked, Versions
from apps.monitoring.intake.reading import read_json, read_parquet
from apps.monitoring.intake.settling import KEY, KEYS, settle
from apps.monitoring.intake.versions import check_any, check_each
from apps.monitoring.models import Batch
from apps.monitoring.reference import reference_of
from apps.monitoring.services.plans import plans_of, require_watched

if TYPE_CHECKING:
    import pyarrow as pa

TAKE = "monitoring.take_batch"


def receive_batch(*, actor: User, model: Model, sort: str, form: str, source: Blob, now: datetime) -> Batch:
    """Note that rows were sent, and ask for them to be taken in.

    Raises:
        RuleViolated: the model is not watched, as nothing of it was released.
    """
    require_watched(model)
    batch = Batch(model=model, sort=sort, form=form, source=source, sent_by=actor, received_at=now)
    with tell(events.BATCH_RECEIVED, actor=actor, subject=batch, now=now) as changes:
        job = enqueue(
            TAKE,
            now=now,
            requested_by=actor,
            subject_kind=batch.kind,
            subject_reference=batch.reference,
            root_reference=model.reference,
            batch=batch.reference,
        )
        batch.job = job.pk
        batch.save(force_insert=True)
        changes.append(Change(batch, None, {"sort": sort, "form": form, "source": source.digest, "job": job.pk}))
    return batch


@dataclass(frozen=True)
class Taken:
    """What the work found: the rows to take in, settled with every batch up to `seen`."""

    new: pa.Table
    ignored: int
    rejections: list[dict[str, object]]
    notes: list[str]
    seen: int


def work(run: Run) -> Taken:
    """Check the rows and settle them with what was taken before. Slow; outside of any transaction."""
    batch = _batch(run)
    run.progress(0.1, "Reading")
    checked = _checked(batch)
    run.progress(0.6, "Comparing with what was sent before")
    earlier = list(Batch.objects.taken(batch.model, batch.sort))
    settled = settle(checked.good, met_again(checked.good, earlier), batch.sort)
    seen = earlier[-1].number if earlier else 0
    return Taken(settled.new, settled.ignored, checked.rejections + settled.rejections, checked.notes, seen or 0)


def commit(run: Run, found: Taken) -> dict[str, Any]:
    """Take the rows in. A model's batches come one after the other, and those that came meanwhile count."""
    batch = _batch(run)
    Model.objects.select_for_update(no_key=True).get(pk=batch.model_id)
    meanwhile = list(Batch.objects.taken(batch.model, batch.sort).filter(number__gt=found.seen))
    settled = settle(found.new, met_again(found.new, meanwhile), batch.sort) if meanwhile else None
    new = found.new if settled is None else settled.new
    rejections = [*found.rejections, *(settled.rejections if settled else [])]
    now = timezone.now()
    batch.rows = _kept(new) if new.num_rows else None
    batch.number = (meanwhile[-1].number if meanwhile else found.seen) + 1
    batch.accepted, batch.rejected = new.num_rows, len(rejections)
    batch.ignored = found.ignored + (settled.ignored if settled else 0)
    batch.rejections = sorted(rejections, key=lambda said: said["row"])[: Batch.REJECTIONS_KEPT]
    batch.notes, batch.taken_at = found.notes, now
    batch.first_at, batch.last_at = _reach(new)
    batch.versions = _versions(new) if batch.sort == Batch.Sort.PREDICTIONS else {}
    cause = events.BATCH_RECEIVED.verb
    with tell(events.BATCH_TAKEN, actor=User.objects.system(), subject=batch, now=now, cause=cause) as changes:
        batch.save()
        told = {"number": batch.number, "rows": batch.rows_id, "accepted": batch.accepted, "rejected": batch.rejected}
        changes.append(Change(batch, {}, told))
    return {"batch": batch.reference, "accepted": batch.accepted, "rejected": batch.rejected}


def _batch(run: Run) -> Batch:
    batch = Batch.objects.select_related("model", "sent_by").get(pk=run.parameters["batch"])
    if batch.number is not None:
        raise CannotBeDone("This batch was taken in already.")
    return batch


def _checked(batch: Batch) -> Checked:
    table, model = _read(batch), batch.model
    references = {plan.version.reference: reference_of(plan) for plan in plans_of(model)}
    if batch.sort == Batch.Sort.OUTCOMES:
        return check_any(table, list(references.values()), batch.received_at)
    known = ModelVersion.objects.filter(model=model).values_list("reference", flat=True)
    versions = Versions(model.reference, frozenset(known), frozenset(references))
    return check_each(table, references, versions, batch.received_at)


def _read(batch: Batch) -> pa.Table:
    if batch.form == Batch.Form.PARQUET:
        return read_parquet(path_of(batch.source_id), batch.sort)
    with open_blob(batch.source_id) as file:
        return read_json(file.read(), batch.sort)


def met_again(rows: pa.Table, earlier: Iterable[Batch]) -> list[pa.Table]:
    """The keys and digests of earlier rows that these meet again: one batch in memory at a time, few are kept."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    wanted, found = rows.column(KEY), []
    for batch in earlier:
        if batch.rows_id is None:
            continue
        with pq.ParquetFile(path_of(batch.rows_id)) as file:
            met = pc.is_in(file.read([KEY]).column(KEY), value_set=wanted)
            if pc.any(met).as_py():
                found.append(file.read(KEYS).filter(met))
    return found


def _kept(rows: pa.Table) -> Blob:
    import pyarrow.parquet as pq

    path = waiting_room() / f"batch-{uuid4()}.parquet"
    try:
        pq.write_table(rows, path, compression="zstd")
        with path.open("rb") as file:
            return keep(receive(file, limit_bytes=path.stat().st_size))
    finally:
        path.unlink(missing_ok=True)


def _reach(rows: pa.Table) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment among the rows."""
    import pyarrow.compute as pc

    if not rows.num_rows:
        return None, None
    ends = pc.min_max(rows.column("_time")).as_py()
    return ends["min"].replace(tzinfo=UTC), ends["max"].replace(tzinfo=UTC)


def _versions(rows: pa.Table) -> dict[str, int]:
    """How many rows are of each version."""
    return {said["values"]: said["counts"] for said in rows.column("_version").value_counts().to_pylist()}
