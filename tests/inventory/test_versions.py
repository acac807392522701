"""A version is added with its file and its tables, and contradictions are named where they stand."""

import io
import json

import pytest

from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.inventory.services.registering import add_dependency, add_use, change_model, decide_intake
from apps.inventory.services.versions import add_version, change_version
from tests.builders.inventory import a_model, a_table, scored


@pytest.fixture
def model(olivia, now):
    return a_model(olivia, now)


@pytest.fixture
def table(dmitri, now):
    return a_table(dmitri, now)


def test_a_scored_version_needs_no_file(model, table, dmitri, now):
    version = add_version(actor=dmitri, model=model, metadata=scored(table), now=now)
    assert (version.reference, version.status) == ("MDL-0001@1.0.0", "draft")
    assert dmitri in version.developers and version.owner == model.owner


def test_a_number_is_used_once(model, table, dmitri, now):
    add_version(actor=dmitri, model=model, metadata=scored(table), now=now)
    with pytest.raises(Conflict, match="used once"):
        add_version(actor=dmitri, model=model, metadata=scored(table), now=now)


@pytest.mark.parametrize(
    ("said", "field", "sentence"),
    [
        ({"target": "defaulted"}, "metadata.target", "has no column"),
        ({"protected": [{"name": "age", "column": "years"}]}, "metadata.protected[0]", "has no column"),
        ({"evaluation_data": "DS-0099@1"}, "metadata.evaluation_data", "no table"),
        ({"version": "1.0+local"}, "metadata.version", "such as 1.0.0"),
        ({"colour": "green"}, "metadata.colour", "no such field"),
        ({"positive_label": None}, "metadata.positive_label", "which label"),
        ({"task": "regression"}, "metadata.positive_label", "Only a binary"),
        (
            {"protected": [{"name": "age", "column": "age", "bins": {"edges": [0, 25], "labels": ["a", "b"]}}]},
            "metadata.protected[0].bins",
            "name each of them",
        ),
        (
            {"protected": [{"name": "age", "column": "age", "bins": {"edges": [25, 0], "labels": ["a", "b", "c"]}}]},
            "metadata.protected[0].bins",
            "The edges must rise.",
        ),
        ({"protected": [7]}, "metadata.protected[0]", "This must be text."),
        ({"inputs": []}, "metadata.inputs", "This needs 1 entries at least."),
        ({"reference_data": "DS-0001"}, "metadata.reference_data", "such as DS-0001@1"),
        ({"task": "clustering"}, "metadata.task", "This must be one of 'binary_classification', "),
        ({"threshold": 2.0}, "metadata.threshold", "A probability lies from 0 to 1."),
        ({"weight": "default"}, "metadata.weight", "“default” of DS-0001@1 is string; a weight is a number."),
        ({"format": "onnx", "threshold": 0.5}, "artifact", "comes with its file"),
    ],
)
def test_what_can_not_be_is_said_on_its_field(model, table, dmitri, now, said, field, sentence):
    with pytest.raises(BadInput) as refused:
        add_version(actor=dmitri, model=model, metadata={**scored(table), **said}, now=now)
    assert sentence in refused.value.errors[field][0]
    assert set(refused.value.errors) == {field} and not model.versions.exists()


def test_a_version_is_not_tested_on_what_it_was_trained_on(model, table, dmitri, now):
    with pytest.raises(BadInput) as refused:
        add_version(actor=dmitri, model=model, metadata=scored(table, training_data=table.reference), now=now)
    assert "trained on" in refused.value.errors["metadata.evaluation_data"][0]


def test_a_draft_can_be_changed_but_keeps_its_number(model, table, dmitri, now):
    version = add_version(actor=dmitri, model=model, metadata=scored(table), now=now)
    changed = change_version(actor=dmitri, version=version, changes={"algorithm": "Scorecard"}, now=now)
    assert changed.metadata["algorithm"] == "Scorecard"
    with pytest.raises(RuleViolated, match="keeps its number"):
        change_version(actor=dmitri, version=changed, changes={"version": "2.0"}, now=now)


def test_the_owner_does_not_decide_whether_it_is_a_model(oscar, rosa, model, now):
    own = a_model(oscar, now, name="Own")
    with pytest.raises(RuleViolated, match="somebody else"):
        decide_intake(actor=oscar, model=own, decision="model", reason="It learns.", now=now)
    assert decide_intake(actor=rosa, model=model, decision="model", reason="It learns.", now=now).intake == "model"


def test_dependencies_close_no_circle(olivia, now):
    first, second, third = (a_model(olivia, now, name=name) for name in "abc")
    add_dependency(actor=olivia, model=second, upstream_kind="model", upstream=first.reference, now=now)
    add_dependency(actor=olivia, model=third, upstream_kind="model", upstream=second.reference, now=now)
    with pytest.raises(RuleViolated, match="circle"):
        add_dependency(actor=olivia, model=first, upstream_kind="model", upstream=third.reference, now=now)


def test_a_use_is_stated_once(olivia, model, now):
    add_use(actor=olivia, model=model, name="Overdrafts", now=now)
    with pytest.raises(RuleViolated, match="already"):
        add_use(actor=olivia, model=model, name="Overdrafts", now=now)


def test_two_models_of_a_unit_have_two_names(olivia, model, now):
    other = a_model(olivia, now, name="Another")
    with pytest.raises(Conflict):
        change_model(actor=olivia, model=other, name=model.name, now=now)


class TestTheAPI:
    def test_adds_a_version_and_shows_it(self, client, dmitri, model, table):
        client.force_login(dmitri)
        body = {"metadata": json.dumps(scored(table))}
        answer = client.post(f"/api/v1/models/{model.reference}/versions/", body)
        assert answer.status_code == 201, answer.content
        shown = client.get("/api/v1/versions/MDL-0001%401.0.0/").json()
        assert (shown["status"], shown["artifact"], shown["number"]) == ("draft", None, "1.0.0")

    def test_says_that_what_is_scored_elsewhere_has_no_file(self, client, dmitri, model, table):
        client.force_login(dmitri)
        body = {"metadata": json.dumps(scored(table)), "artifact": io.BytesIO(b"whatever")}
        answer = client.post(f"/api/v1/models/{model.reference}/versions/", body)
        assert (answer.status_code, answer.json()["errors"]) == (
            422,
            {"artifact": ["A version that is only scored elsewhere has no file."]},
        )

    def test_answers_a_used_number_with_409(self, client, dmitri, model, table):
        client.force_login(dmitri)
        body = {"metadata": scored(table)}
        address = f"/api/v1/models/{model.reference}/versions/"
        answers = [client.post(address, body, content_type="application/json") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 409]

    def test_asks_for_the_revision_before_it_changes(self, client, dmitri, model, table, now):
        add_version(actor=dmitri, model=model, metadata=scored(table), now=now)
        client.force_login(dmitri)
        address, body = "/api/v1/versions/MDL-0001@1.0.0/", {"algorithm": "Scorecard"}
        change = {"data": body, "content_type": "application/json"}
        assert client.patch(address, **change).status_code == 428
        assert client.patch(address, **change, headers={"If-Match": '"7"'}).status_code == 412
        assert client.patch(address, **change, headers={"If-Match": '"1"'}).status_code == 200

    def test_registers_with_everything_that_is_asked_for(self, client, olivia, dmitri):
        client.force_login(olivia)
        body = {
            "name": "Waiver",
            "purpose": "Spare the paper proof.",
            "business_unit": "Retail credit",
            "owner": "olivia@demo.example",
            "developers": ["dmitri@demo.example"],
            "kind": "machine_learning",
            "jurisdictions": ["US-MA"],
            "materiality": {
                "exposure": {"level": "medium", "amount": "12000000", "currency": "USD"},
                "decision_impact": "medium",
                "complexity": "medium",
            },
            "uses": [{"name": "Waive proof", "population": "16 to 64", "boundaries": "No home equity"}, "Overdrafts"],
        }
        answer = client.post("/api/v1/models/", body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        said = answer.json()
        assert said["developers"] == ["dmitri@demo.example"] and [use["number"] for use in said["uses"]] == [1, 2]
        assert said["tier"] is None and "tiering method" in said["tier_reasons"][0]


class TestThePages:
    def test_show_the_version_and_its_model(self, client, dmitri, model, table, now):
        version = add_version(actor=dmitri, model=model, metadata=scored(table), now=now)
        client.force_login(dmitri)
        for address in ("/models/", model.get_absolute_url(), version.get_absolute_url()):
            answer = client.get(address)
            assert answer.status_code == 200 and model.name in answer.content.decode()

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_export_what_one_may_see(self, client, olivia, form, now):
        a_model(olivia, now, name="=cmd()")
        client.force_login(olivia)
        answer = client.get(f"/models/export.{form}")
        assert answer.status_code == 200
        if form == "csv":
            assert "'=cmd()" in b"".join(answer.streaming_content).decode()

    def test_keep_a_view_under_a_name(self, client, olivia):
        client.force_login(olivia)
        client.post("/models/views/", {"name": "Mine", "query": "tier=1"})
        assert "?tier=1" in client.get("/models/").content.decode()
