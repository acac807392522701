"""Making documents: what a card says now or a signed report says for good, and rendering each once."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import tell
from apps.audit.sealing import seal
from apps.core import scope
from apps.core.canonical import canonical
from apps.core.governed import Change, Governed
from apps.core.references import next_reference
from apps.files.models import Blob
from apps.files.services import open_blob, store_bytes
from apps.inventory.models import ModelVersion
from apps.jobs.errors import TryAgain
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.reports import events
from apps.reports.content import card, challenge
from apps.reports.keys import Key, key_of, key_of_report
from apps.reports.models import Document
from apps.reports.printing import TEMPLATE_VERSION, pdf, report_pdf
from apps.validations.models import Validation

JOB, REPORT_JOB = "reports.render", "reports.render_validation"
TRIES = 3
SIGNED = Validation.objects.filter(status=Validation.Status.CONCLUDED).select_related(
    "version__model__business_unit", "version__artifact", "signature"
)


@dataclass(frozen=True)
class Composed:
    """A card with its key and its canonical bytes."""

    key: Key
    card: dict[str, Any]
    content: bytes


def compose(version: ModelVersion, now: datetime) -> Composed:
    """What the card of `version` says now, sealed first where anything is not sealed yet.

    A card is read in several queries; where something changes between them, it is read again. What was pinned to a
    key stays what the card says under it: people's names may change since, which the ledger does not know.
    """
    seal(now)
    for _ in range(TRIES):
        key = key_of(version)
        document = pinned(key)
        if document is not None:
            content = _bytes_of(document.content)
            return Composed(key, json.loads(content), content)
        said = card(version, key)
        if key_of(ModelVersion.objects.select_related("model").get(pk=version.pk)) == key:
            break
        version = ModelVersion.objects.select_related("model").get(pk=version.pk)
    return Composed(key, said, canonical(said))


def _bytes_of(blob: Blob) -> bytes:
    with open_blob(blob.digest) as file:
        return bytes(file.read())


def compose_report(validation: Validation, now: datetime) -> tuple[Key, dict[str, Any]]:
    """What the signed report of `validation` says, sealed first if it is not yet."""
    seal(now)
    key = key_of_report(validation)
    return key, challenge.report(validation, key)


def pinned(key: Key, kind: str = Document.Kind.MODEL_CARD) -> Document | None:
    """The document of `kind` that was rendered for `key`, if it was."""
    return (
        Document.objects.filter(
            kind_of_document=kind,
            subject_reference=key.reference,
            dossier_digest=key.dossier_digest,
            checkpoint_size=key.checkpoint_size or -1,
            template_version=TEMPLATE_VERSION,
        )
        .select_related("blob", "content")
        .first()
    )


def request_card(*, actor: User, version: ModelVersion, key: Key, now: datetime) -> Job:
    """Ask for the card to be rendered as PDF; while that is under way, the same job."""
    return enqueue(
        JOB,
        now=now,
        requested_by=actor,
        subject_kind="modelversion",
        subject_reference=version.reference,
        root_reference=version.model.reference,
        once=f"{JOB} {version.reference} {key.dossier_digest[:16]} {key.checkpoint_size}",
        version=version.reference,
    )


def request_report(*, actor: User, validation: Validation, key: Key, now: datetime) -> Job:
    """Ask for a signed report to be rendered as PDF; while that is under way, the same job."""
    return enqueue(
        REPORT_JOB,
        now=now,
        requested_by=actor,
        subject_kind=validation.kind,
        subject_reference=validation.reference,
        root_reference=scope.root_reference(validation),
        once=f"{REPORT_JOB} {validation.reference} {key.checkpoint_size}",
        validation=validation.reference,
    )


def work(run: Run) -> dict[str, Any]:
    """Compose and render a card. Slow; outside of any transaction."""
    version = _version(run.parameters["version"])
    run.progress(0.1, "Gathering what the card says")
    made = compose(version, timezone.now())
    return _rendered(run, made.key, made.content, partial(pdf, made.card, made.content))


def work_report(run: Run) -> dict[str, Any]:
    """Compose and render a signed report. Slow; outside of any transaction."""
    run.progress(0.1, "Gathering what the report says")
    key, said = compose_report(signed_report(run.parameters["validation"]), timezone.now())
    return _rendered(run, key, canonical(said), partial(report_pdf, said))


def _rendered(run: Run, key: Key, content: bytes, write: Callable[[bytes], bytes]) -> dict[str, Any]:
    if key.checkpoint is None:
        raise TryAgain("the ledger is not sealed up to this yet")
    run.progress(0.3, "Laying out and drawing")
    written = write(key.identifier(TEMPLATE_VERSION))
    run.progress(0.9, "Keeping it")
    return {"key": key, "content": store_bytes(content), "blob": store_bytes(written)}


def commit(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Pin a rendered card, in the transaction that ends the job."""
    return _pin(run, found, _version(run.parameters["version"]), Document.Kind.MODEL_CARD)


def commit_report(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Pin a rendered report, in the transaction that ends the job."""
    return _pin(run, found, signed_report(run.parameters["validation"]), Document.Kind.VALIDATION_REPORT)


def _pin(run: Run, found: dict[str, Any], about: Governed, kind: str) -> dict[str, Any]:
    document = pinned(found["key"], kind) or keep(
        about=about,
        kind=kind,
        key=found["key"],
        content=found["content"],
        blob=found["blob"],
        requested_by=run.job.requested_by,
        now=timezone.now(),
    )
    return {"document": document.reference, "sha256": document.blob_id, "size": document.blob.size}


def keep(
    *, about: Governed, kind: str, key: Key, content: Blob, blob: Blob, requested_by: User | None, now: datetime
) -> Document:
    """Pin a rendered document to its key, and say so in the ledger."""
    document = Document(
        reference=next_reference(Document.PREFIX),
        kind_of_document=kind,
        subject_kind=about.kind,
        subject_reference=about.reference,
        root_reference=scope.root_reference(about),
        dossier_digest=key.dossier_digest,
        checkpoint_size=key.checkpoint_size,
        template_version=TEMPLATE_VERSION,
        content=content,
        blob=blob,
        requested_by=requested_by,
        made_at=now,
    )
    with tell(events.DOCUMENT_MADE, actor=User.objects.system(), subject=document, now=now) as changes:
        document.save(force_insert=True)
        changes.append(Change(document, None, _as_told(document)))
    return document


def _as_told(document: Document) -> dict[str, Any]:
    return {field.attname: getattr(document, field.attname) for field in document._meta.concrete_fields}


def _version(reference: str) -> ModelVersion:
    rows = ModelVersion.objects.select_related("model__owner", "model__business_unit", "artifact__blob", "created_by")
    return rows.get(reference=reference)


def signed_report(reference: str) -> Validation:
    """The concluded validation of that reference, with what its report shows."""
    return SIGNED.get(reference=reference)
