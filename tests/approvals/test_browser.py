"""Approvals in a real browser: accessible in light and dark, on desk and phone, and decided without a script."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from apps.approvals.models import Decision
from apps.approvals.services.conditions import fulfil_condition
from apps.approvals.services.delegations import delegate
from apps.policies.installing import install_defaults
from tests.builders.versions import approval_of, fresh, in_approval, word
from tests.conftest import person

pytestmark = pytest.mark.browser
CONDITIONS = [
    {"text": "Retest on 2016 outcomes", "due": "2026-12-20"},
    {"text": "Name a deputy", "due": "2026-11-30"},
]


@pytest.fixture
def people(own_database, now):
    people = {name: person(name) for name in ("olivia", "dmitri", "victor", "rosa", "ruth")}
    install_defaults(people["rosa"], people["ruth"], now)
    return people


@pytest.fixture
def signed_in(page, site, people):
    client = Client()
    client.force_login(people["rosa"])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def open_version(people, now, **said):
    return in_approval(people["olivia"], people["dmitri"], people["victor"], now, **said)


def test_the_inbox_and_an_open_approval_fit_everywhere(signed_in, site, people, look_at, now):
    version = open_version(people, now)
    approval = approval_of(version)
    word(people["ruth"], approval, now, "approve_with_conditions", conditions=CONDITIONS[:1])
    assert look_at(f"{site}/approvals/", "approvals") == []
    assert look_at(f"{site}{approval.get_absolute_url()}", "approval-open") == []
    assert look_at(f"{site}/versions/{version.reference}/", "version-in-approval") == []


def test_a_granted_approval_with_its_conditions_fits_everywhere(signed_in, site, people, look_at, now):
    version = open_version(people, now)
    approval = approval_of(version)
    word(people["rosa"], approval, now, "approve_with_conditions", conditions=CONDITIONS)
    word(people["ruth"], approval, now)
    fulfil_condition(
        actor=people["dmitri"], condition=approval.conditions.get(number=1), evidence={}, note="AUC 0.79", now=now
    )
    assert look_at(f"{site}{approval.get_absolute_url()}", "approval-granted") == []
    assert look_at(f"{site}{approval.get_absolute_url()}conditions/1/verification/", "condition") == []
    assert look_at(f"{site}{approval.get_absolute_url()}suspension/", "suspension") == []


def test_lending_a_seat_fits_everywhere(signed_in, site, people, look_at, now):
    delegate(
        actor=people["rosa"],
        deputy=people["ruth"],
        role="risk_officer",
        reason="On leave",
        ends_at=now + timedelta(days=600),
        now=now,
    )
    assert look_at(f"{site}/approvals/delegations/", "delegations") == []


def test_a_version_is_decided_on_from_its_page_by_keyboard(signed_in, site, people, now):
    version = open_version(people, now)
    signed_in.goto(f"{site}/versions/{version.reference}/")
    signed_in.get_by_label("Approve", exact=True).check()
    signed_in.get_by_label("Reason").fill("Convinced by the evidence.")
    signed_in.get_by_label("Password, to sign").fill("rosa")
    signed_in.keyboard.press("Enter")
    signed_in.get_by_text("Signed as SIG-").wait_for()
    assert Decision.objects.get().decider == people["rosa"]


def test_without_scripts_a_condition_can_be_stated(browser, site, people, now):
    approval = approval_of(open_version(people, now))
    client = Client()
    client.force_login(people["rosa"])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    page = context.new_page()
    page.goto(f"{site}{approval.get_absolute_url()}")
    page.get_by_label("Approve with conditions").check()
    page.get_by_label("Reason").fill("One thing is open.")
    page.get_by_text("Conditions and exceptions").click()
    page.get_by_label(re.compile("^Condition 1")).fill("Retest on 2016 outcomes")
    in_a_fortnight = (datetime.now(UTC) + timedelta(days=14)).date().isoformat()
    page.get_by_label("Until, condition 1").fill(in_a_fortnight)
    page.get_by_label("Password, to sign").fill("rosa")
    page.get_by_role("button", name="Sign and record decision").click()
    page.get_by_text("Signed as SIG-").wait_for()
    assert fresh(approval).conditions.get().text == "Retest on 2016 outcomes"
    context.close()
