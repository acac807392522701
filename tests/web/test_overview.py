"""What waits for whom, and what is found by whom."""

from importlib import import_module

import pytest
from django.urls import reverse

from apps.audit.models import Entry
from apps.audit.services import erase_payload
from apps.core.events import Event, words_of
from apps.web.selectors import portfolio, recent, search
from apps.web.waiting import waiting_for
from tests.builders.inventory import a_model
from tests.builders.versions import a_draft, approval_of, evaluated, in_approval, submitted, word

pytestmark = pytest.mark.usefixtures("policies_in_force")

ROOMS = (  # whose events are about models and datasets
    "approvals",
    "datasets",
    "deployments",
    "dossiers",
    "evaluations",
    "exceptions",
    "findings",
    "inventory",
    "monitoring",
    "reports",
    "retirement",
    "validations",
)


def titles(user, now):
    return {(item.what, item.title) for item in waiting_for(user, now)}


def test_a_version_waits_for_a_validator_who_did_not_build_it(olivia, dmitri, victor, now):
    version = evaluated(submitted(olivia, dmitri, now), now)
    assert ("Validate", f"{version.model.name} 1.0.0") in titles(victor, now)
    assert titles(dmitri, now) == set()


def test_an_approval_waits_for_those_who_have_a_seat(olivia, dmitri, victor, rosa, aisha, now):
    version = in_approval(olivia, dmitri, victor, now)
    assert ("Decide", f"{version.model.name} 1.0.0") in titles(rosa, now)
    assert ("Attest the use", version.reference) in titles(olivia, now)
    assert titles(aisha, now) == set()


def test_a_draft_waits_for_who_made_it(olivia, dmitri, now):
    version = a_draft(olivia, dmitri, now)
    assert ("Your draft", version.reference) in titles(dmitri, now)


def test_the_portfolio_counts_what_one_may_see(olivia, oscar, aisha, dmitri, now):
    a_draft(olivia, dmitri, now)
    a_model(olivia, now, name="Without a version")
    assert portfolio(oscar)["total"] == 0
    seen = portfolio(aisha)
    assert seen["total"] == 2
    assert {status for _, status, _ in seen["statuses"]} == {"draft", "proposed"}


def test_search_finds_only_what_one_may_see(olivia, oscar, dmitri, now):
    a_draft(olivia, dmitri, now)
    assert [heading for heading, _ in search(olivia, "waiver")] == ["Models"]
    assert [heading for heading, _ in search(olivia, "MDL-0001")] == ["Models", "Versions"]
    assert search(oscar, "waiver") == []


@pytest.mark.parametrize("words", ["", "a", "\x00\x00\x00", "%' OR 1=1 --", "<script>"])
def test_search_bears_any_words(words, olivia, client, now):
    a_model(olivia, now)
    client.force_login(olivia)
    answer = client.get(reverse("search"), {"q": words})
    assert answer.status_code == 200 and "<script>alert" not in answer.content.decode()


def test_every_page_has_the_way_around(olivia, dmitri, victor, rosa, client, now):
    in_approval(olivia, dmitri, victor, now)
    client.force_login(rosa)
    page = client.get("/").content.decode()
    assert "Model inventory" in page and "Employment verification waiver 1.0.0" in page


def test_the_overview_costs_the_same_with_more_models(olivia, aisha, client, django_assert_max_num_queries, now):
    for number in range(12):
        a_model(olivia, now, name=f"Model {number}")
    client.force_login(aisha)
    client.get("/")
    with django_assert_max_num_queries(30):
        client.get("/")


def sentences(user):
    return [f"{told.who} {told.before}{told.what}{told.after}" for told in recent(user)]


def test_recently_says_who_did_what_to_what(client, olivia, dmitri, victor, rosa, ruth, aisha, now):
    version = in_approval(olivia, dmitri, victor, now)
    approval = approval_of(version)
    word(rosa, approval, now)
    word(ruth, approval, now)
    told, named = sentences(aisha), f"{version.model.name} 1.0.0"
    assert f"{ruth.name} approved {version.reference} {named}" in told
    assert f"{rosa.name} decided on {approval.reference} {named}: approve" in told
    assert f"{victor.name} laid {version.reference} {named} before the deciders" in told
    client.force_login(aisha)
    assert f'approved <a href="{version.get_absolute_url()}">{version.reference} ' in client.get("/").content.decode()


def test_what_was_erased_is_told_by_its_verb_alone(olivia, dmitri, victor, rosa, adam, aisha, now):
    approval = approval_of(in_approval(olivia, dmitri, victor, now))
    word(rosa, approval, now)
    assert f"{rosa.name} decided on {approval.reference} {approval.title}: approve" in sentences(aisha)
    entry = Entry.objects.get(verb="approvals.decision_signed")
    erase_payload(actor=adam, entry=entry, reason="GDPR article 17", now=now)
    assert f"{rosa.name} decided on {approval.reference} {approval.title}" in sentences(aisha)


def test_recently_costs_no_more_for_more_rows_of_a_kind(olivia, aisha, django_assert_num_queries, now):
    a_model(olivia, now, name="First")
    recent(aisha)  # permissions are read once
    with django_assert_num_queries(3):
        recent(aisha)
    for number in range(5):
        a_model(olivia, now, name=f"Model {number}")
    with django_assert_num_queries(3):
        recent(aisha)


@pytest.mark.parametrize("room", ROOMS)
def test_an_event_has_words_or_a_verb_that_reads_like_one(room):
    found = [one for one in vars(import_module(f"apps.{room}.events")).values() if isinstance(one, Event)]
    assert found
    for event in found:
        words, _ = words_of(event.verb)
        assert ("{it}" in words) != ("{root}" in words)
        assert event.says or words.endswith("ed {it}"), event.verb


def test_people_are_found_within_ones_units_only(olivia, oscar, aisha, now):
    assert [row[0] for heading, rows in search(oscar, "olivia") for row in rows] == []
    assert [row[0] for heading, rows in search(aisha, "oscar") for row in rows] == ["Oscar Brandt"]
