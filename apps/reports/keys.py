"""What a document is pinned to."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from apps.audit.models import Checkpoint, Entry, Leaf
from apps.core.canonical import digest
from apps.dossiers.dossier import DATA, dossier_of
from apps.dossiers.selectors import latest_approval
from apps.inventory.models import ModelVersion
from apps.validations.events import VALIDATION_CONCLUDED
from apps.validations.models import Validation

OWN_EVENTS = "reports."  # a document that was made changes nothing of what it tells


@dataclass(frozen=True)
class Key:
    """The state a document tells of.

    Attributes:
        dossier_digest: of the record that was laid before the deciders; of the dossier as it is now where none was;
            of a validation's report.
        signed: whether that is a record that was laid before deciders, or signed.
        checkpoint: the first one that seals everything that is told; None until that is sealed.
        as_of: when that was, or when a report was signed: the document knows no other clock.
    """

    reference: str
    dossier_digest: str
    signed: bool
    checkpoint: Checkpoint | None
    as_of: datetime

    @property
    def checkpoint_size(self) -> int | None:
        return self.checkpoint.size if self.checkpoint else None

    def identifier(self, template_version: int) -> bytes:
        """The identifier of a file made from this, the same each time it is made."""
        said = f"{self.reference} {self.dossier_digest} {self.checkpoint_size} {template_version}"
        return hashlib.sha256(said.encode()).digest()[:16]


def key_of(version: ModelVersion) -> Key:
    """The key of `version` as it stands now."""
    approval = latest_approval(version)
    checkpoint = _sealed(version)
    return Key(
        reference=version.reference,
        dossier_digest=approval.dossier_digest if approval else digest(dossier_of(version)),
        signed=approval is not None,
        checkpoint=checkpoint,
        as_of=checkpoint.sealed_at if checkpoint else _last_moment(version),
    )


def key_of_report(validation: Validation) -> Key:
    """The key of a signed report, which nothing moves any more: sealed with the event that concluded it."""
    told = Leaf.objects.filter(
        entry__verb=VALIDATION_CONCLUDED.verb,
        entry__subject_kind=validation.kind,
        entry__subject_reference=validation.reference,
    )
    place = told.values_list("seq", flat=True).first()
    checkpoint = None if place is None else Checkpoint.objects.filter(size__gt=place).order_by("size").first()
    return Key(
        reference=validation.reference,
        dossier_digest=validation.report_digest,
        signed=True,
        checkpoint=checkpoint,
        as_of=validation.signature.signed_at,
    )


def roots_of(version: ModelVersion) -> list[str]:
    """The references under which the ledger tells of the version: its model, and the data it names."""
    named = {version.metadata[part].partition("@")[0] for part in DATA if version.metadata.get(part)}
    return [version.model.reference, *sorted(named)]


def _sealed(version: ModelVersion) -> Checkpoint | None:
    places = Leaf.objects.filter(entry__root_reference__in=roots_of(version))
    last = places.exclude(entry__verb__startswith=OWN_EVENTS).order_by("-seq").values_list("seq", flat=True).first()
    if last is None:
        return None
    return Checkpoint.objects.filter(size__gt=last).order_by("size").first()


def _last_moment(version: ModelVersion) -> datetime:
    told = Entry.objects.filter(root_reference__in=roots_of(version)).exclude(verb__startswith=OWN_EVENTS)
    return told.order_by("-pk").values_list("occurred_at", flat=True).first() or version.created_at
