"""Every way a dataset changes, and the long work before it."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.accounts.models import BusinessUnit, User
from apps.audit.acts import act, lock
from apps.core.canonical import digest
from apps.core.consequences import carry
from apps.core.errors import BadInput, RuleViolated
from apps.datasets import events
from apps.datasets.intake.limits import Limits
from apps.datasets.intake.metadata import TableMetadata, read_metadata
from apps.datasets.intake.storing import Rows
from apps.datasets.intake.taking import Table, open_table, quality, take_in, take_rows
from apps.datasets.models import Dataset, DatasetVersion, Profile
from apps.datasets.selectors.contracts import in_force
from apps.files.models import Blob
from apps.files.receiving import Received, receive, waiting_room
from apps.files.removing import require_present
from apps.files.services import keep


def register_dataset(
    *,
    actor: User,
    name: str,
    now: datetime,
    description: str = "",
    classification: str = Dataset.Classification.CONFIDENTIAL,
    business_unit: BusinessUnit | None = None,
    owner: User | None = None,
) -> Dataset:
    """Register a dataset. It belongs to the actor's unit and to the actor, unless others are named.

    Raises:
        BadInput: the actor works in several units, so one has to be named.
    """
    new = Dataset(
        name=name,
        description=description,
        classification=classification,
        business_unit=business_unit or only_unit(actor),
        owner=owner or actor,
        created_by=actor,
        created_at=now,
    )
    with act(events.DATASET_REGISTERED, actor=actor, creates=new, now=now) as dataset:
        return dataset


def describe_dataset(
    *, actor: User, dataset: Dataset, now: datetime, revision: int | None = None, **described: Any
) -> Dataset:
    """Change what is said of a dataset: name, description, classification or owner. Its versions stay as they are.

    Raises:
        BadInput: a source of it is to be handled with more care than it would be.
    """
    with act(events.DATASET_DESCRIBED, actor=actor, subject=dataset, now=now, expected_revision=revision) as dataset:
        for field in {"name", "description", "classification", "owner"} & described.keys():
            setattr(dataset, field, described[field])
        _require_care_for_sources(dataset)
        dataset.save()
        return dataset


def _require_care_for_sources(dataset: Dataset) -> None:
    stricter = list(Dataset.Classification)[list(Dataset.Classification).index(dataset.classification) + 1 :]
    source = dataset.sources.filter(classification__in=stricter).order_by("pk").first()
    if source is not None:
        handled = source.get_classification_display().lower()
        said = f"Its source {source.reference} is handled as {handled}, and what comes from there needs that care."
        raise BadInput(errors={"classification": [said]})


@dataclass(frozen=True)
class Prepared:
    """A table that was read, checked and stored, and is nobody's version yet."""

    digest: str
    table: Blob
    source: Blob
    filename: str
    rows: int
    columns: list[dict[str, Any]]
    quality: dict[str, Any]
    metadata: dict[str, Any]
    details: dict[str, dict[str, Any]]

    @property
    def metadata_digest(self) -> str:
        return digest(self.metadata)


def prepare(received: Received, *, filename: str, metadata: Mapping[str, Any] | None = None) -> Prepared:
    """Read an uploaded file into a stored, typed, profiled table. Long work: call it before the act.

    Args:
        metadata: which column plays which part, as sent.

    Raises:
        BadInput: it is no table, or contradicts its metadata; nothing is kept.
    """
    said = read_metadata(metadata)
    with tempfile.TemporaryDirectory(dir=waiting_room()) as folder:
        table = take_in(received.path, Path(folder) / "table.parquet", said)
        stored = keep_file(table.path)
    return _prepared(table, stored, keep(received), filename, said)


def prepare_rows(
    rows: Rows, *, filename: str, metadata: Mapping[str, Any] | None = None, source: Received | None = None
) -> Prepared:
    """The same of rows that the product reads or makes itself; memory stays flat. Long work: call it before the act.

    Args:
        rows: in stored types; see `intake.storing`.
        filename: what the page calls the version's origin.
        source: the file that they came in, which is kept too; without one, the stored table is all there is.

    Raises:
        BadInput: they are no table, or contradict the metadata; nothing is kept.
    """
    said = read_metadata(metadata)
    with tempfile.TemporaryDirectory(dir=waiting_room()) as folder:
        table = take_rows(rows, Path(folder) / "table.parquet", said)
        stored = keep_file(table.path)
    return _prepared(table, stored, keep(source) if source else stored, filename, said)


def prepare_file(path: Path, *, filename: str = "", metadata: Mapping[str, Any] | None = None) -> Prepared:
    """The same of a CSV or Parquet file that the product has made; the file stays where it is, and is not kept.

    Raises:
        BadInput: see `prepare`.
    """
    return prepare_rows(open_table(path, Limits()), filename=filename or f"{path.stem}.parquet", metadata=metadata)


def add_version(*, actor: User, dataset: Dataset, prepared: Prepared, now: datetime) -> tuple[DatasetVersion, bool]:
    """Make a prepared table the next version of a dataset.

    The same cells with the same metadata are the version they were before.

    Returns:
        The version, and whether it is new.

    Raises:
        RuleViolated: they were a version whose rows were disposed of or erased.
    """
    with transaction.atomic():
        dataset = lock(dataset)
        same = dataset.versions.filter(digest=prepared.digest)
        alike = same.filter(metadata_digest=prepared.metadata_digest)
        known = _still_kept(alike) or _still_kept(same)
        if known is not None and known.metadata_digest == prepared.metadata_digest:
            return known, False
        return _add_next(actor, dataset, prepared, now), True


def add_successor(*, actor: User, of: DatasetVersion, prepared: Prepared, now: datetime) -> DatasetVersion | None:
    """Make what is left of a version the one that goes on from it, as if its rows had come when those came.

    Returns:
        The version that has just these rows already, where there is one; None where those were taken away, too.
    """
    with transaction.atomic():
        dataset = lock(of.dataset)
        alike = dataset.versions.filter(digest=prepared.digest, metadata_digest=prepared.metadata_digest).first()
        if alike is not None:
            return None if alike.gone else alike
        return _add_next(actor, dataset, prepared, now, rows_since=of.rows_since or of.created_at)


def _add_next(
    actor: User, dataset: Dataset, prepared: Prepared, now: datetime, rows_since: datetime | None = None
) -> DatasetVersion:
    """The next version of a locked dataset."""
    require_present(prepared.table.digest, prepared.source.digest)
    number = (dataset.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = _version(actor, dataset, number, prepared, now)
    version.rows_since = rows_since
    with act(events.VERSION_ADDED, actor=actor, creates=version, now=now):
        Profile.objects.create(version=version, details=prepared.details)
    carry(events.VERSION_ADDED, version, actor=actor, now=now)
    return version


def keep_file(path: Path) -> Blob:
    """Keep a copy of a file that the product has made."""
    with path.open("rb") as file:
        return keep(receive(file, limit_bytes=path.stat().st_size))


def known_version(dataset: Dataset, received: Received, metadata: Mapping[str, Any] | None) -> DatasetVersion | None:
    """The version that was made of these very bytes and this metadata (or whichever, where none is sent).

    Raises:
        RuleViolated: its rows were disposed of or erased.
    """
    same = dataset.versions.filter(source_id=received.digest)
    if said := read_metadata(metadata).as_dict():
        same = same.filter(metadata_digest=digest(said))
    return _still_kept(same)


def take_version(
    *,
    actor: User,
    dataset: Dataset,
    received: Received,
    filename: str,
    now: datetime,
    metadata: Mapping[str, Any] | None = None,
) -> tuple[DatasetVersion, bool]:
    """`prepare` and `add_version` in one, for callers with nothing to do in between. Not for inside an act.

    Raises:
        BadInput: see `prepare`.
    """
    known = known_version(dataset, received, metadata)
    if known is not None:
        return known, False
    prepared = prepare(received, filename=filename, metadata=metadata)
    return add_version(actor=actor, dataset=dataset, prepared=prepared, now=now)


def _prepared(table: Table, stored: Blob, source: Blob, filename: str, said: TableMetadata) -> Prepared:
    columns = [{**column.as_dict(), "digest": table.column_digests[column.name]} for column in table.columns]
    return Prepared(
        digest=table.digest,
        table=stored,
        source=source,
        filename=Path(filename).name[:200],
        rows=table.rows,
        columns=columns,
        quality=quality(table),
        metadata=said.as_dict(),
        details=table.profile.details,
    )


def _version(actor: User, dataset: Dataset, number: int, prepared: Prepared, now: datetime) -> DatasetVersion:
    return DatasetVersion(
        dataset=dataset,
        number=number,
        reference=f"{dataset.reference}@{number}",
        digest=prepared.digest,
        table=prepared.table,
        source=prepared.source,
        filename=prepared.filename,
        rows=prepared.rows,
        columns=prepared.columns,
        quality=prepared.quality,
        metadata=prepared.metadata,
        metadata_digest=prepared.metadata_digest,
        profile_digest=digest(prepared.details),
        fitness=DatasetVersion.Fitness.WAITING if in_force(dataset) else DatasetVersion.Fitness.UNCHECKED,
        created_by=actor,
        created_at=now,
    )


def _still_kept(same: Any) -> DatasetVersion | None:
    """The newest of versions of the same rows that has them still; None where there is none at all.

    Raises:
        RuleViolated: there were such versions: what was taken away for good doesn't come back by an upload.
    """
    versions = list(same.order_by("status", "-number"))
    kept = next((version for version in versions if not version.gone), None)
    if versions and kept is None:
        raise RuleViolated(f"{versions[0].why_gone()} The same rows are not taken in again.")
    return kept


def only_unit(actor: User) -> BusinessUnit:
    """The unit that what `actor` brings belongs to.

    Raises:
        BadInput: there are several, so one has to be named.
    """
    units = list(actor.units.all()[:2])
    if len(units) != 1:
        raise BadInput(errors={"business_unit": ["Say which business unit it belongs to."]})
    return units[0]
