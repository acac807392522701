"""What people do with the ledger: take a part of it home, and erase what an event said where the law asks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction

from apps.audit import events
from apps.audit.acts import tell
from apps.audit.models import Entry, Erasure, Export, FieldChange, Payload
from apps.core import work
from apps.core.allowed import not_allowed
from apps.core.canonical import plain
from apps.core.errors import IllegalTransition, RuleViolated
from apps.core.references import next_reference


def request_export(*, actor: Any, now: datetime, selection: dict[str, Any] | None = None) -> tuple[Export, Any]:
    """Ask for a part of the ledger: the export, and the job that makes its file.

    Args:
        selection: any of from, to (places, both included), subject, actor, verb, since, until; nothing selects
            everything that `actor` may see.

    Raises:
        PermissionDenied: `actor` may not export.
    """
    with transaction.atomic():
        export = record_export(actor=actor, now=now, selection=selection)
        job = work.ask("audit.export", now=now, requested_by=actor, export=export.reference, person=actor.pk)
    return export, job


def record_export(*, actor: Any, now: datetime, selection: dict[str, Any] | None = None) -> Export:
    """Note who takes what home, before it is made."""
    wanted = {name: value for name, value in (selection or {}).items() if value not in (None, "")}
    export = Export(requested_by=actor.reference, requested_at=now, selection=plain(wanted))
    with transaction.atomic():
        export.reference = next_reference("EXP")
        with tell(events.LEDGER_EXPORTED, actor=actor, subject=export, now=now, note=told(wanted)):
            export.save()
    return export


def request_verification(*, actor: Any, now: datetime) -> Any:
    """Have the whole ledger verified: the job.

    Raises:
        PermissionDenied: `actor` may not take the ledger home, so it is not theirs to have verified either.
    """
    needed = str(events.LEDGER_EXPORTED.permission)
    if not actor.has_perm(needed):
        raise not_allowed(actor, needed)
    return work.ask("audit.verify", now=now, requested_by=actor, once="audit.verify", by=actor.reference)


def verify_daily(now: datetime) -> None:
    """Beat's duty: have the whole ledger verified once a day, whoever looks."""
    work.ask("audit.verify", now=now, once="audit.verify", by="daily")


def erase_payload(*, actor: Any, entry: Entry, reason: str, now: datetime) -> Entry:
    """Erase what an event said. Its place, its moment, who caused it and its digest stay, and this is an event too.

    Args:
        reason: the legal ground, without the personal data it is about: it stays for ever.

    Raises:
        PermissionDenied: `actor` may not erase.
        RuleViolated: no reason, it tells of an erasure, or the actor caused it or is who it is about.
        IllegalTransition: it has been erased already.
    """
    if not reason.strip():
        raise RuleViolated("", errors={"reason": ["Give the legal ground."]})
    with tell(events.PAYLOAD_ERASED, actor=actor, subject=entry, now=now, note=reason):
        if entry.verb == events.PAYLOAD_ERASED.verb:
            raise RuleViolated("What tells of an erasure stays.")
        if actor.reference in (entry.actor, entry.subject_reference):
            raise RuleViolated("It tells of what you did, or of you, so somebody else has to erase it.")
        if Erasure.objects.filter(pk=entry.pk).exists():
            raise IllegalTransition("This has been erased already.")
        Erasure(entry=entry, reason=reason, erased_at=now).save(force_insert=True)
        Payload.objects.filter(pk=entry.pk).delete()
        models.QuerySet(FieldChange).filter(entry=entry).delete()
    return Entry.objects.get(pk=entry.pk)


def told(selection: dict[str, Any]) -> str:
    """A selection as a person reads it."""
    words = {name: value if isinstance(value, list) else [value] for name, value in selection.items()}
    return ", ".join(f"{name} {' or '.join(map(str, value))}" for name, value in words.items()) or "everything"
