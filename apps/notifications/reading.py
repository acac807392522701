"""Reading the ledger for the inboxes: in its order, from where we were, at least once, and nobody is told twice."""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.models import Entry, Leaf
from apps.core import subjects
from apps.notifications.models import Cursor, Notification
from apps.notifications.rules import Rule, rules_of, who_may_know

logger = logging.getLogger(__name__)

INBOX = "inbox"
BATCH = 500


def read_ledger(now: datetime) -> int:
    """Tell people of what has happened since the last time; how many events were looked at."""
    looked_at = 0
    while batch := _read_batch(now):
        looked_at += batch
    return looked_at


@transaction.atomic
def _read_batch(now: datetime) -> int:
    Cursor.objects.get_or_create(name=INBOX)
    cursor = Cursor.objects.select_for_update(no_key=True).get(name=INBOX)
    leaves = list(Leaf.objects.filter(seq__gte=cursor.seq).select_related("entry").order_by("seq")[:BATCH])
    told = [notification for leaf in leaves for notification in notifications_of(leaf.entry, now)]
    Notification.objects.bulk_create(told, ignore_conflicts=True)
    if leaves:
        cursor.seq = leaves[-1].seq + 1
        cursor.save()
    return len(leaves)


def notifications_of(entry: Entry, now: datetime) -> Iterator[Notification]:
    for rule in rules_of(entry.verb):
        try:
            with transaction.atomic():
                found = list(_told(rule, entry, now))
        except Exception:  # a rule that fails must not keep everybody else from being told
            logger.exception("A rule about %s failed for entry %s.", entry.verb, entry.pk)
            continue
        yield from found


def _told(rule: Rule, entry: Entry, now: datetime) -> Iterator[Notification]:
    people = who_may_be_told(rule.recipients(entry), entry, rule)
    if not people:
        return
    title, url = title_and_url(entry)
    sentence = _sentence(rule, entry, title)
    for person in people:
        yield Notification(
            recipient=person,
            key=f"entry {entry.pk}",
            entry=entry,
            subject_kind=entry.subject_kind,
            subject_reference=entry.subject_reference,
            root_reference=entry.root_reference,
            sentence=sentence[:400],
            url=url,
            created_at=now,
        )


def who_may_be_told(people: Iterable[User], entry: Entry, rule: Rule) -> list[User]:
    """Without those who did it, who have left, or who may not know of what it is about."""
    others = [person for person in people if rule.tells_the_actor or person.reference != entry.actor]
    return who_may_know(others, entry.root_reference)


def title_and_url(entry: Entry) -> tuple[str, str]:
    """What the subject is called and where it is; its reference where its room does not say."""
    try:
        subject = subjects.subject_of(entry.subject_kind)
        row = subject.find(entry.subject_reference)
        return subject.title(row), subject.url(row)
    except Exception:  # kinds without a registered subject, rows of rooms that are gone
        return entry.subject_reference, ""


def _sentence(rule: Rule, entry: Entry, title: str) -> str:
    if callable(rule.sentence):
        return rule.sentence(entry)
    return rule.sentence.format(actor=name_of(entry.actor), subject=title, reference=entry.subject_reference)


def name_of(reference: str) -> str:
    """The name of the person behind a ledger's reference."""
    number = reference.removeprefix("USR-")
    person = User.objects.filter(pk=int(number)).first() if number.isdecimal() else None
    return person.name if person else reference
