"""What a list may be asked by is what the schema says, and nothing else: a misspelt filter gives nothing."""

import pytest

from tests.builders.addresses import filled, operations


def lists():
    """(path, the names that may be asked by) of everything that answers with a list, or is narrowed."""
    for path, _, said in operations("get"):
        names = {one["name"] for one in said.get("parameters", []) if one["in"] == "query"}
        if "{step}" in path:  # a step's log is text; its own tests ask it
            continue
        if "limit" in names or path.endswith(("/monitoring/", "/tests/")):
            yield path, names


@pytest.fixture
def signed_in(client, aisha, world):
    client.force_login(aisha)
    return client


def test_an_unknown_name_is_422_with_those_that_there_are(signed_in):
    looked_at = {}
    for path, names in lists():
        address = filled(path) if "{" in path else path
        if address is None:
            continue
        answer = signed_in.get(address, {"nonsense": "1"})
        assert answer.status_code == 422, (path, answer.content)
        (sentence,) = answer.json()["errors"]["nonsense"]
        looked_at[path] = set(sentence.partition("There is: ")[2].rstrip(".").split(", ")).symmetric_difference(names)
    assert {path: differ for path, differ in looked_at.items() if differ} == {}
    assert len(looked_at) > 25


def test_a_list_is_narrowed_in_json_by_name(signed_in):
    assert signed_in.get("/api/v1/models/?format=json&limit=1&search=a").status_code == 200


def test_rows_below_a_row_are_found_whatever_the_row_s_own_list_is_asked_by(signed_in):
    answer = signed_in.get("/api/v1/models/MDL-0001/versions/?status=retired")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["status"])


def test_only_me_can_be_awaited(signed_in):
    assert signed_in.get("/api/v1/approvals/?awaiting=mine").json()["errors"] == {
        "awaiting": ["Only me: what you could decide on now."]
    }
