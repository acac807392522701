"""What concerns a person's account reaches them, and who keeps accounts."""

from contextlib import suppress

from apps.accounts.reauthentication import reauthenticate
from apps.accounts.services.own import change_password
from apps.audit.models import Entry
from apps.core.errors import RuleViolated
from apps.notifications.reading import notifications_of


def told(verb, now):
    entry = Entry.objects.filter(verb=verb).latest("pk")
    return {notification.recipient.name: notification.sentence for notification in notifications_of(entry, now)}


def test_a_locked_signature_is_told_to_its_owner_and_to_administrators(rosa, adam, oscar, now):
    for _ in range(5):
        with suppress(RuleViolated):
            reauthenticate(user=rosa, password="wrong", now=now)
    assert set(told("accounts.signing_locked", now)) == {"Rosa Ferreira", "Adam Novak"}


def test_another_password_is_told_to_whose_it_is(dmitri, now):
    change_password(actor=dmitri, password="a long enough one", now=now)
    assert "wasn't you" in told("accounts.password_changed", now)["Dmitri Petrov"]
