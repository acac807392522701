"""What a model is used for, and what it rests on, ends by both doors and stays to be read."""

import pytest

from apps.audit.models import Entry
from apps.inventory.services.registering import add_dependency
from tests.builders.inventory import a_model


@pytest.fixture
def model(olivia, now):
    model = a_model(olivia, now, uses=[{"name": "Waive the paper proof"}])
    add_dependency(actor=olivia, model=model, upstream_kind="external", upstream="Credit bureau", now=now)
    return model


ENDINGS = {
    "use": ("uses/1/ending/", "inventory.use_ended"),
    "dependency": ("dependencies/Credit bureau/ending/", "inventory.dependency_ended"),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_a_program_ends_it_once_and_says_why(what, model, olivia, client):
    path, verb = ENDINGS[what]
    client.force_login(olivia)
    address = f"/api/v1/models/{model.reference}/{path}"
    answer = client.post(address, {"reason": "Replaced"}, content_type="application/json")
    assert answer.status_code == 201 and answer.json()["ended_at"]
    assert Entry.objects.latest("pk").verb == verb
    again = client.post(address, {}, content_type="application/json")
    assert again.status_code == 422 and "already" in again.json()["detail"]


def test_a_person_ends_it_on_the_models_page(model, olivia, client):
    client.force_login(olivia)
    row = model.dependencies.get()
    for address in (
        f"{model.get_absolute_url()}uses/1/end/",
        f"{model.get_absolute_url()}dependencies/{row.pk}/end/",
    ):
        assert address in client.get(model.get_absolute_url()).text
        assert "End it" in client.get(address).text
        assert client.post(address, {"reason": "Replaced"}).status_code == 302
    assert model.uses.get().ended_at and model.dependencies.get().ended_at


def test_what_is_not_there_can_t_end_and_another_unit_s_is_not_there(model, olivia, oscar, client):
    client.force_login(olivia)
    for path in ("uses/9/ending/", "dependencies/DS-0001/ending/"):
        assert client.post(f"/api/v1/models/{model.reference}/{path}").status_code == 404
    client.force_login(oscar)
    assert client.post(f"/api/v1/models/{model.reference}/uses/1/ending/").status_code == 404


def test_who_may_not_change_the_model_ends_nothing(model, aisha, client):
    client.force_login(aisha)
    assert client.post(f"/api/v1/models/{model.reference}/uses/1/ending/").status_code == 403
    assert client.post(f"{model.get_absolute_url()}uses/1/end/").status_code == 403
