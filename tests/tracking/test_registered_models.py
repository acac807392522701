"""Registered models by MLflow's protocol: models of the inventory, under another name."""

import pytest

from apps.audit.models import Entry
from apps.inventory.models import Model
from tests.builders.inventory import a_model

pytestmark = pytest.mark.django_db


def test_a_registered_model_is_a_model_of_the_inventory(client_of_dmitri, dmitri):
    tags = [{"key": "team", "value": "risk"}]
    status, said = client_of_dmitri.post("registered-models/create", name="Waiver", description="Why", tags=tags)
    model = Model.objects.get()
    assert status == 200 and said["registered_model"]["name"] == "Waiver"
    assert (model.owner, model.business_unit, model.intake) == (dmitri, dmitri.units.get(), "undecided")
    assert (model.purpose, model.description) == ("", "Why")
    shown = client_of_dmitri.get("registered-models/get", name="Waiver")[1]["registered_model"]
    assert {tag["key"]: tag["value"] for tag in shown["tags"]} == {
        "team": "risk",
        "quaestor.reference": model.reference,
    }


def test_a_name_is_taken_once_in_a_unit(client_of_dmitri, registered, program, oscar):
    status, said = client_of_dmitri.post("registered-models/create", name="Waiver")
    assert (status, said["error_code"]) == (400, "RESOURCE_ALREADY_EXISTS")
    assert program(oscar).post("registered-models/create", name="Waiver")[0] == 200


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", "x" * 121, "a\nb", "a\\b"])
def test_a_name_is_one_that_can_stand_in_an_address(client_of_dmitri, name):
    assert client_of_dmitri.post("registered-models/create", name=name)[0] == 400


def test_a_model_of_another_unit_is_not_there(registered, program, oscar):
    stranger = program(oscar)
    for path in ("registered-models/get", "registered-models/get-latest-versions"):
        assert stranger.get(path, name="Waiver")[0] == 404
    assert stranger.ask("patch", "registered-models/update", name="Waiver", description="x")[0] == 404
    assert stranger.get("registered-models/search")[1] == {"registered_models": []}


def test_it_is_renamed_and_described(client_of_dmitri, registered):
    assert client_of_dmitri.post("registered-models/rename", name="Waiver", new_name="Relief")[0] == 200
    said = client_of_dmitri.ask("patch", "registered-models/update", name="Relief", description="In words")[1]
    assert said["registered_model"]["description"] == "In words"
    registered.refresh_from_db()
    assert registered.name == "Relief"


def test_it_is_not_deleted(client_of_dmitri, registered):
    status, said = client_of_dmitri.ask("delete", "registered-models/delete", name="Waiver")
    assert (status, said["error_code"]) == (403, "PERMISSION_DENIED") and "Retire" in said["message"]


def test_an_auditor_changes_nothing(registered, program, aisha):
    auditor = program(aisha)
    assert auditor.get("registered-models/get", name="Waiver")[0] == 200
    assert auditor.post("registered-models/create", name="Another")[0] == 403
    assert auditor.post("registered-models/set-tag", name="Waiver", key="a", value="b")[0] == 403


def test_tags_are_set_and_taken_away_and_ours_are_ours(client_of_dmitri, registered):
    for key, value in (("a", "1"), ("a", "2"), ("b", "")):
        assert client_of_dmitri.post("registered-models/set-tag", name="Waiver", key=key, value=value)[0] == 200
    assert client_of_dmitri.ask("delete", "registered-models/delete-tag", name="Waiver", key="b")[0] == 200
    registered.registered.refresh_from_db()
    assert registered.registered.tags == {"a": "2"}
    assert client_of_dmitri.post("registered-models/set-tag", name="Waiver", key="quaestor.x", value="1")[0] == 400
    assert Entry.objects.filter(verb="tracking.model_tagged", root_reference=registered.reference).count() == 4


def test_prompts_are_not_registered(client_of_dmitri):
    tags = [{"key": "mlflow.prompt.is_prompt", "value": "true"}]
    assert client_of_dmitri.post("registered-models/create", name="A prompt", tags=tags)[0] == 400


@pytest.mark.both
def test_models_are_found_by_name_and_tags(client_of_dmitri, registered):
    client_of_dmitri.post("registered-models/create", name="Other")
    client_of_dmitri.post("registered-models/set-tag", name="Waiver", key="team", value="risk")

    def names(**asked):
        return [
            one["name"] for one in client_of_dmitri.get("registered-models/search", **asked)[1]["registered_models"]
        ]

    assert names() == ["Other", "Waiver"]
    assert names(filter="name = 'Waiver'") == names(filter="name LIKE 'Wai%'") == ["Waiver"]
    assert names(filter="name = 'Waiver' AND tags.team = 'risk'") == ["Waiver"]
    assert names(filter="tag.`mlflow.prompt.is_prompt` != 'true'") == ["Other", "Waiver"]  # as clients ask
    assert names(filter="tag.`mlflow.prompt.is_prompt` = 'true'") == []
    assert names(filter="tags.team != 'risk'") == names(filter="name ILIKE 'x%'") == []
    assert names(order_by="name DESC") == ["Waiver", "Other"]
    assert names(order_by="timestamp ASC") == ["Other", "Waiver"]
    page = client_of_dmitri.get("registered-models/search", max_results=1)[1]
    assert names(max_results=1, page_token=page["next_page_token"]) == ["Waiver"]


def test_a_model_that_came_by_another_door_is_there_too(client_of_dmitri, olivia, now):
    a_model(olivia, now, name="From the page")
    assert client_of_dmitri.get("registered-models/get", name="From the page")[0] == 200
