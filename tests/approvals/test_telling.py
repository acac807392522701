"""Who is told of what happens to an approval, and who is reminded."""

from datetime import timedelta

import pytest

from apps.approvals.services.conditions import announce_overdue
from apps.approvals.telling import conditions_due, stages_due
from apps.audit.models import Entry
from apps.exceptions.telling import ending
from apps.findings.services import open_finding
from apps.notifications.reading import notifications_of
from tests.builders.exceptions import granted
from tests.builders.versions import approval_of, word

pytestmark = pytest.mark.usefixtures("policies_in_force")
CONDITION = [{"text": "Retest on 2016 outcomes", "due": "2026-12-20"}]


@pytest.fixture
def version(version_in_approval):
    return version_in_approval


def told_of(verb, now):
    entry = Entry.objects.filter(verb=verb).latest("pk")
    return {told.recipient.name.split()[0]: told.sentence for told in notifications_of(entry, now)}


def test_those_who_are_asked_hear_that_it_waits_for_them(version, rosa, ruth, oscar, now):
    told = told_of("approvals.approval_opened", now)
    assert set(told) == {"Rosa", "Ruth"} and "waits for your decision" in told["Rosa"]


def test_submitter_owner_and_the_next_hear_of_a_decision(version, rosa, ruth, now):
    word(rosa, approval_of(version), now)
    assert set(told_of("approvals.decision_signed", now)) == {"Dmitri", "Olivia", "Ruth"}


def test_everybody_involved_hears_of_a_condition_that_is_late_and_of_the_suspension(version, rosa, ruth, now):
    approval = approval_of(version)
    word(rosa, approval, now, "approve_with_conditions", conditions=CONDITION)
    word(ruth, approval, now)
    announce_overdue(now=now + timedelta(days=40))
    everybody = {"Dmitri", "Olivia", "Rosa", "Ruth"}
    assert set(told_of("approvals.condition_overdue", now)) == everybody
    assert set(told_of("approvals.approval_suspended", now)) == everybody


def test_who_has_not_signed_is_reminded_as_the_route_says(version, rosa, ruth, now):
    word(rosa, approval_of(version), now)
    assert list(stages_due(now)) == []
    (reminder,) = stages_due(now + timedelta(days=7))
    assert reminder.recipients == (ruth,) and "due in 7 days" in reminder.sentence
    (late,) = stages_due(now + timedelta(days=20))
    assert "overdue" in late.sentence


def test_a_condition_reminds_two_weeks_before(version, rosa, ruth, now):
    approval = approval_of(version)
    word(rosa, approval, now, "approve_with_conditions", conditions=CONDITION)
    word(ruth, approval, now)
    assert list(conditions_due(now)) == []
    (reminder,) = conditions_due(now + timedelta(days=13))
    assert "20 Dec 2026" in reminder.sentence and rosa in reminder.recipients


def test_owner_hears_of_a_finding(version, victor, now):
    open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
    assert set(told_of("findings.finding_opened", now)) == {"Olivia"}


def test_owner_and_developer_hear_of_the_conclusion(version, now):
    assert set(told_of("validations.validation_concluded", now)) == {"Olivia", "Dmitri"}


def test_who_asked_for_an_exception_is_told_and_reminded_of_its_end(version, dmitri, rosa, ruth, now):
    granted(dmitri, version, [rosa, ruth], now)
    assert "Dmitri" in told_of("exceptions.exemption_granted", now)
    (reminder,) = ending(now + timedelta(days=98))
    assert dmitri in reminder.recipients and "31 Mar 2027" in reminder.sentence
