"""Taking a table from a source: the slow reading first, then the version and its record, once in effect."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import lock, tell
from apps.core.canonical import digest
from apps.core.events import Event
from apps.core.governed import Change
from apps.datasets import events
from apps.datasets.models import DatasetVersion, Extraction, Part, Source
from apps.datasets.selectors.sources import last_kept, newest_version, parts_of, previous_extraction
from apps.datasets.selectors.tables import table_path
from apps.datasets.services.sources import EXTRACT
from apps.datasets.services.tables import Prepared, add_version, keep_file, known_version, prepare_rows
from apps.datasets.sources.allowed import secret
from apps.datasets.sources.faults import Deadline, SourceDown
from apps.datasets.sources.landing import Landed, Previous, copies, drift, fingerprint, land, note_on_copies
from apps.datasets.sources.marks import read_mark
from apps.datasets.sources.places import read_place
from apps.datasets.sources.reading import Piece, Wanted, opened
from apps.files.models import Blob
from apps.files.receiving import waiting_room
from apps.files.removing import require_present
from apps.files.services import keep, path_of
from apps.jobs import registry
from apps.jobs.errors import CannotBeDone, TryAgain
from apps.jobs.models import Job
from apps.jobs.running import Run

TOLD = (  # of an extraction in the ledger: what it was and led to, and none of its rows
    *("outcome", "mode", "origin", "rows", "new_rows", "repeated", "copies", "cursor", "mark", "drift"),
    *("fingerprint", "error"),
)


MOST_PARTS = 100


def register() -> None:
    """Have extractions done as jobs; called once, in AppConfig.ready()."""
    registry.register(EXTRACT, title="Take a table from its source", work=work, commit=commit, failed=give_up)


@dataclass(frozen=True)
class FoundPart:
    """A part of a table, and the blob that keeps it."""

    name: str
    rows: int
    content: str
    blob: Blob

    def as_dict(self) -> dict[str, Any]:
        told = {"from": self.name, "rows": self.rows, "bytes": self.blob.size}
        return {**told, "digest": self.blob.digest, "content": self.content}


@dataclass
class Found:
    """What the slow part gives to the short one.

    Attributes:
        prepared: a table that may be a new version; None where it is known that there is none.
        version: the version that nothing new was found against.
        parts: what the table is made of, for a new version.
        facts: the fields of the extraction's record.
    """

    prepared: Prepared | None
    version: DatasetVersion | None
    parts: list[FoundPart] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def work(run: Run) -> Found:
    """Read the source into a prepared table. Slow; outside of any transaction, and may be done again."""
    source, actor = _source(run), _actor(run)
    _require_allowed(actor, source)
    previous = _previous(source, run.parameters["mode"])
    place, wanted = read_place(source.sort, source.place), _wanted(source, run.parameters["mode"], _mark(previous))
    try:
        with (
            opened(source.sort, place, wanted) as pieces,
            tempfile.TemporaryDirectory(dir=waiting_room()) as folder,
        ):
            found = _known(source, pieces, previous) or _read(run, source, pieces, wanted, previous, Path(folder))
    except SourceDown as down:
        raise TryAgain(str(down)) from None
    found.facts |= {"origin": place.origin[:700], "mode": run.parameters["mode"], "cursor": source.cursor}
    return found


def commit(run: Run, found: Found) -> Mapping[str, Any]:
    """Make it the dataset's next version, if it says anything new, and write down what came of it."""
    source, actor, now = _source(run), _actor(run), timezone.now()
    _require_allowed(actor, source)
    version, made = found.version, False
    if found.prepared is not None:
        require_present(*(part.blob.digest for part in found.parts))
        version, made = add_version(actor=actor, dataset=source.dataset, prepared=found.prepared, now=now)
    outcome = Extraction.Outcome.NEW if made else Extraction.Outcome.UNCHANGED
    facts = {**found.facts, "outcome": outcome, "version": version}
    parts = found.parts if made else []
    extraction = _write(run.job, source, actor, events.EXTRACTION_ENDED, facts, now, parts)
    return {
        "extraction": extraction.reference,
        "version": version.reference if version else None,
        "outcome": str(outcome),
        "new_rows": extraction.new_rows,
    }


def give_up(job: Job) -> None:
    """Write down that an extraction came to nothing, and why."""
    source = Source.objects.select_related("dataset").get(reference=job.parameters["source"])
    error = job.error or "It was cancelled."
    mode = job.parameters["mode"]
    origin = read_place(source.sort, source.place).origin[:700]
    facts = {"outcome": Extraction.Outcome.FAILED, "mode": mode, "origin": origin, "error": error}
    actor = job.requested_by or User.objects.system()
    _write(job, source, actor, events.EXTRACTION_FAILED, facts, job.ended_at or timezone.now())


def _source(run: Run) -> Source:
    source = Source.objects.select_related("dataset").get(reference=run.parameters["source"])
    if source.status != Source.Status.IN_USE:
        raise CannotBeDone(f"{source.reference} has ended meanwhile, so nothing is taken from it any more.")
    return source


def _actor(run: Run) -> User:
    return run.job.requested_by or User.objects.system()


def _require_allowed(actor: User, source: Source) -> None:
    """Whoever asked may have lost the right since; the version would be theirs."""
    if not actor.may(str(events.VERSION_ADDED.permission), source.dataset):
        raise CannotBeDone(f"{actor} may not add versions to {source.dataset.reference} any more.")


def _wanted(source: Source, mode: str, since: Any) -> Wanted:
    def named(name: str) -> str:
        return secret(source.credentials[name]) if name in source.credentials else ""

    leading = source.metadata.get("id_column")
    return Wanted(
        deadline=Deadline(settings.DATA_SECONDS),
        limit_bytes=settings.UPLOAD_LIMIT_BYTES,
        secret=named,
        cursor=source.cursor,
        needs_cursor=mode == Source.Mode.INCREMENTAL,
        since=since,
        first=(leading,) if leading else (),
    )


def _previous(source: Source, mode: str) -> Extraction | None:
    """The extraction whose version new rows are put behind; None where everything is taken once.

    It is so at first, and again where the source leads elsewhere, another column tells new rows, or the rows that
    were there have been disposed of.
    """
    last = previous_extraction(source) if mode == Source.Mode.INCREMENTAL else None
    if last is None or last.mark is None or last_kept(last.version) is None:
        return None
    return last if (last.cursor, last.place_digest) == (source.cursor, digest(source.place)) else None


def _mark(extraction: Extraction | None) -> Any:
    return extraction and read_mark(extraction.mark["value"], extraction.mark["type"])


def _known(source: Source, pieces: list[Piece], previous: Extraction | None) -> Found | None:
    """A file whose very bytes are a version already needs no reading."""
    if previous is not None or len(pieces) != 1 or pieces[0].raw is None:
        return None
    version = known_version(source.dataset, pieces[0].raw, source.metadata)
    last = version and source.extractions.filter(version=version).order_by("-number").first()
    if last is None or last.cursor != source.cursor or version.metadata != source.metadata:
        return None
    return _nothing_new(last)


def _nothing_new(last: Extraction, repeated: int = 0) -> Found:
    kept = ("rows", "copies", "mark", "schema", "fingerprint", "notes")
    facts = {name: getattr(last, name) for name in kept}
    return Found(None, last.version, facts={**facts, "new_rows": 0, "repeated": repeated})


def _read(
    run: Run, source: Source, pieces: list[Piece], wanted: Wanted, previous: Extraction | None, folder: Path
) -> Found:
    landed = land(pieces, wanted, folder, _progress(run), _behind(previous))
    if landed.nothing_new and previous is not None:
        return _nothing_new(previous, landed.repeated)
    raw = pieces[0].raw if len(pieces) == 1 and previous is None else None
    name = pieces[0].name if raw else f"{source.reference}.parquet"
    prepared = prepare_rows(landed.rows, filename=name, metadata=source.metadata, source=raw)
    return _found(source, prepared, landed, _manifest(pieces, landed, prepared, previous))


def _behind(previous: Extraction | None) -> Previous | None:
    if previous is None:
        return None
    version = last_kept(previous.version)
    blank = frozenset(column["name"] for column in version.columns if column["nulls"] == version.rows)
    return Previous(table_path(version), _mark(previous), blank)


def _progress(run: Run) -> Callable[[int], None]:
    done = 0

    def note(rows: int) -> None:
        nonlocal done
        done += rows
        run.progress(0.0, f"{done:,} rows read")

    return note


def _manifest(
    pieces: list[Piece], landed: Landed, prepared: Prepared, previous: Extraction | None
) -> list[FoundPart]:
    """For each part the blob that keeps it, and what its rows say; those taken before come first."""
    if landed.part_path is not None and previous is not None:
        blobs, before = [keep_file(landed.part_path)], _parts_before(previous)
    elif len(pieces) == 1:
        blobs, before = [prepared.source], []
    else:
        blobs, before = [keep(piece.raw) for piece in pieces if piece.raw], []
    found = zip(landed.parts, blobs, strict=True)
    return [*before, *(FoundPart(part.name, part.rows, part.content, blob) for part, blob in found)]


def _parts_before(previous: Extraction) -> list[FoundPart]:
    """The parts of the version before; it counts as one where there are many, or where rows of them were erased."""
    version, parts = last_kept(previous.version), parts_of(previous)
    if version == previous.version and 0 < len(parts) < MOST_PARTS:
        return [FoundPart(part.name, part.rows, part.content, part.blob) for part in parts]
    return [FoundPart(version.reference, version.rows, version.digest, version.table)]


def _found(source: Source, prepared: Prepared, landed: Landed, parts: list[dict[str, Any]]) -> Found:
    columns = [{"name": column["name"], "type": column["type"]} for column in prepared.columns]
    newest = newest_version(source.dataset)
    alike = 0 if source.metadata.get("id_column") else copies(path_of(prepared.table.digest))
    notes = [*prepared.quality["notes"], *([note_on_copies(alike)] if alike else [])]
    facts = {
        "rows": prepared.rows,
        "new_rows": sum(part.rows for part in landed.parts),
        "repeated": landed.repeated,
        "copies": alike,
        "mark": landed.mark,
        "schema": columns,
        "drift": drift(newest.columns, columns).as_dict() if newest else {},
        "fingerprint": fingerprint(columns, [part.content for part in parts]),
        "notes": notes,
    }
    return Found(replace(prepared, quality={**prepared.quality, "notes": notes}), None, parts, facts)


def _write(
    job: Job,
    source: Source,
    actor: User,
    event: Event,
    facts: dict[str, Any],
    now: datetime,
    parts: Sequence[FoundPart] = (),
) -> Extraction:
    """Write an extraction down, in the ledger and as a row: both, or neither."""
    lock(source)
    number = (source.extractions.aggregate(last=Max("number"))["last"] or 0) + 1
    extraction = Extraction(
        source=source,
        number=number,
        reference=f"{source.reference}@{number}",
        place_digest=digest(source.place),
        job=job.pk,
        asked_by=actor,
        asked_at=job.created_at,
        ended_at=now,
        **facts,
    )
    with tell(event, actor=actor, subject=source, now=now, cause=events.EXTRACTION_ASKED.verb) as changes:
        extraction.save(force_insert=True)
        Part.objects.bulk_create(
            Part(
                extraction=extraction,
                number=place,
                name=part.name[:300],
                rows=part.rows,
                blob=part.blob,
                content=part.content,
            )
            for place, part in enumerate(parts, 1)
        )
        version = extraction.version
        told = {name: facts[name] for name in TOLD if name in facts}
        told |= {"version": version and version.reference, "parts": [part.as_dict() for part in parts]}
        changes.append(Change(extraction, None, {**told, "job": job.pk}))
    return extraction
