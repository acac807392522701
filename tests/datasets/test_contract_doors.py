"""Contracts and checks through both doors: what is shown to whom, and what is said of a text that can't be used."""

import json

import pytest
import yaml

from apps.datasets.models import CheckResult, Contract
from apps.jobs.running import work_off
from tests.builders.contracts import contract, drafted, in_force, ours
from tests.builders.datasets import a_dataset, a_version

GOOD = b"id,amount,state\n1,10.5,BY\n2,20,BE\n3,30,BY\n"
BAD = b"id,amount,state\n1,-10.5,SECRET\n1,20,BE\n,30,BY\n"


@pytest.fixture
def dataset(dmitri, now):
    return a_dataset(dmitri, now)


@pytest.fixture
def as_(client):
    def signed_in(person):
        client.force_login(person)
        return client

    return signed_in


def yaml_to(client, address, text, **headers):
    return client.post(address, text, content_type="application/yaml", headers=headers)


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:400]
    return answer.content.decode()


def test_a_contract_goes_from_text_to_force(as_, dataset, dmitri, olivia):
    made = yaml_to(as_(dmitri), "/api/v1/datasets/DS-0001/contracts/?note=First", contract())
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["reference"], said["status"], said["checks"], said["note"]) == ("CTR-0001", "draft", 3, "First")
    assert as_(dmitri).post("/api/v1/contracts/CTR-0001/agreement/").status_code == 403
    agreed = as_(olivia).post(
        "/api/v1/contracts/CTR-0001/agreement/", {"note": "Right"}, content_type="application/json"
    )
    assert (agreed.status_code, agreed.json()["status"]) == (201, "in_force")
    assert as_(olivia).get("/api/v1/contracts/?dataset=DS-0001&status=in_force").json()["results"][0]["number"] == 1
    checks = as_(olivia).get("/api/v1/contracts/CTR-0001/checks/").json()["results"]
    assert [check["kind"] for check in checks] == ["not_null", "unique", "range"]
    ended = as_(olivia).post("/api/v1/contracts/CTR-0001/ending/", {"note": "x"}, content_type="application/json")
    assert ended.json()["status"] == "ended"


def test_a_document_is_fetched_as_yaml_and_as_json(as_, dataset, dmitri, olivia, now):
    in_force(dmitri, olivia, dataset, now)
    sent = as_(dmitri).get("/api/v1/contracts/CTR-0001/document/", headers={"Accept": "application/yaml"})
    assert sent["Content-Type"].startswith("application/yaml")
    assert yaml.safe_load(sent.content) == {**yaml.safe_load(contract()), "status": "active"}
    as_json = as_(dmitri).get("/api/v1/contracts/CTR-0001/document/", headers={"Accept": "application/json"})
    assert as_json.json()["status"] == "active"
    download = as_(dmitri).get("/contracts/CTR-0001/document/")
    assert download["Content-Disposition"] == 'attachment; filename="DS-0001-1.odcs.yaml"'
    assert json.loads(as_(dmitri).get("/contracts/CTR-0001/document/?as=json").content)["kind"] == "DataContract"


def test_lines_that_cannot_be_read_are_told(as_, dataset, dmitri):
    refused = yaml_to(as_(dmitri), "/api/v1/datasets/DS-0001/contracts/", contract([{"name": "x", "requird": True}]))
    assert refused.status_code == 422
    assert refused.json()["lines"] == [
        {
            "line": 11,
            "column": 5,
            "field": "schema[0].properties[0].requird",
            "message": "“requird” isn't a field here. Did you mean “required”?",
        }
    ]
    assert not Contract.objects.exists()


def test_a_draft_is_edited_under_its_etag(as_, dataset, dmitri, now):
    drafted(dmitri, dataset, now)
    address, text = "/api/v1/contracts/CTR-0001/", contract(version="1.1.0")
    client = as_(dmitri)
    assert client.patch(address, text, content_type="application/yaml").status_code == 428
    stale = client.patch(address, text, content_type="application/yaml", headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    done = client.patch(address, text, content_type="application/yaml", headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["document"]["version"]) == (200, "1.1.0")


def test_a_check_is_asked_for_and_its_results_are_listed(as_, dataset, dmitri, olivia, now):
    version = a_version(dmitri, now, BAD, dataset)
    address = f"/api/v1/dataset-versions/{version.reference}/checks/"
    nothing = as_(dmitri).post(address, {}, content_type="application/json")
    assert (nothing.status_code, nothing.json()["detail"]) == (
        *(409, "DS-0001 has no contract in force to check against."),
    )
    in_force(dmitri, olivia, dataset, now)
    asked = as_(dmitri).post(address, {}, content_type="application/json")
    assert asked.status_code == 202
    work_off()
    assert as_(dmitri).get(asked["Location"]).json()["result"]["outcome"] == "refused"
    (found,) = as_(dmitri).get(address).json()["results"]
    assert (found["outcome"], found["contract"], found["rows"]) == ("refused", "CTR-0001", 3)
    named = {result["name"]: result for result in found["results"]}
    assert (named["amount in its range"]["failing"], named["amount in its range"]["outcome"]) == (1, "failed")
    assert as_(dmitri).get("/api/v1/datasets/DS-0001/checks/").json()["results"] == [found]
    assert as_(dmitri).get(f"/api/v1/dataset-versions/{version.reference}/").json()["fitness"] == "refused"
    assert as_(dmitri).get("/api/v1/dataset-versions/?fitness=refused").json()["results"]


def test_failing_rows_are_for_who_may_read_rows(as_, dataset, dmitri, olivia, adam, now):
    rule = {"metric": "invalidValues", "mustBe": 0, "arguments": {"validValues": ["BY", "BE"]}, "name": "states"}
    in_force(dmitri, olivia, dataset, now, contract([{"name": "state", "logicalType": "string", "quality": [rule]}]))
    version = a_version(dmitri, now, BAD, dataset)
    work_off()
    result = CheckResult.objects.get(name="states")
    address = f"/api/v1/dataset-versions/{version.reference}/checks/{result.pk}/rows/"
    assert as_(dmitri).get(address).json() == {
        "columns": ["row of the table", "state"],
        "rows": [[1, "SECRET"]],
        "complete": True,
        "reason": "",
    }
    assert "SECRET" in page(as_(dmitri), f"/dataset-versions/{version.reference}/failing/{result.pk}/")
    assert as_(adam).get(address).status_code == 403
    assert as_(adam).get(f"/dataset-versions/{version.reference}/failing/{result.pk}/").status_code == 403
    assert "SECRET" not in page(as_(adam), f"/dataset-versions/{version.reference}/")
    assert "SECRET" not in as_(adam).get(f"/api/v1/dataset-versions/{version.reference}/checks/").content.decode()
    promised = CheckResult.objects.get(name="columns as promised")
    gone = as_(dmitri).get(f"/api/v1/dataset-versions/{version.reference}/checks/{promised.pk}/rows/")
    assert gone.json()["reason"] == "No single row fails this check."
    assert as_(dmitri).get(f"/api/v1/dataset-versions/{version.reference}/checks/99/rows/").status_code == 404


def test_another_unit_s_contracts_are_not_there(as_, dataset, dmitri, olivia, oscar, now):
    in_force(dmitri, olivia, dataset, now)
    for address in ("/api/v1/contracts/CTR-0001/", "/api/v1/contracts/CTR-0001/document/", "/contracts/CTR-0001/"):
        assert as_(oscar).get(address).status_code == 404
    assert yaml_to(as_(oscar), "/api/v1/datasets/DS-0001/contracts/", contract()).status_code == 404


def test_an_auditor_reads_and_writes_none(as_, dataset, dmitri, olivia, aisha, now):
    in_force(dmitri, olivia, dataset, now)
    a_version(dmitri, now, GOOD, dataset)
    assert as_(aisha).get("/api/v1/contracts/CTR-0001/").status_code == 200
    assert yaml_to(as_(aisha), "/api/v1/datasets/DS-0001/contracts/", contract()).status_code == 403
    asked = as_(aisha).post("/api/v1/dataset-versions/DS-0001@1/checks/", {}, content_type="application/json")
    assert asked.status_code == 403


def test_a_contract_is_written_on_its_page_and_nothing_typed_is_lost(as_, dataset, dmitri, now):
    a_version(dmitri, now, GOOD, dataset)
    client = as_(dmitri)
    assert "No contract yet" in page(client, "/datasets/DS-0001/")
    assert "name: amount" in page(client, "/datasets/DS-0001/contracts/new/")
    typed = contract([{"name": "x", "requird": True}])
    refused = client.post("/datasets/DS-0001/contracts/new/", {"text": typed})
    shown = refused.content.decode()
    assert refused.status_code == 422
    assert "One line has to be mended" in shown and "requird: true" in shown and 'href="#L11"' in shown
    tried = client.post("/datasets/DS-0001/contracts/new/", {"text": contract(), "check": "1"})
    assert "It can be read: 3 columns, 3 checks" in tried.content.decode()
    made = client.post("/datasets/DS-0001/contracts/new/", {"text": contract(), "note": "First"})
    assert (made.status_code, made.url) == (302, "/contracts/CTR-0001/")
    shown = page(client, made.url)
    assert "id unique" in shown and "First" in shown and "Put into force" not in shown


def test_a_contract_is_agreed_edited_withdrawn_and_ended_on_its_pages(as_, dataset, dmitri, olivia, now):
    drafted(dmitri, dataset, now)
    edited = as_(dmitri).post("/contracts/CTR-0001/edit/", {"text": contract(version="2"), "revision": 1})
    assert edited.status_code == 302
    assert "Its checks" in page(as_(olivia), "/contracts/CTR-0001/agree/")
    assert as_(olivia).post("/contracts/CTR-0001/agree/", {"revision": 2, "note": "Right"}).status_code == 302
    drafted(dmitri, dataset, now, contract([{"name": "id", "logicalType": "string"}]))
    shown = page(as_(olivia), "/contracts/CTR-0002/")
    assert "“id” was integer and is string" in shown and "“amount” is gone" in shown
    assert as_(olivia).post("/contracts/CTR-0002/withdraw/", {"revision": 1, "note": "No"}).status_code == 302
    assert as_(olivia).post("/contracts/CTR-0001/end/", {"revision": 3, "note": "Over"}).status_code == 302
    listed = page(as_(dmitri), "/datasets/DS-0001/contracts/")
    assert "Withdrawn" in listed and "Ended" in listed


def test_quality_is_drawn_over_versions(as_, dataset, dmitri, olivia, now):
    in_force(dmitri, olivia, dataset, now)
    for content in (GOOD, BAD, GOOD + b"4,4,BY\n"):
        a_version(dmitri, now, content, dataset)
    work_off()
    shown = page(as_(olivia), "/datasets/DS-0001/")
    assert "Quality over versions" in shown and "3 versions checked" in shown and "1 of 3" in shown
    assert shown.count("<figcaption>") >= 3
    refused = page(as_(olivia), "/dataset-versions/DS-0001@2/")
    assert "breaks its dataset" in refused and "Check again" in refused
    again = as_(olivia).post("/dataset-versions/DS-0001@2/check/")
    assert (again.status_code, "/jobs/" in again.url) == (302, True)


def test_a_page_costs_the_same_however_many_versions_were_checked(
    as_, dataset, dmitri, olivia, now, django_assert_max_num_queries
):
    in_force(dmitri, olivia, dataset, now)
    for number in range(6):
        a_version(dmitri, now, GOOD + f"{number + 5},1,BY\n".encode(), dataset)
    work_off()
    client = as_(olivia)
    page(client, "/datasets/DS-0001/")
    with django_assert_max_num_queries(60):
        page(client, "/datasets/DS-0001/")


def test_a_rule_for_another_engine_is_said_to_be_kept(as_, dataset, dmitri, now):
    drafted(
        dmitri,
        dataset,
        now,
        contract(quality=[{"type": "text", "description": "By hand"}, ours("sql", failingRows="SELECT 1")]),
    )
    assert "Kept, not checked" in page(as_(dmitri), "/contracts/CTR-0001/")
