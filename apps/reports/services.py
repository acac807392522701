"""Making documents: what a card says now, and rendering it once for good."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.accounts.models import User
from apps.audit.acts import tell
from apps.audit.sealing import seal
from apps.core.canonical import canonical
from apps.core.governed import Change
from apps.core.references import next_reference
from apps.files.models import Blob
from apps.files.services import store_bytes
from apps.inventory.models import ModelVersion
from apps.jobs.errors import TryAgain
from apps.jobs.models import Job
from apps.jobs.running import Run
from apps.jobs.services import enqueue
from apps.reports import events
from apps.reports.content import card
from apps.reports.keys import Key, key_of
from apps.reports.models import Document
from apps.reports.printing import TEMPLATE_VERSION, pdf

JOB = "reports.render"
TRIES = 3


@dataclass(frozen=True)
class Composed:
    """A card with its key and its canonical bytes."""

    key: Key
    card: dict[str, Any]
    content: bytes


def compose(version: ModelVersion, now: datetime) -> Composed:
    """What the card of `version` says now, sealed first where anything is not sealed yet.

    A card is read in several queries; where something changes between them, it is read again.
    """
    seal(now)
    for _ in range(TRIES):
        key = key_of(version)
        said = card(version, key)
        if key_of(ModelVersion.objects.select_related("model").get(pk=version.pk)) == key:
            break
        version = ModelVersion.objects.select_related("model").get(pk=version.pk)
    return Composed(key, said, canonical(said))


def pinned(version: ModelVersion, key: Key) -> Document | None:
    """The document that was rendered for `key`, if it was."""
    return (
        Document.objects.filter(
            kind_of_document=Document.Kind.MODEL_CARD,
            subject_reference=version.reference,
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


def work(run: Run) -> dict[str, Any]:
    """Compose and render. Slow; outside of any transaction."""
    version = _version(run.parameters["version"])
    run.progress(0.1, "Gathering what the card says")
    made = compose(version, timezone.now())
    if made.key.checkpoint is None:
        raise TryAgain("the ledger is not sealed up to this version yet")
    run.progress(0.3, "Laying out and drawing")
    written = pdf(made.card, made.content, made.key.identifier(TEMPLATE_VERSION))
    run.progress(0.9, "Keeping it")
    return {"key": made.key, "content": store_bytes(made.content), "blob": store_bytes(written)}


def commit(run: Run, found: dict[str, Any]) -> dict[str, Any]:
    """Pin what was rendered, in the transaction that ends the job."""
    version = _version(run.parameters["version"])
    document = pinned(version, found["key"]) or keep(
        version=version,
        key=found["key"],
        content=found["content"],
        blob=found["blob"],
        requested_by=run.job.requested_by,
        now=timezone.now(),
    )
    return {"document": document.reference, "sha256": document.blob_id, "size": document.blob.size}


def keep(
    *, version: ModelVersion, key: Key, content: Blob, blob: Blob, requested_by: User | None, now: datetime
) -> Document:
    """Pin a rendered card to its key, and say so in the ledger."""
    document = Document(
        reference=next_reference(Document.PREFIX),
        kind_of_document=Document.Kind.MODEL_CARD,
        subject_kind="modelversion",
        subject_reference=version.reference,
        root_reference=version.model.reference,
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
