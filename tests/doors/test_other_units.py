"""What belongs to another unit does not exist: at no address, by no method, on no list."""

from apps.audit.models import Entry
from tests.builders.addresses import collection_of, filled, operations
from tests.builders.world import TABLES

# What everybody may know of, or what is one's own by definition and has its tests in its room.
FOR_ALL = {"policies", "people"}
OWN = {
    *("tokens", "notifications", "webhooks", "delegations", "role-grants", "audit/events", "audit/exports"),
}


def test_every_collection_is_looked_at_here_or_in_its_room():
    assert {collection_of(path) for path, *_ in operations() if "{" in path} == set(TABLES) | OWN


def test_no_address_of_another_units_row_answers_anything_but_404(world, oscar, client):
    client.force_login(oscar)
    told = Entry.objects.count()
    answered = []
    for path, method, _ in operations():
        if "{" not in path or collection_of(path) in FOR_ALL or not (address := filled(path)):
            continue
        answer = client.generic(method.upper(), address, "{}", "application/json", headers={"If-Match": '"1"'})
        if answer.status_code != 404:
            answered.append((method, address, answer.status_code))
        elif method == "get":
            assert answer.json()["code"] in {"not_found", "not_yet"}
    assert not answered
    assert Entry.objects.count() == told


def test_no_list_shows_another_units_rows(world, oscar, client):
    client.force_login(oscar)
    for path, _, said in operations("get"):
        if "{" in path or collection_of(path) in FOR_ALL or collection_of(path) not in TABLES:
            continue
        answer = client.get(path)
        assert (answer.status_code, answer.json()["results"]) == (200, []), path
        assert said["responses"]["200"]


def test_the_search_finds_nothing_of_another_unit(world, oscar, client):
    client.force_login(oscar)
    found = client.get("/search/", {"q": "Employment"}).content.decode()
    assert f"/models/{world.model.reference}/" not in found
