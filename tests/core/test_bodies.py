"""What a careless or hostile client sends as JSON: each gets its sentence and status, and nothing is stored."""

import json

import pytest

from apps.audit.models import Entry
from apps.inventory.models import Model
from tests.builders.accounts import a_token, bearing
from tests.builders.files import Endless
from tests.builders.inventory import a_model

MODEL = {
    "name": "Scorecard",
    "purpose": "Rank applicants.",
    "business_unit": "Retail credit",
    "kind": "machine_learning",
    "materiality": {"exposure": {"level": "high"}, "decision_impact": "high", "complexity": "low"},
}


@pytest.fixture
def send(client, olivia, now):
    """send(body, path=…) -> the answer to olivia; after it nothing may have been stored."""
    key = bearing(a_token(olivia, now).secret)
    stored = Entry.objects.count()

    def post(body, path="/api/v1/models/", content_type="application/json", **headers):
        told = {"headers": {**key["headers"], **headers}}
        answer = client.generic("POST", path, body, content_type=content_type, **told)
        assert answer["Content-Type"] == "application/problem+json"
        assert (Model.objects.count(), Entry.objects.count()) == (0, stored)
        return answer

    return post


def said(**changes):
    return json.dumps({**MODEL, **changes})


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("{", "This is not JSON"),
        ("name=Scorecard", "This is not JSON"),
        (said(name="x")[:-1], "This is not JSON"),
        ('{"name": NaN}', "NaN is no number in JSON"),
        ('{"name": -Infinity}', "-Infinity is no number in JSON"),
        ('{"name": 1e999}', "1e999 is beyond the largest number"),
        ('{"name": "a", "name": "b"}', 'it names "name" twice'),
        ('{"materiality": {"complexity": 1, "complexity": 2}}', 'it names "complexity" twice'),
        ('{"name": ' + "[" * 100 + "]" * 100 + "}", "nested more than 64 deep"),
        ("[" * 200_000, "nested more than 64 deep"),
        ('{"name": "a\tb"}', "This is not JSON"),
        ('{"name": ' + "9" * 5000 + "}", "This is not JSON"),
        (b'{"name": "\xff"}', "not UTF-8: byte 10"),
        (said().encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_no_json_is_400(send, body, sentence):
    answer = send(body)
    assert answer.status_code == 400 and sentence in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"colour": "red"}, "colour", "There is no such field."),
        ({"materiality": {**MODEL["materiality"], "colour": "red"}}, "materiality.colour", "There is no such field."),
        ({"uses": [{"name": "A use", "colour": "red"}]}, "uses[0].colour", "There is no such field."),
        ({"name": "a\0b"}, "name", "NUL"),
        ({"vendor": ["\0"]}, "vendor[0]", "NUL"),
        ({"materiality": {"exposure": {"level": "\0"}}}, "materiality.exposure.level", "NUL"),
        ({"a\0": 1}, "body", "NUL"),
        ({"name": "\ud800"}, "name", "surrogate"),
        ({"name": 2**63}, "name", "64 bits"),
        ({"name": "x" * 121}, "name", "no more than 120"),
        ({"name": ["a"]}, "name", "This must be text."),
        ({"name": {"a": 1}}, "name", "This must be text."),
        ({"name": None}, "name", "may not be null"),
        ({"name": True}, "name", "This must be text."),
        ({"name": 5}, "name", "This must be text."),
        ({"name": 1.5}, "name", "This must be text."),
        ({"jurisdictions": ["DE", 5]}, "jurisdictions[1]", "This must be text."),
        ({"materiality": {**MODEL["materiality"], "complexity": 1}}, "materiality.complexity", "This must be text."),
        ({"materiality": {**MODEL["materiality"], "complexity": {"level": 1}}}, "materiality.complexity", "text."),
        ({"uses": [{"name": "A use"}, {"name": 7}]}, "uses[1].name", "This must be text."),
        ({"name": " "}, "name", "may not be blank"),
        ({"kind": "magic"}, "kind", "not a valid choice"),
        ({"kind": {}}, "kind", "not a valid choice"),
        ({"jurisdictions": "DE"}, "jurisdictions", "must be a list"),
        ({"jurisdictions": ["DE", "Mars"]}, "jurisdictions[1]", "required pattern"),
        ({"owner": "nobody@demo.example"}, "owner", "There is no “"),
        ({"owner": 7}, "owner", "There is no “"),
        ({"owner": {"email": "olivia@demo.example"}}, "owner", "There is no “"),
        ({"developers": [[]]}, "developers", "There is no “"),
        ({"business_unit": []}, "business_unit", "There is no “"),
        ({"materiality": "high"}, "materiality", "must be an object"),
        ({"materiality": {"exposure": {"level": "low", "amount": "1e5000"}}}, "materiality.exposure.amount", ""),
        ({"next_review": "tomorrow"}, "next_review", "Date has wrong format"),
    ],
)
def test_what_can_not_be_used_is_422_on_its_field(send, changes, field, sentence):
    answer = send(said(**changes))
    assert answer.status_code == 422
    assert sentence in answer.json()["errors"][field][0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"colour": "red"}, "colour: There is no such field."),
        ({"uses": [{"name": "A use", "colour": "red"}]}, "uses[0].colour: There is no such field."),
        ({"kind": "magic"}, 'kind: "magic" is not a valid choice.'),
    ],
)
def test_the_sentence_for_a_person_names_the_field(send, changes, sentence):
    assert send(said(**changes)).json()["detail"] == sentence


@pytest.mark.parametrize(
    ("path", "body", "field", "sentence"),
    [
        ("tokens/", {"email": "a@b.c", "password": 12345678}, "password", "This must be text."),
        ("tokens/", {"email": "a@b.c", "password": "x", "expires_in_days": "30"}, "expires_in_days", "whole number."),
        ("tokens/", {"email": "a@b.c", "password": "x", "expires_in_days": True}, "expires_in_days", "whole number."),
        ("tokens/", {"email": "a@b.c", "password": "x", "expires_in_days": 1.5}, "expires_in_days", "whole number."),
        ("datasets/", {"name": 5}, "name", "This must be text."),
    ],
)
def test_no_type_of_json_is_taken_for_another(send, path, body, field, sentence):
    answer = send(json.dumps(body), f"/api/v1/{path}")
    assert answer.status_code == 422 and answer.json()["errors"][field][0].endswith(sentence)


@pytest.mark.parametrize("body", ["[]", '"text"', "7", "null", "true", "[{}]"])
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one"}])
def test_what_is_no_object_is_422(send, body, headers):
    assert send(body, **headers).status_code == 422


def test_ten_megabytes_of_text_are_refused(send):
    longest = 10 * 1_048_576
    assert send(said(purpose="x" * (longest - 1000))).json()["errors"]["purpose"]
    answer = send(said(purpose="x" * longest))
    assert answer.status_code == 413 and "10 MB" in answer.json()["detail"]


def test_five_gigabytes_announced_are_refused_unread(client, olivia, now):
    body = Endless(b'{"name": "')
    key = bearing(a_token(olivia, now).secret)
    answer = client.generic(
        "POST",
        "/api/v1/models/",
        b"",
        **{"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(5 << 30), "wsgi.input": body},
        **key,
    )
    assert (answer.status_code, body.given, Model.objects.count()) == (413, 0, 0)


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "a"])
def test_another_content_type_is_415(send, content_type):
    answer = send(said(), content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_a_byte_order_mark_is_no_matter(client, olivia, now):
    key = bearing(a_token(olivia, now).secret)
    body = b"\xef\xbb\xbf" + json.dumps({"name": "Loans"}).encode()
    assert (
        client.generic("POST", "/api/v1/datasets/", body, content_type="application/json", **key).status_code == 201
    )


@pytest.mark.parametrize("key", ["x" * 201, "a\x7fb"])
def test_a_key_that_is_none_is_422(send, key):
    assert "Idempotency-Key" in send(said(), **{"Idempotency-Key": key}).json()["detail"]


class TestAddresses:
    @pytest.fixture
    def signed_in(self, client, olivia):
        client.force_login(olivia)
        return client

    @pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
    @pytest.mark.parametrize("path", ["/api/v1/modles/", "/api/v1/models/MDL-1/nothing/", "/api/v2/", "/api/x"])
    def test_one_that_there_is_not_is_404_as_a_problem(self, signed_in, method, path):
        answer = getattr(signed_in, method)(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["code"] == "not_found"

    def test_who_is_not_signed_in_learns_nothing_of_addresses(self, client, db):
        answer = client.get("/api/v1/modles/")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")

    def test_one_without_its_last_slash_keeps_method_and_body(self, signed_in, olivia):
        answer = signed_in.post("/api/v1/models?a=b", {"name": "Loans"}, content_type="application/json")
        assert (answer.status_code, answer["Location"]) == (308, "/api/v1/models/?a=b")

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("delete", "/api/v1/models/", "GET, POST"),
            ("put", "/api/v1/models/MDL-0001/", "GET, PATCH"),
            ("post", "/api/v1/me/", "GET"),
            ("options", "/api/v1/models/", "GET, POST"),
        ],
    )
    def test_a_method_it_does_not_know_is_405_with_those_it_knows(self, signed_in, method, path, allowed):
        answer = getattr(signed_in, method)(path)
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
        assert allowed in answer["Allow"]

    def test_another_form_than_there_is_is_406(self, signed_in):
        answer = signed_in.get("/api/v1/models/", headers={"Accept": "text/html"})
        assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")

    def test_what_fails_here_is_500_as_a_problem(self, db, settings, client):
        settings.ROOT_URLCONF = "tests.core.failing"
        client.raise_request_exception = False
        answer = client.get("/api/v1/failing/")
        assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
        assert answer.json()["code"] == "server_error" and "Traceback" not in answer.content.decode()


class TestLists:
    @pytest.fixture
    def asked(self, client, olivia, now):
        client.force_login(olivia)
        for number in range(3):
            a_model(olivia, now, name=f"Model {number}")
        return lambda query: client.get(f"/api/v1/models/?{query}")

    @pytest.mark.parametrize("limit", ["0", "-1", "abc", "1000000000", "1001", "", "1.5", "%00", "٣", "1e2"])
    def test_a_limit_that_is_none_is_422(self, asked, limit):
        answer = asked(f"limit={limit}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["limit"])

    @pytest.mark.parametrize("cursor", ["rubbish", "%00", "Y2Q9eA==", "cD1hYmM=", "cD0lMDA=", "😀"])
    def test_a_cursor_that_was_made_up_is_422(self, asked, cursor):
        answer = asked(f"cursor={cursor}")
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["cursor"])

    @pytest.mark.parametrize(
        "query", ["tier=high", "status=%00", "status=unheard", "kind=magic", "business_unit=Nowhere", "search=%00"]
    )
    def test_a_filter_s_rubbish_is_422_on_it(self, asked, query):
        answer = asked(query)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [query.partition("=")[0]])

    def test_next_leads_through_the_list(self, asked, client):
        page, names = asked("limit=2").json(), []
        while True:
            assert set(page) == {"next", "previous", "results"}
            names += [row["name"] for row in page["results"]]
            if page["next"] is None:
                break
            page = client.get(page["next"]).json()
        assert names == ["Model 2", "Model 1", "Model 0"]


class TestWhatOnlyTheDatabaseRefuses:
    """Two who came at once: the last of them is told so, and the log names the constraint."""

    @pytest.mark.urls("tests.core.failing")
    def test_is_a_conflict_for_programs(self, client):
        answer = client.get("/api/v1/clashing/")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
        assert "try once more" in answer.json()["detail"] and "UNIQUE" not in answer.text

    @pytest.mark.urls("tests.core.failing")
    def test_is_a_page_for_people(self, client, db):
        answer = client.get("/clashing/")
        assert answer.status_code == 409 and "try once more" in answer.text


@pytest.mark.urls("tests.core.failing")
@pytest.mark.parametrize("address", ["/filling/", "/api/v1/filling/"])
def test_a_full_disk_is_said_at_both_doors(address, client, db):
    answer = client.get(address)
    assert answer.status_code == 507 and "The disk is full, so nothing was kept." in answer.text


class TestTheFrameworksOwnRefusals:
    """Each says what to do, and none speaks of the framework's classes."""

    def test_no_token(self, client, db):
        assert "POST tokens/" in client.get("/api/v1/me/").json()["detail"]

    @pytest.mark.parametrize("address", ["models/MDL-0404/", "models/nothing/", "nothing/"])
    def test_nothing_there(self, client, olivia, address):
        client.force_login(olivia)
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == "There is nothing here, or you may not see it."

    def test_another_method(self, client, olivia):
        client.force_login(olivia)
        said = client.delete("/api/v1/models/").json()["detail"]
        assert said.startswith("DELETE can't be done here; what can: ") and "POST" in said

    def test_another_form(self, client, olivia):
        client.force_login(olivia)
        said = client.post("/api/v1/models/", "name=x", content_type="text/plain").json()["detail"]
        assert said == "Send the body as application/json."
        said = client.get("/api/v1/models/", headers={"Accept": "text/html"}).json()["detail"]
        assert said == "This can be had as application/json."

    def test_a_body_of_no_announced_length(self, client, olivia):
        client.force_login(olivia)
        answer = client.get("/api/v1/models/", headers={"Transfer-Encoding": "chunked"})
        assert (answer.status_code, answer.json()["code"]) == (411, "length_required")
        assert "Content-Length" in answer.json()["detail"]
