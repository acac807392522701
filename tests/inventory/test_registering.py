"""The thin slice: a model is registered, the ledger knows, and both doors show it to whom it concerns."""

import json

import pytest
from django.core.exceptions import PermissionDenied

from apps.audit.acts import commitment
from apps.audit.models import Entry
from apps.inventory.models import Model
from tests.builders.inventory import a_model

BODY = {"name": "Waiver", "purpose": "Spare the paper proof.", "business_unit": "Retail credit"}

FORM = {
    "kind_of_model": "machine_learning",
    "materiality.exposure": "medium",
    "materiality.decision_impact": "medium",
    "materiality.complexity": "low",
    "use": "Waive the paper proof",
}


def post(client, body=BODY, **headers):
    return client.post("/api/v1/models/", body, content_type="application/json", headers=headers)


def test_a_registered_model_is_an_event_that_commits_to_the_whole_row(olivia, now):
    model = a_model(olivia, now)
    entry = Entry.objects.get(subject_reference=model.reference)
    assert (entry.verb, entry.actor, entry.root_reference) == (
        "inventory.model_registered",
        olivia.reference,
        "MDL-0001",
    )
    written = json.loads(entry.payload.body)["changes"][0]["after"]
    assert written["name"] == model.name and written["owner_id"] == olivia.pk
    assert commitment(entry.payload.salt, entry.payload.body.encode()) == bytes(entry.digest)


def test_references_count_up(olivia, now):
    assert [a_model(olivia, now, name=name).reference for name in "ab"] == ["MDL-0001", "MDL-0002"]


def test_an_auditor_registers_nothing(aisha, now):
    with pytest.raises(PermissionDenied):
        a_model(aisha, now)


def test_another_units_model_does_not_exist_for_an_outsider(olivia, oscar, aisha, now):
    a_model(olivia, now)
    assert list(Model.objects.visible_to(oscar)) == []
    assert len(Model.objects.visible_to(aisha)) == 1


class TestTheAPI:
    def test_answers_with_the_reference_and_an_etag(self, olivia, client):
        client.force_login(olivia)
        answer = post(client)
        assert (answer.status_code, answer.json()["reference"], answer["ETag"]) == (201, "MDL-0001", '"1"')

    def test_says_the_same_again_for_the_same_idempotency_key(self, olivia, client):
        client.force_login(olivia)
        first, again = (post(client, **{"Idempotency-Key": "k1"}) for _ in range(2))
        assert first.json() == again.json() and Model.objects.count() == 1 and again.status_code == 201

    def test_refuses_one_idempotency_key_with_another_body(self, olivia, client):
        client.force_login(olivia)
        post(client, **{"Idempotency-Key": "k1"})
        other = post(client, {**BODY, "name": "Another"}, **{"Idempotency-Key": "k1"})
        assert other.status_code == 422 and "another body" in other.json()["detail"]

    def test_names_unknown_fields(self, olivia, client):
        client.force_login(olivia)
        answer = post(client, {**BODY, "colour": "green"})
        assert answer.status_code == 422 and answer.json()["errors"] == {"colour": ["There is no such field."]}

    def test_refuses_permission_before_it_reads_the_body(self, aisha, client):
        client.force_login(aisha)
        assert post(client, {"nonsense": 1}).status_code == 403

    def test_hides_what_is_another_units(self, olivia, oscar, client, now):
        a_model(olivia, now)
        client.force_login(oscar)
        assert client.get("/api/v1/models/MDL-0001/").status_code == 404
        assert client.get("/api/v1/models/").json()["results"] == []

    def test_asks_who_one_is(self, client):
        answer = client.get("/api/v1/models/")
        assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Token"


class TestThePages:
    def test_registering_leads_to_the_models_page(self, olivia, client):
        client.force_login(olivia)
        unit = olivia.units.get()
        typed = {**BODY, **FORM, "business_unit": unit.pk, "owner": olivia.pk}
        answer = client.post("/models/new/", typed)
        assert (answer.status_code, answer.url) == (302, "/models/MDL-0001/")
        assert "Waiver" in client.get(answer.url).content.decode()

    def test_the_list_shows_what_one_may_see(self, olivia, oscar, client, now):
        a_model(olivia, now)
        client.force_login(oscar)
        assert "MDL-0001" not in client.get("/models/").content.decode()
