"""What waits for whom, and what is found by whom."""

import pytest
from django.urls import reverse

from apps.web.selectors import portfolio, search, waiting_for
from tests.builders.inventory import a_model
from tests.builders.versions import a_draft, evaluated, in_approval, submitted

pytestmark = pytest.mark.usefixtures("policies_in_force")


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


def test_people_are_found_within_ones_units_only(olivia, oscar, aisha, now):
    assert [row[0] for heading, rows in search(oscar, "olivia") for row in rows] == []
    assert [row[0] for heading, rows in search(aisha, "oscar") for row in rows] == ["Oscar Brandt"]
