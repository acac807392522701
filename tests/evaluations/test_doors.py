"""Evaluations by API and pages: asked for, followed, read, compared."""

import pytest
from rest_framework.test import APIClient

from apps.evaluations.services import fail
from apps.inventory.services.versions import add_version
from apps.jobs.models import Job
from tests.builders.versions import a_draft, evaluated, submitted

pytestmark = pytest.mark.usefixtures("policies_in_force")
ROOT = "/api/v1/versions/MDL-0001@1.0.0"


@pytest.fixture
def api():
    def by(person):
        client = APIClient()
        client.force_authenticate(person)
        return client

    return by


def test_a_dry_run_is_asked_for_and_answers_with_its_job(api, olivia, dmitri, now):
    version = a_draft(olivia, dmitri, now)
    answer = api(dmitri).post(f"{ROOT}/evaluations/", {"dry_run": True}, format="json")
    assert answer.status_code == 202 and answer["Retry-After"]
    assert answer["Location"].endswith(f"/api/v1/jobs/{Job.objects.get().pk}/")
    assert answer.json()["evaluation"] == version.evaluations.get().reference
    (listed,) = api(dmitri).get(f"{ROOT}/evaluations/").json()["results"]
    assert (listed["status"], listed["dry_run"], listed["outcome"]) == ("running", True, None)


def test_one_key_asks_once(api, olivia, dmitri, now):
    version = a_draft(olivia, dmitri, now)
    answers = [
        api(dmitri).post(f"{ROOT}/evaluations/", {"dry_run": True}, format="json", HTTP_IDEMPOTENCY_KEY="one")
        for _ in range(2)
    ]
    assert [a.status_code for a in answers] == [202, 202] and answers[0]["Location"] == answers[1]["Location"]
    assert version.evaluations.count() == 1


@pytest.mark.parametrize(
    ("who", "body", "status", "said"),
    [
        ("dmitri", {"dry_run": False}, 422, "Submit the version instead"),
        ("dmitri", {}, 422, "required"),
        ("dmitri", {"dry_run": True, "suite": "mine"}, 422, "not a valid choice"),
        ("dmitri", {"dry_run": True, "sweet": 1}, 422, "There is no such field"),
        ("aisha", {"dry_run": True}, 403, "Your roles do not allow this"),
        ("oscar", {"dry_run": True}, 404, ""),
    ],
)
def test_what_is_refused_says_why(who, body, status, said, api, olivia, dmitri, aisha, oscar, now):
    version = a_draft(olivia, dmitri, now)
    asker = {"dmitri": dmitri, "aisha": aisha, "oscar": oscar}[who]
    answer = api(asker).post(f"{ROOT}/evaluations/", body, format="json")
    assert answer.status_code == status and said in answer.content.decode()
    assert not version.evaluations.exists()


def test_what_is_submitted_is_dry_run_no_more(api, olivia, dmitri, now):
    submitted(olivia, dmitri, now)
    answer = api(dmitri).post(f"{ROOT}/evaluations/", {"dry_run": True}, format="json")
    assert answer.status_code == 409 and "for a draft" in answer.json()["detail"]


def test_results_and_verdict_are_read_in_the_contract_s_shape(api, olivia, dmitri, aisha, now):
    evaluated(submitted(olivia, dmitri, now), now)
    results = api(aisha).get(f"{ROOT}/results/?kind=performance&limit=1000").json()["results"]
    ratio = next(result for result in results if result.get("group") == {"RAC1P": "2"})
    assert (ratio["measure"], ratio["value"], ratio["low"], ratio["high"]) == ("impact_ratio", 0.831, 0.799, 0.864)
    assert {"measure_version", "confidence", "interval_method", "n", "unit", "dataset_digest", "status"} <= set(ratio)
    assert ratio["evaluation"] == "EVL-0001" and "class" not in ratio and "series" not in ratio
    assert not api(aisha).get(f"{ROOT}/results/?kind=drift").json()["results"]
    assert api(aisha).get(f"{ROOT}/results/?kind=beauty").status_code == 422
    verdict = api(aisha).get(f"{ROOT}/verdict/").json()
    assert verdict["outcome"] == "passed_near_limit" and verdict["policy"].startswith("POL-")
    assert {"name", "measure", "select", "value", "limit", "margin", "severity", "outcome"} <= set(
        verdict["gates"][0]
    )
    assert api(aisha).get("/api/v1/evaluations/EVL-0001/").json()["outcome"] == "passed_near_limit"


def test_what_was_never_evaluated_has_no_verdict_yet(api, olivia, dmitri, now):
    a_draft(olivia, dmitri, now)
    answer = api(dmitri).get(f"{ROOT}/verdict/")
    assert answer.status_code == 404 and "not been evaluated yet" in answer.json()["detail"]
    assert api(dmitri).get(f"{ROOT}/results/").json()["results"] == []


def test_another_unit_sees_none_of_it(api, olivia, dmitri, oscar, client, now):
    evaluated(submitted(olivia, dmitri, now), now)
    for address in (f"{ROOT}/results/", f"{ROOT}/verdict/", "/api/v1/evaluations/EVL-0001/"):
        assert api(oscar).get(address).status_code == 404
    client.force_login(oscar)
    assert client.get("/evaluations/EVL-0001/").status_code == 404


def test_the_catalogue_of_tests_is_served(api, dmitri):
    entries = api(dmitri).get("/api/v1/tests/").json()["results"]
    auc = next(entry for entry in entries if entry["id"] == "auc")
    assert auc["family"] == "performance" and auc["formula"] and auc["source"] and auc["reading"]
    some = api(dmitri).get("/api/v1/tests/?family=drift").json()["results"]
    assert {entry["family"] for entry in some} == {"drift"}
    assert api(dmitri).get("/api/v1/tests/?family=none").status_code == 422


def text(answer):
    return answer.content.decode()


def test_the_version_s_page_shows_its_gates_with_n_and_interval(client, olivia, dmitri, now):
    evaluated(submitted(olivia, dmitri, now), now)
    client.force_login(dmitri)
    page = text(client.get("/versions/MDL-0001@1.0.0/"))
    assert "Passed near limit." in page and "while its lower bound 0.799 does not" in page
    assert "Quality gates" in page and "[0.799, 0.864]" in page and "≥ 0.80" in page
    assert 'aria-current="step"' in page


def test_a_version_that_could_not_be_evaluated_says_so_on_its_page(client, olivia, dmitri, now):
    version = submitted(olivia, dmitri, now)
    fail(evaluation=version.evaluations.get(), reason="The table has no rows to score.", now=now)
    client.force_login(dmitri)
    assert "The table has no rows to score." in text(client.get("/versions/MDL-0001@1.0.0/"))
    assert "The table has no rows to score." in text(client.get("/evaluations/EVL-0001/"))


def test_a_draft_is_run_dry_from_its_page(client, olivia, dmitri, aisha, now):
    version = a_draft(olivia, dmitri, now)
    client.force_login(dmitri)
    assert "Not evaluated yet" in text(client.get("/versions/MDL-0001@1.0.0/"))
    assert client.get("/versions/MDL-0001@1.0.0/dry-run/").status_code == 200
    made = client.post("/versions/MDL-0001@1.0.0/dry-run/")
    assert made.url == "/evaluations/EVL-0001/" and version.evaluations.get().dry_run
    assert "<progress" in text(client.get(made.url))
    client.force_login(aisha)
    assert client.post("/versions/MDL-0001@1.0.0/dry-run/").status_code == 403


def test_two_versions_are_compared(client, olivia, dmitri, now):
    version = evaluated(submitted(olivia, dmitri, now), now)
    said = {**version.metadata, "version": "1.1.0", "threshold": 0.6}
    add_version(actor=dmitri, model=version.model, metadata=said, now=now)
    client.force_login(dmitri)
    page = text(client.get("/versions/compare/?a=MDL-0001@1.0.0&b=MDL-0001@1.1.0"))
    assert "threshold" in page and "0.6" in page and "Four-fifths rule" in page
    assert client.get("/versions/compare/?a=MDL-0001@9").status_code == 404
