"""Experiments through the protocol: whose they are, what they are called, and who may begin one."""

from apps.audit.models import Entry
from apps.tracking.models import Experiment


def test_an_experiment_is_created_and_found_by_id_and_by_name(client_of_dmitri):
    status, made = client_of_dmitri.post(
        "experiments/create", name="Default risk", tags=[{"key": "team", "value": "retail"}]
    )
    assert status == 200
    status, by_id = client_of_dmitri.get("experiments/get", experiment_id=made["experiment_id"])
    assert status == 200
    shown = by_id["experiment"]
    assert shown["name"] == "Default risk" and shown["lifecycle_stage"] == "active"
    assert shown["tags"] == [{"key": "team", "value": "retail"}]
    assert client_of_dmitri.get("experiments/get-by-name", experiment_name="Default risk") == (200, by_id)


def test_its_creation_is_an_event(client_of_dmitri, dmitri):
    client_of_dmitri.post("experiments/create", name="Default risk")
    entry = Entry.objects.get(verb="tracking.experiment_created")
    assert entry.actor == dmitri.reference and entry.root_reference == Experiment.objects.get().reference


def test_a_name_is_used_once_in_a_unit_and_again_in_another(client_of_dmitri, program, oscar):
    client_of_dmitri.post("experiments/create", name="Default risk")
    status, refused = client_of_dmitri.post("experiments/create", name="Default risk")
    assert status == 400 and refused["error_code"] == "RESOURCE_ALREADY_EXISTS"
    assert program(oscar).post("experiments/create", name="Default risk")[0] == 200


def test_an_experiment_of_another_unit_does_not_exist(client_of_dmitri, program, oscar):
    _, made = client_of_dmitri.post("experiments/create", name="Default risk")
    for status, refused in (
        program(oscar).get("experiments/get", experiment_id=made["experiment_id"]),
        program(oscar).get("experiments/get-by-name", experiment_name="Default risk"),
    ):
        assert status == 404 and refused["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_nought_is_the_default_experiment_of_ones_own_unit(client_of_dmitri, program, oscar):
    _, first = client_of_dmitri.get("experiments/get", experiment_id="0")
    _, again = client_of_dmitri.get("experiments/get", experiment_id="0")
    _, other = program(oscar).get("experiments/get", experiment_id="0")
    assert first == again and first["experiment"]["name"] == other["experiment"]["name"] == "Default"
    assert first["experiment"]["experiment_id"] != other["experiment"]["experiment_id"]


def test_the_auditor_begins_none(program, aisha):
    status, refused = program(aisha).post("experiments/create", name="Mine")
    assert status == 403 and refused["error_code"] == "PERMISSION_DENIED"
    assert not Experiment.objects.exists()


def test_without_a_token_nothing_is_told(db, program):
    for status, refused in (
        program(None).get("experiments/get", experiment_id="1"),
        program(None).post("experiments/create", name="Mine"),
    ):
        assert status == 401 and refused["error_code"] == "UNAUTHENTICATED"


def test_what_is_missing_is_named(client_of_dmitri):
    status, refused = client_of_dmitri.post("experiments/create")
    assert status == 400 and refused["error_code"] == "INVALID_PARAMETER_VALUE" and "'name'" in refused["message"]


def test_a_call_that_there_is_not_is_told_as_the_protocol_does(client_of_dmitri):
    status, refused = client_of_dmitri.post("traces/search")
    assert status == 404 and refused["error_code"] == "ENDPOINT_NOT_FOUND"
