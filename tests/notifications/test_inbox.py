"""People are told of what concerns them, once, and of nothing they may not know."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import BusinessUnit, Membership
from apps.inventory.events import MODEL_REGISTERED
from apps.notifications.models import Cursor, Notification
from apps.notifications.reading import read_ledger
from apps.notifications.rules import Reminder, notify, remind, who_may
from apps.notifications.services import mark_read, remind_all
from tests.builders.inventory import a_model

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_rules")]


def told():
    return {(row.recipient.name.split()[0], row.sentence) for row in Notification.objects.all()}


def tell(*people, **more):
    notify(MODEL_REGISTERED, recipients=lambda entry: people, sentence="{actor} registered {subject}.", **more)


def test_an_event_is_told_to_those_it_concerns(olivia, rosa, now):
    tell(rosa)
    model = a_model(olivia, now)
    assert read_ledger(now) == 1
    row = Notification.objects.get()
    assert row.sentence == f"Olivia Okafor registered {model}."
    assert (row.recipient, row.url, row.subject_reference) == (rosa, f"/models/{model.reference}/", model.reference)


def test_nobody_is_told_twice_however_often_it_is_read(olivia, rosa, now):
    tell(rosa)
    tell(rosa, tells_the_actor=True)
    a_model(olivia, now)
    read_ledger(now)
    Cursor.objects.update(seq=0)
    assert read_ledger(now) == 1
    assert Notification.objects.count() == 1


def test_reading_goes_on_where_it_was(olivia, rosa, now):
    tell(rosa)
    for n in range(3):
        a_model(olivia, now, name=f"Model {n}")
        assert read_ledger(now) == 1
    assert read_ledger(now) == 0 and Notification.objects.count() == 3


def test_who_did_it_knows_it(olivia, now):
    tell(olivia)
    a_model(olivia, now)
    read_ledger(now)
    assert told() == set()


def test_who_may_not_see_the_model_is_not_told_of_it(olivia, oscar, rosa, now):
    tell(oscar, rosa)
    a_model(olivia, now)
    read_ledger(now)
    assert {name for name, _ in told()} == {"Rosa"}


def test_who_has_left_is_not_told(olivia, rosa, now):
    rosa.is_active = False
    rosa.save()
    tell(rosa)
    a_model(olivia, now)
    read_ledger(now)
    assert told() == set()


def test_a_rule_can_name_a_permission(olivia, rosa, victor, dmitri, now):
    notify(MODEL_REGISTERED, recipients=who_may("jobs.cancel_others_job"), sentence="Look.")
    a_model(olivia, now)
    read_ledger(now)
    assert told() == {("Rosa", "Look.")}


def test_a_rule_that_fails_keeps_no_other_from_being_followed(olivia, rosa, now):
    notify(MODEL_REGISTERED, recipients=lambda entry: 1 / 0, sentence="Never said.")
    tell(rosa)
    a_model(olivia, now)
    read_ledger(now)
    assert {name for name, _ in told()} == {"Rosa"}


def test_a_reminder_is_said_once_to_each(rosa, ruth, now):
    due = Reminder(
        "APR-0001 due 2026-12-01", (rosa, ruth), "APR-0001 is due on 1 December.", url="/approvals/APR-0001/"
    )
    remind("approvals.due", lambda now: [due])
    for minutes in range(3):
        remind_all(now + timedelta(minutes=minutes))
    assert Notification.objects.count() == 2
    assert told() == {("Rosa", due.sentence), ("Ruth", due.sentence)}


def test_a_reminder_costs_no_look_at_the_inbox_table(rosa, now):
    due = Reminder("APR-0001 due", (rosa,), "APR-0001 is due.")
    remind("approvals.due", lambda now: [due])
    with CaptureQueriesContext(connection) as asked:
        remind_all(now)
    assert not [query for query in asked if "COUNT(" in query["sql"]] and told()


def test_who_has_moved_to_another_unit_is_not_reminded_of_the_old_one(olivia, rosa, ruth, now):
    model = a_model(olivia, now)
    Membership.objects.filter(user=rosa).update(unit=BusinessUnit.objects.create(name="Elsewhere"))
    due = Reminder("CND due", (rosa, ruth), "Due: retest on 2016 outcomes.", root_reference=model.reference)
    remind("approvals.due", lambda now: [due])
    remind_all(now)
    assert told() == {("Ruth", due.sentence)}


def test_marking_one_read_leaves_the_others_and_other_peoples(olivia, rosa, ruth, now):
    tell(rosa, ruth)
    a_model(olivia, now, name="One")
    a_model(olivia, now, name="Two")
    read_ledger(now)
    first = Notification.objects.filter(recipient=rosa).first()
    assert mark_read(actor=rosa, notification=first, now=now) == 1
    assert mark_read(actor=rosa, notification=first, now=now) == 0
    assert mark_read(actor=rosa, now=now) == 1
    assert Notification.objects.unread().filter(recipient=ruth).count() == 2
