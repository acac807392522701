"""Every way a version changes. What moves it through its life is called by later rooms (dossiers, deployments)."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.core.events import Event
from apps.datasets.intake.columns import NUMERIC
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tags import reference_of
from apps.files.models import Blob
from apps.inventory import events
from apps.inventory.artifacts.apart import scan_apart
from apps.inventory.bands import unbanded
from apps.inventory.metadata import DraftMetadata, VersionMetadata, read, read_draft, unsaid
from apps.inventory.models import Artifact, Model, ModelVersion
from apps.inventory.services.registering import keep_developer

Status = ModelVersion.Status
TABLES = ("training_data", "reference_data", "evaluation_data")
NO_FILE = "A version that is only scored elsewhere has no file."


def add_version(
    *,
    actor: User,
    model: Model,
    metadata: Any,
    now: datetime,
    artifact: Artifact | None = None,
    parity_artifact: Artifact | None = None,
    developers: Collection[User] = (),
) -> ModelVersion:
    """Add a draft version. Scan the files first (`scan_artifact`), outside of any transaction.

    Args:
        parity_artifact: the skops file that an ONNX artefact was converted from; evaluations compare the two.
        developers: who had a hand in it beside the actor, so that they never judge the model.

    Raises:
        BadInput: the metadata is incomplete or contradicts the data or the artefact.
        Conflict: the model has had a version of this number.
    """
    said = read(pinned(metadata, actor))
    _require_artifact(said, artifact)
    _require_original(said, parity_artifact)
    require_tables(said, actor)
    files = {"artifact": artifact, "parity_artifact": parity_artifact}
    return added(actor=actor, model=model, said=said, developers=developers, now=now, **files)


def added(
    *,
    actor: User,
    model: Model,
    said: DraftMetadata,
    now: datetime,
    developers: Collection[User] = (),
    **files: Artifact | None,
) -> ModelVersion:
    """Add a draft version of which everything was checked.

    Raises:
        Conflict: the model has had a version of this number.
        RuleViolated: it is retired.
    """
    if model.versions.filter(number=said.version).exists():
        raise Conflict(
            f"{model.reference} has had a version {said.version}; a number is used once.",
            errors={"metadata.version": ["This number was used before."]},
        )
    new = ModelVersion(
        model=model,
        number=said.version,
        reference=f"{model.reference}@{said.version}",
        metadata=said.said(),
        created_by=actor,
        created_at=now,
        **files,
    )
    with transaction.atomic():
        if lock(model).status == Model.Status.RETIRED:
            raise RuleViolated(f"{model.reference} is retired; it takes no new version.")
        with act(events.VERSION_ADDED, actor=actor, creates=new, now=now) as version:
            for person in dict.fromkeys((actor, *developers)):
                keep_developer(version.model, person)
            return version


def change_version(
    *, actor: User, version: ModelVersion, changes: dict[str, Any], now: datetime, revision: int | None = None
) -> ModelVersion:
    """Change the metadata of a draft; the number and the artefact stay.

    A draft that was registered incomplete (services.drafts) may stay so; once it is complete, it is never less.

    Raises:
        RuleViolated: the version is no draft, or its number would change.
        BadInput: what comes out is incomplete or contradicts the data.
    """
    said = _checked(pinned({**version.metadata, **changes}, actor), actor, draft=bool(unsaid(version.metadata)))
    with act(events.VERSION_CHANGED, actor=actor, subject=version, now=now, expected_revision=revision) as version:
        if version.status != Status.DRAFT:
            raise RuleViolated("Only a draft can be changed. Add a new version.")
        if said.version != version.number or said.format != version.metadata.get("format", said.format):
            raise RuleViolated("A version keeps its number and its format. Add a new version.")
        version.metadata = said.said()
        version.save()
        keep_developer(version.model, actor)
        return version


def move_version(
    *, actor: User, version: ModelVersion, event: Event, status: str, now: datetime, cause: str = "", note: str = ""
) -> ModelVersion:
    """Take one arrow of the version's life. Later rooms own the rules; the table in models.py owns the arrows.

    Raises:
        IllegalTransition: there is no such arrow from where the version stands.
    """
    with act(event, actor=actor, subject=version, now=now, cause=cause, note=note) as version:
        version.move_to(status)
        version.save()
        return version


def scan_artifact(blob: Blob, path: Path, declared_format: str, now: datetime) -> Artifact:
    """Look a model's file through, in the sandbox, and remember it if nothing refuses it. Slow: not inside an act.

    Raises:
        BadInput: with what refuses it.
    """
    if declared_format == "scored":
        raise BadInput(errors={"artifact": [NO_FILE]})
    known = Artifact.objects.filter(blob=blob, format=declared_format).first()
    if known is not None:
        return known
    found = scan_apart(path, declared_format)
    if not found.accepted:
        raise BadInput(errors={"artifact": found.reasons})
    row, _ = Artifact.objects.get_or_create(
        blob=blob, defaults={"format": found.format, "scan": found.as_json(), "scanned_at": now}
    )
    return row


def require_tables(said: VersionMetadata, actor: User) -> dict[str, DatasetVersion]:
    """The tables that the metadata names, by field.

    Raises:
        BadInput: as `named_tables`, or one lacks a column that the metadata names.
    """
    found = named_tables(said, actor)
    _require_unseen(found)
    for field in ("reference_data", "evaluation_data"):
        _require_columns(said, found[field])
    return found


def named_tables(said: DraftMetadata, actor: User) -> dict[str, DatasetVersion]:
    """The tables that metadata name so far, by field.

    Raises:
        BadInput: one does not exist for the actor, has lost its rows, or was refused by its contract.
    """
    named = {field: reference for field in TABLES if (reference := getattr(said, field))}
    tables = {
        row.reference: row for row in DatasetVersion.objects.visible_to(actor).filter(reference__in=named.values())
    }
    errors = {f"metadata.{field}": [f"There is no table {r}."] for field, r in named.items() if r not in tables}
    gone = {row.reference: row.why_gone() for row in tables.values() if row.gone}
    errors |= {f"metadata.{field}": [gone[r]] for field, r in named.items() if r in gone}
    if errors:
        raise BadInput(errors=errors)
    found = {field: tables[reference] for field, reference in named.items()}
    _require_fit(found)
    return found


def _checked(metadata: Any, actor: User, *, draft: bool) -> DraftMetadata:
    if draft and unsaid(metadata):
        said = read_draft(metadata)
        named_tables(said, actor)
        return said
    complete = read(metadata)
    require_tables(complete, actor)
    return complete


def pinned(metadata: Any, actor: User) -> Any:
    """The metadata with the versions in it that tags of tables point to now: a tag moves, and what was used stays."""
    if not isinstance(metadata, dict):
        return metadata
    named = {field: metadata[field] for field in TABLES if isinstance(metadata.get(field), str)}
    return {**metadata, **{field: reference_of(name, actor) for field, name in named.items()}}


def require_fit_tables(version: ModelVersion) -> None:
    """Refuse to go on from tables that were refused for use since the version named them.

    Raises:
        RuleViolated: with what is wrong with the first of them.
    """
    named = [version.metadata[field] for field in TABLES if version.metadata.get(field)]
    for table in DatasetVersion.objects.filter(reference__in=named).order_by("pk"):
        if why := table.why_unfit():
            raise RuleViolated(why)


def _require_fit(tables: dict[str, DatasetVersion]) -> None:
    """A table that breaks its dataset's contract, or is still being checked, is no ground for a model."""
    errors = {f"metadata.{field}": [why] for field, row in tables.items() if (why := row.why_unfit())}
    if errors:
        raise BadInput(errors=errors)


def _require_unseen(tables: dict[str, DatasetVersion]) -> None:
    trained = tables.get("training_data")
    if trained is not None and trained.digest == tables["evaluation_data"].digest:
        raise BadInput(errors={"metadata.evaluation_data": ["These are the rows that it was trained on."]})


def _require_columns(said: VersionMetadata, table: DatasetVersion) -> None:
    there = {column["name"]: column["type"] for column in table.columns}
    errors = {
        f"metadata.{field}": [f"{table.reference} has no column “{column}”."]
        for column, field in said.columns().items()
        if column not in there
    }
    if said.weight in there and there[said.weight] not in NUMERIC:
        told = f"“{said.weight}” of {table.reference} is {there[said.weight]}; a weight is a number."
        errors["metadata.weight"] = [told]
    errors |= {f"metadata.{field}": [sentence] for field, sentence in unbanded(said, table).items()}
    if errors:
        raise BadInput(errors=errors)


def _require_artifact(said: VersionMetadata, artifact: Artifact | None) -> None:
    if said.loadable and artifact is None:
        raise BadInput(errors={"artifact": [f"A version in the format {said.format} comes with its file."]})
    if not said.loadable and artifact is not None:
        raise BadInput(errors={"artifact": [NO_FILE]})


def _require_original(said: VersionMetadata, original: Artifact | None) -> None:
    if original is not None and said.format != "onnx":
        sentence = "Only an ONNX artefact brings the model it was converted from."
        raise BadInput(errors={"parity_artifact": [sentence]})
