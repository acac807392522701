"""Nothing that is open waits for nobody, and nothing waits for who may not see it."""

from datetime import timedelta

import pytest

from apps.findings.services import agree_plan, open_finding
from apps.inventory.services.registering import decide_intake
from apps.monitoring.services.alerts import acknowledge
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from apps.notifications.rules import Reminder
from apps.notifications.services import remind_all, tell_of
from apps.web.waiting import MOST, waiting_for
from tests.builders.findings import open_one
from tests.builders.inventory import a_model
from tests.builders.monitoring import closed, people, predictions, send, watched
from tests.builders.world import a_world
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")


def asked(user, now, what):
    return [item.title for item in waiting_for(user, now) if item.what == what]


def test_a_finding_without_anybody_waits_for_the_owner_until_somebody_is_named(olivia, dmitri, victor, now):
    finding = open_one(olivia, now)
    assert asked(olivia, now, "Plan the mending") == [finding.title]
    assert asked(dmitri, now, "Plan the mending") == asked(victor, now, "Plan the mending") == []
    agree_plan(actor=olivia, finding=finding, responsible=dmitri, plan="Retrain", now=now)
    assert asked(olivia, now, "Plan the mending") == [] and asked(dmitri, now, "Mend") == [finding.title]


def test_one_that_names_who_is_to_mend_it_waits_for_them(olivia, dmitri, now):
    model = a_model(olivia, now)
    open_finding(actor=olivia, subject=model, title="Too few young", responsible=dmitri, now=now)
    assert asked(dmitri, now, "Plan the mending") == ["Too few young"]
    assert asked(olivia, now, "Plan the mending") == []


def test_an_undecided_intake_waits_for_those_who_may_decide_it(olivia, dmitri, victor, rosa, aisha, now):
    model = a_model(olivia, now, developers=[dmitri])
    for one in (victor, rosa):
        assert asked(one, now, "Decide intake") == [model.name]
    for one in (olivia, dmitri, aisha):
        assert asked(one, now, "Decide intake") == []
    decide_intake(actor=rosa, model=model, decision="model", reason="It decides", now=now)
    assert asked(victor, now, "Decide intake") == []


def test_many_are_one_line_more(olivia, rosa, now):
    for number in range(MOST + 3):
        a_model(olivia, now, name=f"Model {number}")
    assert asked(rosa, now, "Decide intake")[MOST:] == ["3 more"]


def test_a_red_alert_waits_for_the_owner_and_the_second_line(olivia, dmitri, victor, rosa, ruth, now):
    petra = also(dmitri, "platform_engineer")
    model = watched(olivia, dmitri, victor, rosa, ruth, now, petra=petra).model
    start = now - timedelta(days=30)
    send(petra, model, predictions(people(seed=1, ages=(60, 90)), start), now)
    closed(petra, model, start, now, now)
    red = list(model.alerts.filter(level="red"))
    assert red
    for one in (olivia, victor, rosa):
        assert len(asked(one, now, "Red alert")) == len(red)
    assert asked(dmitri, now, "Red alert") == []
    for alert in red:
        acknowledge(actor=olivia, alert=alert, note="Looking at it", now=now)
    assert asked(rosa, now, "Red alert") == []


class TestAnotherUnit:
    """Nothing of a unit waits for, reminds or tells people of another, whatever they may do in their own."""

    @pytest.fixture
    def stranger(self, olivia, dmitri, victor, rosa, ruth, oscar, now):
        a_world(olivia, dmitri, victor, rosa, ruth, now, petra=also(dmitri, "platform_engineer"))
        for role in ("risk_officer", "validator", "model_owner", "platform_engineer"):
            oscar = also(oscar, role)
        return oscar

    def test_nothing_waits(self, stranger, rosa, olivia, now):
        assert stranger.has_perm("inventory.decide_intake") and waiting_for(stranger, now) == []
        assert {item.what for item in waiting_for(rosa, now)} >= {"Decide intake", "Red alert", "Decide"}
        assert {item.what for item in waiting_for(olivia, now)} >= {"Plan the mending", "Red alert"}

    def test_nobody_is_told_or_reminded(self, stranger, rosa, now):
        read_ledger(now=now)
        for days in range(0, 60, 3):
            remind_all(now + timedelta(days=days))
        assert not Notification.objects.filter(recipient=stranger).exclude(root_reference="").exists()
        assert Notification.objects.filter(recipient=rosa, key__startswith="reminder").exists()

    def test_a_reminder_that_names_them_does_not_reach_them(self, stranger, rosa, now):
        about = {"sentence": "Due soon", "root_reference": "MDL-0001"}
        tell_of(Reminder(key="once", recipients=(stranger, rosa), **about), now=now)
        assert [row.recipient for row in Notification.objects.filter(sentence="Due soon")] == [rosa]
