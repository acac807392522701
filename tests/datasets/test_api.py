"""The API of data: what api.md promises, and what it says when it can't."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from apps.audit.models import Entry
from apps.datasets.models import Dataset, DatasetVersion
from tests.builders.datasets import LOANS, a_dataset, a_version
from tests.builders.files import Endless, announce, part_of_file


@pytest.fixture
def client(client, dmitri):
    client.force_login(dmitri)
    return client


@pytest.fixture
def dataset(dmitri, now):
    return a_dataset(dmitri, now)


def upload(client, dataset, content=LOANS, name="loans.csv", metadata=None, **headers):
    body = {"file": SimpleUploadedFile(name, content)}
    if metadata is not None:
        body["metadata"] = metadata if isinstance(metadata, str) else json.dumps(metadata)
    return client.post(f"/api/v1/datasets/{dataset.reference}/versions/", body, headers=headers)


def test_a_dataset_is_registered_listed_and_shown(client):
    body = {"name": "Employment", "description": "Census rows", "classification": "internal"}
    made = client.post("/api/v1/datasets/", body, content_type="application/json")
    assert (made.status_code, made.json()["reference"], made["ETag"]) == (201, "DS-0001", '"1"')
    assert made.json()["business_unit"] == "Retail credit"
    listed = client.get("/api/v1/datasets/?search=employ&classification=internal").json()
    assert [row["name"] for row in listed["results"]] == ["Employment"] and listed["next"] is None
    assert client.get("/api/v1/datasets/?search=nothing").json()["results"] == []
    assert client.get("/api/v1/datasets/DS-0001/").json() == made.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "a", "classification": "secret"}, "classification"),
        ({"name": "a", "colour": "red"}, "colour"),
        ({"name": 1 * "x" * 121}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a", "business_unit": "Nowhere"}, "business_unit"),
    ],
)
def test_a_bad_registration_is_said_by_field(client, body, field):
    answer = client.post("/api/v1/datasets/", body, content_type="application/json")
    assert answer.status_code == 422 and field in answer.json()["errors"] and not Dataset.objects.exists()


def test_a_description_is_changed_under_its_etag(client, dataset):
    def patch(**headers):
        return client.patch(
            "/api/v1/datasets/DS-0001/", {"name": "New"}, content_type="application/json", headers=headers
        )

    assert patch().status_code == 428
    assert patch(**{"If-Match": '"7"'}).status_code == 412
    changed = patch(**{"If-Match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed["ETag"]) == (200, "New", '"2"')


def test_an_upload_answers_with_the_version(client, dataset):
    answer = upload(client, dataset, metadata={"target": "default", "protected": ["age"]})
    body = answer.json()
    assert (answer.status_code, body["reference"], body["rows"]) == (201, "DS-0001@1", 4)
    assert {name: value for name, value in body["columns"][1].items() if name != "digest"} == {
        "name": "age",
        "type": "integer",
        "nulls": 0,
        "distinct": 4,
        "min": 23,
        "max": 61,
    }
    assert body["quality"]["missing_cells"] == 1 and len(body["digest"]) == 64
    for address in ("DS-0001@1", "DS-0001%401"):
        assert client.get(f"/api/v1/dataset-versions/{address}/").json() == body
    listed = client.get("/api/v1/datasets/DS-0001/versions/").json()
    assert listed["results"] == [body] and listed["next"] is None


def test_the_same_bytes_answer_200_with_the_same_version(client, dataset):
    first = upload(client, dataset)
    again = upload(client, dataset)
    assert (again.status_code, again.json()) == (200, first.json())


def test_one_key_is_one_effect(client, dataset):
    first = upload(client, dataset, **{"Idempotency-Key": "one"})
    again = upload(client, dataset, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    other = upload(client, dataset, LOANS + b"9,9,0.9,no\n", **{"Idempotency-Key": "one"})
    assert other.status_code == 422 and "another body" in other.json()["detail"]
    assert DatasetVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "metadata", "field", "sentence"),
    [
        (b"", None, "file", "The file is empty"),
        (b"a,b\n1,2,3\n", None, "file", "Line 2 has 3 fields"),
        (b"PK\x03\x04...", None, "file", "ZIP archive"),
        (LOANS, {"target": "nope"}, "metadata.target", "There is no column “nope”"),
        (LOANS, {"protected": ["age", "race"]}, "metadata.protected[1]", "There is no column “race”"),
        (LOANS, "{not json", "metadata", "This is not JSON"),
        (LOANS, "[" * 100_000, "metadata", "This is not JSON"),
        (LOANS, "[1]", "metadata", "must be an object"),
        (LOANS, "[]", "metadata", "must be an object"),
        (LOANS, {"targget": "default"}, "metadata", "There is no field “targget”"),
    ],
)
def test_a_bad_upload_is_422_by_field_and_changes_nothing(client, dataset, content, metadata, field, sentence):
    before = Entry.objects.count()
    answer = upload(client, dataset, content, metadata=metadata)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert sentence in " ".join(answer.json()["errors"][field])
    assert Entry.objects.count() == before and not DatasetVersion.objects.exists()


def test_no_file_is_said(client, dataset):
    answer = client.post("/api/v1/datasets/DS-0001/versions/", {"metadata": "{}"})
    assert answer.status_code == 422 and "file" in answer.json()["errors"]


def test_json_where_a_file_belongs_is_415(client, dataset):
    answer = client.post("/api/v1/datasets/DS-0001/versions/", {}, content_type="application/json")
    assert answer.status_code == 415


def test_five_gigabytes_announced_are_refused_unread(client, dataset):
    body = Endless(part_of_file())
    with override_settings(UPLOAD_LIMIT_BYTES=1 << 20):
        answer = announce(client, "/api/v1/datasets/DS-0001/versions/", announced_bytes=5 << 30, body=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "larger than 1 MB" in answer.json()["detail"] and body.given == 0


def test_who_may_not_is_403_before_the_body_is_judged(client, dataset, aisha):
    client.force_login(aisha)
    assert upload(client, dataset, b"").status_code == 403


def test_another_units_data_does_not_exist(client, dataset, dmitri, oscar, now):
    version = a_version(dmitri, now, dataset=dataset)
    client.force_login(oscar)
    assert upload(client, dataset).status_code == 404
    for address in (
        "datasets/DS-0001/",
        "datasets/DS-0001/versions/",
        f"dataset-versions/{version.reference}/table/",
    ):
        assert client.get(f"/api/v1/{address}").status_code == 404
    assert client.get("/api/v1/dataset-versions/").json()["results"] == []


def test_tables_and_sources_are_downloaded_by_who_may_read_rows(client, dmitri, adam, dataset, now):
    a_version(dmitri, now, dataset=dataset, filename='lo"ans\r\n.csv')
    source = client.get("/api/v1/dataset-versions/DS-0001@1/source/")
    assert b"".join(source.streaming_content) == LOANS and source["X-Content-Type-Options"] == "nosniff"
    assert source["Content-Disposition"] == "attachment; filename*=utf-8''lo%22ans%0D%0A.csv"
    table = client.get("/api/v1/dataset-versions/DS-0001@1/table/")
    assert b"".join(table.streaming_content)[:4] == b"PAR1"
    assert client.get("/api/v1/dataset-versions/DS-0001@1/rows/").json()[1]["age"] == 47
    assert client.get("/api/v1/dataset-versions/DS-0001@1/profile/").json()["age"]["mean"] == 41.5
    client.force_login(adam)
    assert client.get("/api/v1/dataset-versions/DS-0001@1/").status_code == 200
    for part in ("profile", "rows", "table", "source"):
        assert client.get(f"/api/v1/dataset-versions/DS-0001@1/{part}/").status_code == 403


def test_a_list_costs_the_same_however_long(client, dmitri, now, django_assert_max_num_queries):
    for n in range(12):
        a_version(dmitri, now, LOANS + f"{n},9,0.9,no\n".encode(), dataset=a_dataset(dmitri, now, name=f"d{n}"))
    for address in ("/api/v1/datasets/", "/api/v1/dataset-versions/", "/datasets/"):
        with django_assert_max_num_queries(20):
            assert client.get(address).status_code == 200


def test_a_long_text_is_shown_by_its_beginning(client, dataset):
    upload(client, dataset, b"id,text\n1," + b"x" * 50_000 + b"\n2,short\n")
    shown = client.get("/api/v1/dataset-versions/DS-0001@1/rows/").json()
    assert shown == [{"id": 1, "text": "x" * 1_000 + "…"}, {"id": 2, "text": "short"}]
    frequent = client.get("/api/v1/dataset-versions/DS-0001@1/profile/").json()["text"]["top"]
    assert sorted(frequent) == [["short", 1], ["x" * 200 + "…", 1]]


def test_known_bytes_excuse_no_metadata_of_another_shape(client, dataset):
    assert upload(client, dataset).status_code == 201
    answer = upload(client, dataset, metadata="[]")
    assert (answer.status_code, answer.json()["errors"]) == (422, {"metadata": ["This must be an object."]})
