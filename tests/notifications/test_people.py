"""What happens to accounts is told to whom it happens to, and to those who have to act."""

import pytest

from apps.accounts import events
from apps.accounts.models import RoleGrant, User
from apps.audit.acts import act, tell
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger

pytestmark = pytest.mark.django_db


def told():
    return {row.recipient.name.split()[0]: row.sentence for row in Notification.objects.all()}


def test_locked_signing_is_told_to_the_person_and_to_administrators(rosa, adam, olivia, now):
    with tell(events.SIGNING_LOCKED, actor=User.objects.system(), subject=rosa, now=now):
        pass
    read_ledger(now)
    assert set(told()) == {"Rosa", "Adam"} and "locked signing for Rosa Ferreira" in told()["Rosa"]


def test_a_role_that_was_asked_for_waits_for_the_other_administrators(rosa, adam, now):
    other = User.objects.create_user("ada@demo.example", password="ada", name="Ada Berg")
    other.groups.set(adam.groups.all())
    grant = RoleGrant(user=rosa, role="model_owner", reason="New post", requested_by=adam, requested_at=now)
    with act(events.ROLE_REQUESTED, actor=adam, creates=grant, now=now):
        pass
    read_ledger(now)
    assert told() == {
        "Ada": "Adam Novak asks for the role Model owner for Rosa Ferreira; a second administrator has to confirm it."
    }
