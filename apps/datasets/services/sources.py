"""Every way a source changes, and asking for what it has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from apps.accounts.models import User
from apps.audit.acts import act
from apps.core.calendars import Calendar
from apps.core.errors import BadInput, IllegalTransition
from apps.core.periodic import row_by_row
from apps.datasets import events
from apps.datasets.intake.metadata import read_metadata
from apps.datasets.models import Dataset, Source
from apps.datasets.sources.allowed import check_references, require_host
from apps.datasets.sources.places import KINDS, HttpPlace, ObjectPlace, Place, PostgresPlace, read_place
from apps.jobs.models import Job
from apps.jobs.services import enqueue

EXTRACT = "datasets.extract"
ASKING = str(events.EXTRACTION_ASKED.permission)
MOST_DAYS = 36_525  # a hundred years
STRICTNESS = list(Dataset.Classification)
SAID = (
    *("name", "description", "owner", "classification", "legal_basis", "purpose", "retention_days"),
    *("mode", "cursor", "sensitive_columns"),
)


def register_source(
    *,
    actor: User,
    dataset: Dataset,
    name: str,
    kind: str,
    place: Mapping[str, Any],
    legal_basis: str,
    retention_days: int,
    now: datetime,
    credentials: Mapping[str, str] | None = None,
    classification: str = "",
    owner: User | None = None,
    **said: Any,
) -> Source:
    """Say where a dataset's tables are taken from.

    Args:
        place: where it is, by kind; see `sources.places`.
        credentials: references to secrets by name; never a secret.
        classification: the dataset's, unless another is named.
        owner: the actor, unless another is named.
        said: what else is said of it, as `describe_source` takes it.

    Raises:
        BadInput: what is said of it can't be so, or the operator doesn't let data be read from there.
    """
    new = Source(
        dataset=dataset,
        name=name,
        sort=kind,
        legal_basis=legal_basis,
        retention_days=retention_days,
        classification=classification or dataset.classification,
        owner=owner or actor,
        created_by=actor,
        created_at=now,
    )
    _say(new, {"place": place, "credentials": credentials or {}, **said}, now)
    with act(events.SOURCE_REGISTERED, actor=actor, creates=new, now=now) as source:
        return source


def describe_source(
    *, actor: User, source: Source, now: datetime, revision: int | None = None, **said: Any
) -> Source:
    """Change what is said of a source. What was taken from it stays as it is.

    Args:
        said: name, description, place, credentials, mode, cursor, metadata, schedule, owner, classification,
            legal_basis, purpose, retention_days, sensitive_columns; what isn't named stays.

    Raises:
        BadInput: see `register_source`.
        IllegalTransition: the source has ended.
    """
    with act(events.SOURCE_DESCRIBED, actor=actor, subject=source, now=now, expected_revision=revision) as source:
        _require_in_use(source)
        _say(source, said, now)
        source.save()
        return source


def end_source(*, actor: User, source: Source, reason: str, now: datetime, revision: int | None = None) -> Source:
    """Take nothing from a source any more. What was taken stays, and so does what was said of it."""
    with act(
        events.SOURCE_ENDED, actor=actor, subject=source, now=now, expected_revision=revision, note=reason
    ) as source:
        if not reason.strip():
            raise BadInput(errors={"reason": ["Say why."]})
        source.move_to(Source.Status.ENDED)
        source.due_at, source.ended_reason = None, reason
        source.save()
        return source


def request_extraction(*, actor: User, source: Source, now: datetime, mode: str = "") -> Job:
    """Ask for a table to be taken from a source; while one is being taken, that job is the answer.

    Args:
        mode: the source's own, unless another is named.

    Raises:
        BadInput: what is new is asked for, and nothing tells it.
        IllegalTransition: the source has ended.
    """
    if (running := extracting(source)) and not _is_due(source, now) and actor.may(ASKING, source):
        return running
    with act(events.EXTRACTION_ASKED, actor=actor, subject=source, now=now) as source:
        _require_in_use(source)
        mode = mode or source.mode
        if mode == Source.Mode.INCREMENTAL and not source.cursor:
            raise BadInput(errors={"mode": ["Name the column that tells new rows first: the source's cursor."]})
        if source.due_at is not None and source.due_at <= now:
            source.due_at = Calendar.read(source.schedule).after(now)
            source.save()
        return enqueue(
            EXTRACT,
            now=now,
            requested_by=actor,
            subject_kind=source.kind,
            subject_reference=source.reference,
            root_reference=source.dataset.reference,
            once=_once(source),
            source=source.reference,
            mode=mode,
        )


def extracting(source: Source) -> Job | None:
    """The job that takes a table from the source now, or waits to."""
    return Job.objects.live().filter(once=_once(source)).first()


def _once(source: Source) -> str:
    return f"{EXTRACT}:{source.reference}"


def extract_due(now: datetime) -> list[Source]:
    """Ask for what the schedules say; a duty that comes round."""
    return row_by_row(Source.objects.due(now), _is_due, _extract, now)


def _is_due(source: Source, now: datetime) -> bool:
    return source.status == Source.Status.IN_USE and source.due_at is not None and source.due_at <= now


def _extract(source: Source, now: datetime) -> Source:
    request_extraction(actor=User.objects.system(), source=source, now=now)
    return source


def _require_in_use(source: Source) -> None:
    if source.status != Source.Status.IN_USE:
        raise IllegalTransition(f"{source.reference} has ended, so nothing is taken from it any more.")


def _say(source: Source, said: Mapping[str, Any], now: datetime) -> None:
    """Put what is said on the row, and hold it against itself and what the operator lets be read."""
    for field in SAID:
        setattr(source, field, said.get(field, getattr(source, field)))
    if "place" in said:
        place = read_place(source.sort, said["place"])
        _require_let(place)
        source.place = place.as_dict()
    if {"place", "credentials"} & said.keys():
        names = KINDS[source.sort].CREDENTIALS
        source.credentials = check_references(said.get("credentials", source.credentials), names)
    if "metadata" in said:
        source.metadata = read_metadata(said["metadata"]).as_dict()
    if "schedule" in said:
        source.schedule, source.due_at = _scheduled(said["schedule"], now)
    _hold_together(source)


def _require_let(place: Place) -> None:
    """Hosts are looked at when they are named, and again at each reading; files only then, where they are read."""
    if isinstance(place, PostgresPlace):
        require_host("postgresql", place.host, place.port, field="place.host")
    elif isinstance(place, HttpPlace | ObjectPlace):
        parts = urlsplit(place.address)
        field = "place.url" if isinstance(place, HttpPlace) else "place.endpoint"
        require_host(parts.scheme, parts.hostname or "", parts.port, field=field)


def _scheduled(text: str, now: datetime) -> tuple[str, datetime | None]:
    text = " ".join(text.split())
    if not text:
        return "", None
    try:
        calendar = Calendar.read(text)
    except ValueError as error:
        raise BadInput(errors={"schedule": [str(error)]}) from None
    if len(calendar.minutes) > 1:
        raise BadInput(errors={"schedule": ["Once an hour at most: name one minute."]})
    return text, calendar.after(now)


def _hold_together(source: Source) -> None:
    errors = {}
    if source.mode == Source.Mode.INCREMENTAL and not source.cursor:
        errors["cursor"] = ["Name the column that tells new rows: one that grows, such as a date or a number."]
    if STRICTNESS.index(source.classification) > STRICTNESS.index(source.dataset.classification):
        handled = source.dataset.get_classification_display().lower()
        errors["classification"] = [
            f"{source.dataset.reference} is handled as {handled}, so what comes from here would be handled with less "
            "care than it needs. Raise the dataset's class first."
        ]
    if not 1 <= source.retention_days <= MOST_DAYS:
        errors["retention_days"] = [f"Say for how many days it is kept: from 1 to {MOST_DAYS:,}."]
    if errors:
        raise BadInput(errors=errors)
