"""Every way people and systems are told, and how they say what they want to be told."""

from collections.abc import Iterable
from datetime import datetime

from apps.accounts.models import User
from apps.audit.acts import act
from apps.audit.models import Leaf
from apps.core.errors import BadInput
from apps.notifications import events
from apps.notifications.models import Cursor, Notification, Preference, Webhook
from apps.notifications.outside import Unreachable, check_address
from apps.notifications.rules import Reminder, reminders, who_may_know


def mark_read(*, actor: User, now: datetime, notification: Notification | None = None) -> int:
    """Put one notification, or all of one's own, among those read; how many were not yet."""
    unread = Notification.objects.visible_to(actor).unread()
    return (unread.filter(pk=notification.pk) if notification else unread).update(read_at=now)


def choose_mail(*, actor: User, mail: str, now: datetime) -> Preference:
    """Say whether to be told by e-mail, and how often."""
    if mail not in Preference.Mail.values:
        raise BadInput(errors={"mail": [f"Choose one of {', '.join(Preference.Mail.values)}."]})
    preference, _ = Preference.objects.update_or_create(user=actor, defaults={"mail": mail})
    return preference


def tell_of(reminder: Reminder, *, now: datetime) -> None:
    """Put a reminder into the inboxes of its recipients, once each; of those who may still know what it is about."""
    rows = [
        Notification(
            recipient=recipient,
            key=f"reminder {reminder.key}"[:160],
            subject_kind=reminder.subject_kind,
            subject_reference=reminder.subject_reference,
            root_reference=reminder.root_reference,
            sentence=reminder.sentence[:400],
            url=reminder.url,
            created_at=now,
        )
        for recipient in who_may_know(reminder.recipients, reminder.root_reference)
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


def remind_all(now: datetime) -> None:
    """Ask every room what is due, and tell whom it waits for."""
    for due in reminders().values():
        for reminder in due(now):
            tell_of(reminder, now=now)


def add_webhook(*, actor: User, address: str, now: datetime, verbs: Iterable[str] = ()) -> Webhook:
    """Begin to send events to another system: those that happen from now on.

    Args:
        verbs: "room.verb", or "room." for all of a room; none for all.
    Raises:
        BadInput: the address can't be used.
    """
    try:
        check_address(address)
    except Unreachable as reason:
        raise BadInput(errors={"address": [str(reason)]}) from None
    new = Webhook(address=address, verbs=sorted(set(verbs)), created_at=now)
    with act(events.WEBHOOK_ADDED, actor=actor, creates=new, now=now) as webhook:
        Cursor.objects.update_or_create(name=cursor_of(webhook), defaults={"seq": next_place()})
        return webhook


def switch_off(
    *, actor: User, webhook: Webhook, now: datetime, note: str = "", revision: int | None = None
) -> Webhook:
    """Stop sending; what happens meanwhile is not sent later."""
    with act(
        events.WEBHOOK_SWITCHED_OFF, actor=actor, subject=webhook, now=now, note=note, expected_revision=revision
    ) as webhook:
        webhook.move_to(Webhook.Status.OFF)
        webhook.save()
        return webhook


def switch_on(*, actor: User, webhook: Webhook, now: datetime, revision: int | None = None) -> Webhook:
    """Send again what happens from now on."""
    with act(
        events.WEBHOOK_SWITCHED_ON, actor=actor, subject=webhook, now=now, expected_revision=revision
    ) as webhook:
        webhook.move_to(Webhook.Status.ON)
        webhook.save()
        Cursor.objects.update_or_create(name=cursor_of(webhook), defaults={"seq": next_place()})
        return webhook


def change_secret(*, actor: User, webhook: Webhook, now: datetime, revision: int | None = None) -> Webhook:
    """Sign with a new secret from now on; the old one is worthless at once."""
    with act(
        events.WEBHOOK_SECRET_CHANGED, actor=actor, subject=webhook, now=now, expected_revision=revision
    ) as webhook:
        webhook.secret_generation += 1
        webhook.save()
        return webhook


def cursor_of(webhook: Webhook) -> str:
    return f"webhook {webhook.reference}"


def next_place() -> int:
    """The place that the next event will have, as far as one can see now."""
    newest = Leaf.objects.order_by("-seq").values_list("seq", flat=True).first()
    return 0 if newest is None else newest + 1
