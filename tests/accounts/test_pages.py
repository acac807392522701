"""The pages about people."""

import re

import pytest
from django.utils import timezone

from apps.accounts.models import ApiToken, Reset, RoleGrant, User
from apps.accounts.services.resets import request_reset
from apps.accounts.services.roles import grant_role, request_role
from apps.accounts.services.tokens import issue_token
from tests.builders.inventory import a_model

PAGES = ["/people/", "/people/units/", "/people/roles/"]


@pytest.fixture
def as_adam(client, adam):
    client.force_login(adam)
    return client


def test_administrators_and_auditors_see_everybody(client, adam, aisha, dmitri):
    for person in (adam, aisha):
        client.force_login(person)
        page = client.get("/people/").content.decode()
        assert "Dmitri Petrov" in page and ("New person" in page) is (person == adam)
        assert client.get(f"/people/{dmitri.reference}/").status_code == 200


def test_others_see_themselves_only(client, dmitri, olivia):
    client.force_login(dmitri)
    assert client.get("/people/").status_code == 403
    assert client.get(f"/people/{dmitri.reference}/").status_code == 200
    assert client.get(f"/people/{olivia.reference}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=petrov", {"Dmitri Petrov"}),
        ("role=risk_officer", {"Rosa Ferreira"}),
        ("state=closed", set()),
        ("q=nobody", set()),
    ],
)
def test_the_list_is_narrowed(as_adam, dmitri, rosa, query, names):
    page = as_adam.get(f"/people/?{query}").content.decode()
    assert {name for name in ("Dmitri Petrov", "Rosa Ferreira") if name in page} == names


def test_a_refused_page_says_why_and_leads_to_who_may(client, rosa):
    client.force_login(rosa)
    page = client.get("/people/")
    assert page.status_code == 403
    assert "Only administrators and auditors see everybody" in page.content.decode()
    assert 'href="/people/roles/"' in page.content.decode()
    assert client.get("/people/roles/").status_code == 200


def test_an_account_s_log_reads_as_sentences(as_adam, client, adam, ada, rosa, now):
    grant = request_role(actor=adam, user=rosa, role="validator", reason="Another one", now=now)
    grant_role(actor=ada, grant=grant, now=now)
    log = as_adam.get(rosa.get_absolute_url()).content.decode().partition("What happened")[2]
    assert f"<b>{adam.name}</b> asked for the role Independent validator" in log
    assert f"<b>{ada.name}</b> granted the role Independent validator" in log
    assert "A person" not in log and "A second person" not in log


@pytest.mark.parametrize("address", ["/people/roles/", "/people/units/", "/people/{rosa}/"])
def test_nobody_is_led_where_they_may_not_go(client, rosa, adam, address):
    client.force_login(rosa)
    assert 'href="/people/"' not in client.get(address.format(rosa=rosa.reference)).content.decode()
    client.force_login(adam)
    assert 'href="/people/"' in client.get(address.format(rosa=rosa.reference)).content.decode()


def test_the_list_costs_the_same_for_many(as_adam, dmitri, django_assert_max_num_queries):
    for number in range(30):
        User.objects.create_user(f"p{number}@demo.example", name=f"Person {number}")
    with django_assert_max_num_queries(20):
        as_adam.get("/people/")


def test_a_person_is_invited_and_the_link_shown_once(as_adam):
    page = as_adam.post("/people/new/", {"name": "Nora Lund", "email": "nora@demo.example", "title": ""})
    assert re.search(r"/welcome/USR-\d+/", page.content.decode())
    nora = User.objects.get(email="nora@demo.example")
    assert "/welcome/" not in as_adam.get(f"/people/{nora.reference}/").content.decode()


def test_a_role_goes_from_one_administrator_to_the_other(as_adam, ada, dmitri):
    as_adam.post(f"/people/{dmitri.reference}/role/", {"role": "ml_engineer", "reason": "Packages"})
    grant = RoleGrant.objects.get()
    own = as_adam.post(f"/people/grants/{grant.reference}/grant/", {"revision": grant.revision})
    assert own.status_code == 422 and "somebody else has to do this" in own.content.decode()
    as_adam.force_login(ada)
    assert "ML engineer" in as_adam.get("/people/").content.decode()
    as_adam.post(f"/people/grants/{grant.reference}/grant/", {"revision": grant.revision})
    assert "ml_engineer" in User.objects.get(pk=dmitri.pk).roles
    grant.refresh_from_db()
    revoked = {"revision": grant.revision, "reason": "Moved"}
    as_adam.post(f"/people/grants/{grant.reference}/revoke/", revoked)
    assert "ml_engineer" not in User.objects.get(pk=dmitri.pk).roles


def test_what_was_typed_is_kept_where_it_is_refused(as_adam, ada):
    page = as_adam.post(f"/people/{ada.reference}/role/", {"role": "risk_officer", "reason": "She is good"})
    assert page.status_code == 422
    assert "kept apart" in page.content.decode() and "She is good" in page.content.decode()


def test_a_reset_shows_its_link_to_who_carries_it_out(as_adam, ada, dmitri, now):
    reset = request_reset(actor=ada, user=dmitri, what="password", reason="Forgotten", now=now)
    page = as_adam.post(f"/people/resets/{reset.reference}/carry-out/", {"revision": reset.revision})
    assert f"/welcome/{dmitri.reference}/" in page.content.decode()
    assert page["Cache-Control"].startswith("max-age=0")
    assert Reset.objects.get().status == "done"


def test_access_and_closing(as_adam, olivia, oscar, now):
    model = a_model(olivia, now)
    as_adam.post(f"/people/{oscar.reference}/access/", {"root_reference": model.reference, "reason": "Helps"})
    assert model.reference in as_adam.get(f"/people/{oscar.reference}/").content.decode()
    as_adam.post(f"/people/{oscar.reference}/end-access/", {"root_reference": model.reference})
    as_adam.post(f"/people/{oscar.reference}/deactivate/", {"reason": "Left"})
    assert not User.objects.get(pk=oscar.pk).is_active


def test_a_program_gets_a_key_that_is_shown_once(as_adam, dmitri):
    as_adam.post("/people/programs/new/", {"name": "Scoring batch", "answerable": dmitri.pk})
    machine = User.objects.get(account_kind="machine")
    page = as_adam.post(
        f"/people/{machine.reference}/tokens/", {"name": "nightly", "expires_in_days": 30}
    ).content.decode()
    secret = re.search(r"qst_\w+", page)[0]
    assert secret not in as_adam.get(f"/people/{machine.reference}/").content.decode()
    as_adam.post(f"/people/{machine.reference}/tokens/{ApiToken.objects.get().pk}/end/")
    assert ApiToken.objects.get().revoked_at


def test_units_are_made_and_renamed(as_adam):
    as_adam.post("/people/units/new/", {"name": "Treasury"})
    unit = as_adam.get("/people/units/").context["units"].get(name="Treasury")
    as_adam.post(f"/people/units/{unit.pk}/", {"name": "Treasury and markets"})
    assert "Treasury and markets" in as_adam.get("/people/units/").content.decode()


def test_one_s_own_keys_are_made_shown_once_and_revoked(client, dmitri):
    client.force_login(dmitri)
    page = client.post("/profile/tokens/", {"name": "notebook", "expires_in_days": 7}).content.decode()
    secret = re.search(r"qst_\w+", page)[0]
    assert secret not in client.get("/profile/").content.decode()
    client.post(f"/profile/tokens/{ApiToken.objects.get().pk}/end/")
    assert ApiToken.objects.get().revoked_at


def test_somebody_else_s_key_is_not_there_to_revoke(client, dmitri, oscar):
    token = issue_token(actor=oscar, now=timezone.now()).token
    client.force_login(dmitri)
    assert client.post(f"/profile/tokens/{token.pk}/end/").status_code == 404
    assert client.post(f"/people/{oscar.reference}/tokens/{token.pk}/end/").status_code == 404


def test_a_theme_is_kept_without_a_script(client, dmitri):
    client.force_login(dmitri)
    client.post("/profile/theme/", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/profile/").content.decode()


class TestApi:
    def test_people_and_grants(self, client, adam, ada, dmitri):
        client.force_login(adam)
        listed = client.get("/api/v1/people/").json()["results"]
        assert {one["email"] for one in listed} >= {"dmitri@demo.example", "adam@demo.example"}
        asked = {"user": dmitri.reference, "role": "ml_engineer", "reason": "Packages"}
        made = client.post("/api/v1/role-grants/", asked, content_type="application/json")
        assert made.status_code == 201, made.json()
        confirmation = f"/api/v1/role-grants/{made.json()['reference']}/confirmation/"
        assert client.post(confirmation, {}, content_type="application/json").status_code == 422
        client.force_login(ada)
        granted = client.post(confirmation, {}, content_type="application/json")
        assert granted.status_code == 201 and granted.json()["status"] == "granted"

    def test_others_see_their_own_grants_only(self, client, adam, dmitri, olivia, now):
        request_role(actor=adam, user=dmitri, role="ml_engineer", reason="Packages", now=now)
        for person, seen in ((dmitri, 1), (olivia, 0)):
            client.force_login(person)
            assert len(client.get("/api/v1/role-grants/").json()["results"]) == seen
            assert len(client.get("/api/v1/people/").json()["results"]) == 1

    def test_a_person_is_made_with_a_link(self, client, adam, olivia, now):
        client.force_login(adam)
        said = {"email": "nora@demo.example", "name": "Nora Lund"}
        made = client.post("/api/v1/people/", said, content_type="application/json")
        assert made.status_code == 201 and "/welcome/USR-" in made.json()["link"]
        model = a_model(olivia, now)
        access = {"root_reference": model.reference, "reason": "Helps"}
        there = f"/api/v1/people/{made.json()['reference']}"
        assert client.post(f"{there}/access/", access, content_type="application/json").status_code == 201
        assert client.post(f"{there}/access/", access, content_type="application/json").status_code == 409
        assert client.post(f"{there}/access-end/", access, content_type="application/json").status_code == 201
        client.force_login(olivia)
        assert client.post("/api/v1/people/", said, content_type="application/json").status_code == 403


@pytest.mark.browser
class TestLooks:
    def test_of_the_doors_and_the_pages(self, own_database, site, page, look_at, now):
        from tests.conftest import person

        adam, ada, dmitri, rosa = (person(name) for name in ("adam", "ada", "dmitri", "rosa"))
        request_role(actor=ada, user=dmitri, role="ml_engineer", reason="Packages models for release", now=now)
        request_reset(actor=ada, user=rosa, what="password", reason="Forgotten over the holidays", now=now)
        issue_token(actor=adam, now=timezone.now(), name="notebook")
        faults = look_at(f"{site}/login/", "accounts-log-in")
        page.fill("[name=login]", "adam@demo.example")
        page.fill("[name=password]", "adam")
        page.click("main button")
        for path, name in (
            ("/profile/", "profile"),
            ("/people/", "people"),
            (f"/people/{dmitri.reference}/", "person"),
            (f"/people/{rosa.reference}/", "person-with-reset"),
            ("/people/new/", "invite"),
            ("/people/units/", "units"),
            ("/people/roles/", "roles"),
            ("/2fa/totp/activate/", "one-time-codes"),
            ("/password/change/", "password"),
            ("/logout/", "log-out"),
        ):
            faults += look_at(f"{site}{path}", f"accounts-{name}")
        assert faults == []
