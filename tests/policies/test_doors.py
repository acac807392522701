"""Policies over the API and the pages."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.policies.installing import install_defaults
from apps.policies.models import Policy, PolicyVersion
from apps.policies.services import draft_version
from tests.builders.policies import default_text, draft, gate_yaml, published

YAML = "text/yaml"


def post(client, address, body="{}", kind="application/json", **more):
    return client.post(f"/api/v1/policies/{address}", body, content_type=kind, **more)


class TestTheApi:
    def test_yaml_makes_a_policy_with_a_draft(self, client, rosa):
        client.force_login(rosa)
        answer = post(client, "", gate_yaml(), YAML)
        body = answer.json()
        assert answer.status_code == 201, body
        assert (body["kind"], body["name"], body["in_force"]) == ("gate_policy", "Ranking", None)
        assert body["draft"] == f"{body['reference']}@1" and body["versions"] == [body["draft"]]

    @pytest.mark.parametrize("kind", ["application/yaml", "application/x-yaml", "text/plain"])
    def test_yaml_has_many_names(self, kind, client, rosa):
        client.force_login(rosa)
        assert post(client, "", gate_yaml(), kind).status_code == 201

    def test_json_will_do(self, client, rosa):
        client.force_login(rosa)
        document = {
            "kind": "finding_deadlines",
            "name": "Deadlines",
            "severities": [{"severity": "high", "meaning": "x", "days": 9, "plan_days": 2}],
        }
        assert post(client, "", json.dumps(document)).status_code == 201

    def test_errors_are_told_by_line_and_field(self, client, rosa):
        client.force_login(rosa)
        answer = post(client, "", gate_yaml().replace("limit:", "limt:"), YAML)
        body = answer.json()
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        assert body["code"] == "policy_unreadable" and not Policy.objects.exists()
        assert body["errors"]["gates[0].limt"] == ["Line 9: “limt” isn't a field here. Did you mean “limit”?"]
        assert body["lines"][1] == {
            "line": 9,
            "column": 5,
            "field": "gates[0].limt",
            "message": "“limt” isn't a field here. Did you mean “limit”?",
        }

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (b"name: \xff", "UTF-8"),
            (b"name: a\x00b", "U+0000"),
            (b"[" * 2_000_000, "1 MB"),
            (b"", "nothing here"),
            (b"a: &a [1]\nb: *a", "Anchors"),
        ],
    )
    def test_bad_bodies_get_a_sentence(self, body, said, client, rosa):
        client.force_login(rosa)
        answer = post(client, "", body, YAML)
        assert answer.status_code == 422 and said in answer.json()["detail"]

    def test_its_way_to_publication(self, client, rosa, ruth):
        client.force_login(rosa)
        reference = post(client, "", gate_yaml(), YAML).json()["reference"]
        assert post(client, f"{reference}/publication/").status_code == 422
        client.force_login(ruth)
        answer = post(client, f"{reference}%401/publication/", '{"note": "Agreed"}')
        assert (answer.status_code, answer.json()["status"]) == (201, "published")
        shown = client.get(f"/api/v1/policies/{reference}/").json()
        assert shown["in_force"]["reference"] == f"{reference}@1" and shown["draft"] is None
        again = post(client, f"{reference}/publication/")
        assert again.status_code == 409 and "has no draft" in again.json()["detail"]
        following = post(client, f"{reference}/versions/?note=Stricter", gate_yaml(least="0.8"), YAML)
        assert (following.json()["reference"], following.json()["note"]) == (f"{reference}@2", "Stricter")
        listed = client.get(f"/api/v1/policies/{reference}/versions/").json()["results"]
        assert [version["number"] for version in listed] == [2, 1]

    def test_a_failing_case_is_told_with_what_it_gave(self, client, rosa, ruth, now):
        version = draft(rosa, now, expect="failed")
        client.force_login(ruth)
        answer = post(client, f"{version.reference}/publication/")
        assert answer.status_code == 422
        assert answer.json()["cases"][0]["got"] == {"outcome": "passed"}

    def test_cases_run_without_publishing_or_keeping(self, client, drafted, rosa):
        client.force_login(rosa)
        stored = post(client, f"{drafted.reference}/cases/").json()
        assert stored["passed"] and stored["cases"][0]["name"] == "A good ranking"
        tried = post(client, f"{drafted.reference}/cases/", gate_yaml(least="0.95"), YAML).json()
        assert not tried["passed"] and PolicyVersion.objects.get().digest == drafted.digest

    def test_a_draft_is_edited_with_the_revision_one_saw(self, client, drafted, rosa):
        client.force_login(rosa)
        address = f"/api/v1/policies/{drafted.reference}/"
        body, seen = gate_yaml(least="0.8"), client.get(address)["ETag"]
        assert client.patch(address, body, content_type=YAML).status_code == 428
        assert client.patch(address, body, content_type=YAML, headers={"If-Match": '"99"'}).status_code == 412
        answer = client.patch(address, body, content_type=YAML, headers={"If-Match": seen})
        assert answer.status_code == 200 and answer.json()["document"]["gates"][0]["limit"]["min"] == 0.8

    def test_a_draft_can_be_withdrawn(self, client, drafted, ruth):
        client.force_login(ruth)
        answer = post(client, f"{drafted.reference}/withdrawal/", '{"note": "Mine is better"}')
        assert (answer.status_code, answer.json()["status"]) == (201, "withdrawn")

    def test_one_key_makes_one_policy(self, client, rosa):
        client.force_login(rosa)
        first, second = (post(client, "", gate_yaml(), YAML, headers={"Idempotency-Key": "k"}) for _ in range(2))
        assert first.json() == second.json() and Policy.objects.count() == 1

    def test_everybody_reads_and_only_risk_officers_write(self, client, drafted, oscar, dmitri, aisha):
        for person in (oscar, dmitri, aisha):
            client.force_login(person)
            assert client.get(f"/api/v1/policies/{drafted.policy.reference}/").status_code == 200
        assert post(client, "", gate_yaml(name="Other"), YAML).status_code == 403
        assert post(client, f"{drafted.reference}/cases/").status_code == 403

    def test_what_is_not_there_is_404(self, client, rosa):
        client.force_login(rosa)
        for address in ("POL-9999/", "POL-9999@1/"):
            assert client.get(f"/api/v1/policies/{address}").status_code == 404
        assert post(client, "POL-9999/publication/").status_code == 404

    def test_the_list_costs_the_same_however_long(self, client, rosa, ruth, now):
        def queries():
            with CaptureQueriesContext(
                connection,
            ) as counted:
                client.get("/api/v1/policies/?kind=gate_policy")
            return len(counted)

        client.force_login(rosa)
        draft(rosa, now)
        few = queries()
        for number in range(5):
            draft(rosa, now, name=f"Policy {number}")
        assert queries() == few


class TestThePages:
    def test_a_stranger_is_asked_to_sign_in(self, client, db):
        assert client.get("/policies/").status_code == 302

    def test_the_list_says_what_is_in_force(self, client, rosa, ruth, now, aisha):
        install_defaults(rosa, ruth, now)
        client.force_login(aisha)
        page = client.get("/policies/").content.decode()
        assert "Gates for decisions about people" in page and "version 1" in page and "Propose" not in page

    def test_a_policy_in_force_offers_a_next_version_to_who_may_draft(self, client, rosa, ruth, now, aisha):
        policy = published(rosa, ruth, now).policy
        client.force_login(rosa)
        assert "Draft a next version" in client.get(policy.get_absolute_url()).content.decode()
        client.force_login(aisha)
        assert "Draft a next version" not in client.get(policy.get_absolute_url()).content.decode()

    def test_an_empty_list_says_what_would_be_here(self, client, rosa):
        client.force_login(rosa)
        assert "Until there is one" in client.get("/policies/").content.decode()

    @pytest.mark.parametrize("kind", ["gate_policy", "tiering_method", "approval_route", "monitoring_limits", "x"])
    def test_the_editor_begins_from_an_example(self, kind, client, rosa):
        client.force_login(rosa)
        page = client.get(f"/policies/new/?kind={kind}").content.decode()
        assert ("kind: " + kind in page) == (kind != "x")

    def test_a_mistake_stands_beside_what_was_typed_and_nothing_is_lost(self, client, rosa):
        client.force_login(rosa)
        typed = gate_yaml().replace("limit:", "limt:").replace("\n", "\r\n")
        answer = client.post("/policies/new/", {"text": typed, "note": "My reasons"})
        page = answer.content.decode()
        assert answer.status_code == 422 and "2 lines have to be mended" in page
        assert 'href="#L9"' in page and 'id="L9"' in page and "Did you mean “limit”?" in page
        assert "My reasons" in page and "limt: {min: 0.7}" in page and not Policy.objects.exists()

    def test_it_can_be_checked_without_saving(self, client, rosa):
        client.force_login(rosa)
        page = client.post("/policies/new/", {"text": gate_yaml(), "check": "1"}).content.decode()
        assert "As expected" in page and not Policy.objects.exists()

    def test_from_the_editor_into_force(self, client, rosa, ruth):
        client.force_login(rosa)
        answer = client.post("/policies/new/", {"text": gate_yaml()})
        version = PolicyVersion.objects.get()
        assert (answer.status_code, answer.url) == (302, version.policy.get_absolute_url())
        assert "\r" not in version.text
        address = f"{version.get_absolute_url()}publish/"
        assert "somebody else has to publish it" in client.get(address).content.decode()
        client.force_login(ruth)
        form = client.get(address).content.decode()
        revision = re.search(r'name="revision" value="(\d+)"', form)[1]
        answer = client.post(address, {"revision": revision, "note": "Agreed"})
        assert (answer.status_code, answer.url) == (302, version.get_absolute_url())
        version.refresh_from_db()
        assert version.status == "published"
        assert client.get(address).status_code == 409

    def test_a_proposal_begins_with_its_kind(self, client, rosa):
        client.force_login(rosa)
        page = client.get("/policies/new/").content.decode()
        assert "<textarea" not in page and page.count('aria-label="Begin: ') == 5

    def test_an_edit_keeps_to_the_revision_that_was_seen(self, client, drafted, rosa):
        client.force_login(rosa)
        body = {"text": gate_yaml(least="0.8"), "note": "", "revision": drafted.revision - 1}
        answer = client.post(f"{drafted.get_absolute_url()}edit/", body)
        assert answer.status_code == 422 and "Somebody changed this" in answer.content.decode()

    def test_a_failing_case_closes_publication(self, client, rosa, ruth, now):
        version = draft(rosa, now, expect="failed")
        client.force_login(ruth)
        page = client.get(f"{version.get_absolute_url()}publish/").content.decode()
        assert "while one of its cases fails" in page and "Not as expected" in page
        body = {"revision": version.revision}
        assert client.post(f"{version.get_absolute_url()}publish/", body).status_code == 422

    def test_versions_are_compared_line_by_line(self, client, rosa, ruth, now):
        first = published(rosa, ruth, now)
        draft_version(actor=rosa, policy=first.policy, text=gate_yaml(least="0.8"), now=now)
        client.force_login(ruth)
        page = client.get(f"/policies/{first.policy.reference}/diff/").content.decode()
        assert "1 line added, 1 removed" in page and "unchanged lines" in page
        same = client.get(f"/policies/{first.policy.reference}/diff/?from=1&to=1").content.decode()
        assert "No difference" in same
        assert client.get(f"/policies/{first.policy.reference}/diff/?from=7").status_code == 404

    def test_who_may_not_write_sees_no_editor(self, client, drafted, dmitri):
        client.force_login(dmitri)
        assert client.get("/policies/new/").status_code == 403
        assert client.get(f"{drafted.get_absolute_url()}edit/").status_code == 403
        page = client.get(drafted.get_absolute_url()).content.decode()
        assert "Withdraw" not in page and "Publish</a>" not in page

    def test_another_withdraws_a_draft(self, client, drafted, ruth):
        client.force_login(ruth)
        body = {"note": "Not needed", "revision": drafted.revision}
        assert client.post(f"{drafted.get_absolute_url()}withdraw/", body).status_code == 302


@pytest.mark.browser
def test_the_pages_are_accessible_and_fit(own_database, site, page, look_at, now):
    from tests.conftest import person

    rosa, ruth = person("rosa"), person("ruth")
    install_defaults(rosa, ruth, now)
    policy = Policy.objects.get(policy_kind="gate_policy", name="Gates for decisions about people")
    text = default_text("gates_binary_classification").replace("limit: {min: 0.70}", "limit: {min: 0.75}")
    following = draft_version(actor=rosa, policy=policy, text=text, now=now, note="Ranking has to be better.")
    sign_in(page, site, "ruth@demo.example", "ruth")
    base = f"{site}{policy.get_absolute_url()}"
    addresses = {
        "list": f"{site}/policies/",
        "policy": base,
        "version": f"{site}{following.get_absolute_url()}",
        "diff": f"{base}diff/",
        "publish": f"{site}{following.get_absolute_url()}publish/",
        "editor": f"{site}/policies/new/?kind=tiering_method",
        "route": f"{site}{Policy.objects.filter(policy_kind='approval_route')[0].get_absolute_url()}",
    }
    faults = [fault for name, address in addresses.items() for fault in look_at(address, f"policies-{name}")]
    assert faults == []


@pytest.mark.browser
def test_errors_are_shown_beside_the_lines_in_a_browser(own_database, site, page, axe, screenshot):
    from tests.conftest import person

    person("rosa")
    sign_in(page, site, "rosa@demo.example", "rosa")
    page.goto(f"{site}/policies/new/?kind=gate_policy")
    page.get_by_label("The policy, as YAML").fill(gate_yaml().replace("limit:", "limt:"))
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name="Line 9").first.click()
    screenshot(page, "policies-errors")
    assert axe(page) == []


def sign_in(page, site, email, password):
    page.goto(f"{site}/login/")
    page.locator("input[type=email]").fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**")
