"""Whom events of exceptions concern, and who is reminded before one ends."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core.dates import today
from apps.core.scope import find_root
from apps.exceptions import events
from apps.exceptions.models import Exemption
from apps.notifications.rules import Reminder, notify, remind

DAYS_BEFORE = (30, 7)


def register() -> None:
    """Said once, in AppConfig.ready()."""
    notify(events.EXEMPTION_GRANTED, recipients=concerned, sentence="Granted: {subject}.")
    notify(events.EXEMPTION_REFUSED, recipients=concerned, sentence="Not granted: {subject}.")
    notify(events.EXEMPTION_SUSPENDED, recipients=concerned, sentence="Suspended: {subject}.")
    notify(events.EXEMPTION_REVOKED, recipients=concerned, sentence="{actor} revoked {subject}.")
    notify(events.EXEMPTION_EXPIRED, recipients=concerned, sentence="It counts no longer: {subject}.")
    remind("exceptions.ending", ending)


def concerned(entry: Entry) -> set[User]:
    return _concerned(Exemption.objects.select_related("proposed_by").get(reference=entry.subject_reference))


def _concerned(exemption: Exemption) -> set[User]:
    owner = getattr(find_root(exemption.root_reference), "owner", None) if exemption.root_reference else None
    return {exemption.proposed_by, *([owner] if owner else [])}


def ending(now: datetime) -> Iterator[Reminder]:
    """Exemptions whose last day is a month or a week off."""
    days = [today(now) + timedelta(days=days) for days in DAYS_BEFORE]
    rows = Exemption.objects.filter(status=Exemption.Status.GRANTED, expires_on__in=days)
    for exemption in rows.select_related("proposed_by"):
        yield Reminder(
            key=f"{exemption.reference} ends {exemption.expires_on} {(exemption.expires_on - today(now)).days}",
            recipients=tuple(_concerned(exemption)),
            sentence=f"{exemption.title} ends on {exemption.expires_on:%d %b %Y}.",
            url=exemption.get_absolute_url(),
            subject_kind=exemption.kind,
            subject_reference=exemption.reference,
            root_reference=exemption.root_reference,
        )
