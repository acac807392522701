"""The API of sources: registered, described, extracted from, ended; and what it says when it can't."""

import pytest

from apps.audit.models import Entry
from apps.datasets.models import Extraction, Source
from apps.jobs.running import work_off
from tests.builders.datasets import LOANS, a_dataset
from tests.builders.sources import a_source

PLACE = {"path": "/srv/loans.csv"}
BODY = {
    "dataset": "DS-0001",
    "name": "Loans of the core bank",
    "kind": "file",
    "place": PLACE,
    "legal_basis": "contract",
    "retention_days": 730,
    "sensitive_columns": ["age"],
}


@pytest.fixture
def client(client, dmitri):
    client.force_login(dmitri)
    return client


@pytest.fixture
def dataset(dmitri, now):
    return a_dataset(dmitri, now)


def post(client, body, path="", **headers):
    return client.post(f"/api/v1/sources/{path}", body, content_type="application/json", **headers)


def test_a_source_is_registered_and_shown(client, dataset):
    answer = post(client, BODY)
    assert answer.status_code == 201
    assert answer.json() | BODY == answer.json()
    told = answer.json()
    assert (told["reference"], told["owner"], told["classification"]) == (
        "SRC-0001",
        "dmitri@demo.example",
        "confidential",
    )
    assert client.get("/api/v1/sources/SRC-0001/")["ETag"] == answer["ETag"]
    assert client.get("/api/v1/sources/?kind=file&dataset=DS-0001").json()["results"] == [told]
    assert client.get("/api/v1/sources/?kind=sqlite").json()["results"] == []


def test_it_is_extracted_from_by_a_job(client, dataset, folder):
    (folder / "loans.csv").write_bytes(LOANS)
    post(client, BODY | {"place": {"path": str(folder / "loans.csv")}})
    asked = post(client, {}, "SRC-0001/extractions/", HTTP_IDEMPOTENCY_KEY="one")
    assert asked.status_code == 202 and asked["Location"].endswith(f"/jobs/{asked.json()['job']['id']}/")
    work_off()
    job = client.get(asked["Location"]).json()
    wanted = {"extraction": "SRC-0001@1", "version": "DS-0001@1", "outcome": "new", "new_rows": 4}
    assert (job["state"], job["result"]) == ("done", wanted)
    assert post(client, {}, "SRC-0001/extractions/", HTTP_IDEMPOTENCY_KEY="one").json() == asked.json()
    (listed,) = client.get("/api/v1/sources/SRC-0001/extractions/").json()["results"]
    assert (listed["version"], listed["rows"], listed["parts"][0]["from"]) == ("DS-0001@1", 4, "loans.csv")


def test_it_changes_under_its_revision(client, dataset):
    made = post(client, BODY)
    change = {"place": {"path": "/srv/other.csv"}, "schedule": "daily"}

    def patch(body, **headers):
        return client.patch("/api/v1/sources/SRC-0001/", body, content_type="application/json", **headers)

    assert patch(change).status_code == 428
    answer = patch(change, HTTP_IF_MATCH=made["ETag"])
    assert answer.json()["place"] == change["place"] and answer.json()["due_at"].endswith("T03:00:00Z")
    assert patch(change, HTTP_IF_MATCH=made["ETag"]).status_code == 412


def test_it_ends_for_good(client, dataset):
    post(client, BODY)
    assert post(client, {"reason": ""}, "SRC-0001/ending/").status_code == 422
    ended = post(client, {"reason": "The bank has moved."}, "SRC-0001/ending/")
    assert (ended.status_code, ended.json()["status"], ended.json()["due_at"]) == (201, "ended", None)
    assert post(client, {"reason": "Again"}, "SRC-0001/ending/").status_code == 409
    assert post(client, {}, "SRC-0001/extractions/").status_code == 409


REFUSED = {
    "another kind": ({"kind": "ftp"}, "kind", "not a valid choice"),
    "no such field": ({"place": PLACE | {"password": "hunter2"}}, "place.password", "There is no such field"),
    "a missing field": ({"kind": "sqlite"}, "place", "Name a table, or write a query"),
    "half a path": ({"place": {"path": "loans.csv"}}, "place.path", "Write the whole path"),
    "a way out": ({"place": {"path": "/srv/../etc/passwd"}}, "place.path", "without “..”"),
    "another class": ({"classification": "restricted"}, "classification", "handled as confidential"),
    "no days": ({"retention_days": 0}, "retention_days", "greater than or equal to 1"),
    "too many days": ({"retention_days": 99_999}, "retention_days", "from 1 to 36,525"),
    "no cursor": ({"mode": "incremental"}, "cursor", "Name the column that tells new rows"),
    "no calendar": ({"schedule": "now and then"}, "schedule", "Write minute, hour"),
    "too often": ({"schedule": "*/5 * * * *"}, "schedule", "Once an hour at most"),
    "a part of no table": ({"metadata": {"tarket": "x"}}, "metadata", "There is no field “tarket”"),
    "another's dataset": ({"dataset": "DS-0009"}, "dataset", "There is no “DS-0009”"),
    "no credential": ({"credentials": {"password": "env:QUAESTOR_SOURCE_X"}}, "credentials.password", "knows none"),
}


@pytest.mark.parametrize(("change", "field", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_can_t_be_so_is_refused_at_its_field(client, dataset, change, field, sentence):
    before = Entry.objects.count()
    answer = post(client, BODY | change)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json"), answer.json()
    told = answer.json()["errors"]
    where = next((name for name in told if name.startswith(field)), None)
    assert where and sentence in " ".join(told[where]), told
    assert not Source.objects.exists() and Entry.objects.count() == before


def test_another_units_sources_do_not_exist(client, dmitri, oscar, now):
    a_source(dmitri, now, "file", PLACE)
    client.force_login(oscar)
    for path in ("SRC-0001/", "SRC-0001/extractions/"):
        assert client.get(f"/api/v1/sources/{path}").status_code == 404
    assert post(client, {}, "SRC-0001/extractions/").status_code == 404
    assert client.get("/api/v1/sources/").json()["results"] == []


def test_an_auditor_reads_and_changes_nothing(client, dmitri, aisha, now):
    a_source(dmitri, now, "file", PLACE)
    client.force_login(aisha)
    assert client.get("/api/v1/sources/SRC-0001/").status_code == 200
    for path in ("", "SRC-0001/extractions/", "SRC-0001/ending/"):
        assert post(client, {"nonsense": 1}, path).status_code == 403
    assert not Extraction.objects.exists()


def test_a_dataset_keeps_the_care_that_its_sources_need(client, dataset):
    post(client, BODY)
    etag = client.get("/api/v1/datasets/DS-0001/")["ETag"]
    answer = client.patch(
        "/api/v1/datasets/DS-0001/",
        {"classification": "internal"},
        content_type="application/json",
        HTTP_IF_MATCH=etag,
    )
    assert answer.status_code == 422 and "SRC-0001 is handled as confidential" in answer.json()["detail"]
