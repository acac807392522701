"""The API says of itself what it does, completely: one schema that programs can be generated from."""

import re
from collections import Counter

from django.core.management import call_command
from django.test import Client
from drf_spectacular.validation import validate_schema

from tests.builders.addresses import operations, schema

WITHOUT_KEY = {"/api/v1/tokens/"}


def content_of(operation, status):
    return operation["responses"].get(status, {}).get("content", {})


def resolved(node):
    name = node.get("$ref", "").rpartition("/")[2]
    return schema()["components"]["schemas"][name] if name else node


def answers(operation):
    return {status for status in operation["responses"] if status.startswith("2")}


def test_it_is_made_without_a_warning(capsys):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", "/dev/null")


def test_it_is_valid_openapi_3_1(db):
    served = Client().get("/api/schema/?format=json").json()
    validate_schema(served)
    assert served["openapi"].startswith("3.1")


def test_a_token_is_how_programs_sign_in():
    schemes = schema()["components"]["securitySchemes"]
    assert schemes["token"]["name"] == "Authorization" and "`Token`" in schemes["token"]["description"]
    open_to_all = [path for path, _, operation in operations() if not any(operation.get("security", [{}]))]
    assert open_to_all == ["/api/v1/tokens/"]
    assert all({"token": []} in operation["security"] for path, _, operation in operations() if "token" not in path)


def test_every_list_is_next_previous_and_results():
    for path, _, operation in operations("get"):
        shown = resolved(content_of(operation, "200").get("application/json", {}).get("schema", {}))
        if "results" in shown.get("properties", {}):
            assert set(shown["properties"]) == {"next", "previous", "results"}, path
            named = {parameter["name"] for parameter in operation["parameters"]}
            assert {"cursor", "limit"} <= named, path


def test_a_collection_is_a_list():
    """An address that a reference follows lists what the reference shows one of."""
    paths = schema()["paths"]
    for path in paths:
        collection, _, last = path.rstrip("/").rpartition("/")
        if last.startswith("{") and f"{collection}/" in paths and "get" in paths[path] and "{" not in collection:
            listed = paths[f"{collection}/"].get("get")
            if listed:
                shown = resolved(content_of(listed, "200")["application/json"]["schema"])
                assert "results" in shown["properties"], collection


def test_every_operation_says_what_it_answers():
    silent = [
        (method, path)
        for path, method, operation in operations()
        if not answers(operation) or not all(content_of(operation, status) for status in answers(operation) - {"204"})
    ]
    assert not silent


def test_every_call_is_summed_up_in_a_sentence_of_its_own():
    said = {(method, path): operation.get("summary", "") for path, method, operation in operations()}
    assert not [call for call, summary in said.items() if not re.fullmatch(r"[A-Z][^\n]{5,78}\.", summary)]
    assert not [summary for summary, times in Counter(said.values()).items() if times > 1]


def test_no_call_is_described_by_what_every_call_has():
    described = Counter(operation.get("description", "") for _, _, operation in operations())
    shared = [text for text, times in described.items() if text and times > 2]  # a list and its row may share one
    assert not shared


def test_a_read_creates_nothing():
    assert not [path for path, _, operation in operations("get") if "201" in operation["responses"]]


def test_every_body_is_described():
    for path, method, operation in operations("post", "put", "patch"):
        for form, said in operation.get("requestBody", {}).get("content", {}).items():
            assert said["schema"], (method, path, form)


def test_every_refusal_is_the_one_problem_document():
    for path, method, operation in operations():
        refusals = {status for status in operation["responses"] if status[0] in "45"}
        assert {"401", "403"} <= refusals, (method, path)
        for status in refusals:
            said = content_of(operation, status)["application/problem+json"]["schema"]
            assert said == {"$ref": "#/components/schemas/Problem"}, (method, path, status)


def test_what_changes_a_row_asks_which_revision():
    for path, method, operation in operations("put", "patch"):
        assert "If-Match" in {parameter["name"] for parameter in operation["parameters"]}, (method, path)
        assert {"412", "428"} <= set(operation["responses"]), (method, path)


def test_what_creates_takes_an_idempotency_key():
    for path, _, operation in operations("post"):
        named = {parameter["name"] for parameter in operation.get("parameters", [])}
        assert ("Idempotency-Key" in named) == (path not in WITHOUT_KEY), path


def test_no_secret_is_ever_answered():
    for name, component in schema()["components"]["schemas"].items():
        secret = {"password", "otp"} & set(component.get("properties", {}))
        assert not secret or name.endswith("Request"), name
