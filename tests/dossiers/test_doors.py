"""The way of a version by API and pages."""

import pytest
from rest_framework.test import APIClient

from apps.jobs.models import Job
from tests.builders.versions import a_draft, evaluated, fresh, in_approval, submitted

pytestmark = pytest.mark.usefixtures("policies_in_force")
ROOT = "/api/v1/versions/MDL-0001@1.0.0"
PAGE = "/versions/MDL-0001@1.0.0"


def api(person):
    client = APIClient()
    client.force_authenticate(person)
    return client


def post(person, action, body):
    return api(person).post(f"{ROOT}/{action}/", body, format="json")


def test_a_submission_answers_with_its_job(olivia, dmitri, now):
    version = a_draft(olivia, dmitri, now)
    answer = post(dmitri, "submission", {})
    assert answer.status_code == 202 and answer.json()["status"] == "submitted"
    assert answer["Location"].endswith(f"/jobs/{Job.objects.get().pk}/") and fresh(version).status == "submitted"
    assert post(dmitri, "submission", {}).status_code == 409


def test_two_submissions_with_one_key_are_one(olivia, dmitri, now):
    version = a_draft(olivia, dmitri, now)
    answers = [
        api(dmitri).post(f"{ROOT}/submission/", {}, format="json", HTTP_IDEMPOTENCY_KEY="once") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json() and version.submissions.count() == 1


def test_the_whole_state_is_read_at_once(olivia, dmitri, victor, rosa, now):
    in_approval(olivia, dmitri, victor, now)
    state = api(rosa).get(f"{ROOT}/").json()
    assert state["status"] == "in_approval" and state["verdict"]["outcome"] == "passed_near_limit"
    assert state["validation"]["conclusion"] == "fit" and len(state["dossier_digest"]) == 64
    assert state["approval"]["status"] == "open" and state["approval"]["live"] is False
    assert state["available_actions"] == ["decisions"]
    assert [step["name"] for step in state["lifecycle"]][:3] == ["Proposed", "Documented", "Evidence"]


def test_the_owner_attests_with_her_password(olivia, dmitri, now):
    evaluated(submitted(olivia, dmitri, now), now)
    body = {"statement": "For applicants aged 16 to 64.", "password": "olivia"}
    wrong = post(olivia, "acceptance", {**body, "password": "guessed"})
    assert wrong.status_code == 422 and "password" in wrong.json()["errors"]
    answer = post(olivia, "acceptance", body)
    assert answer.status_code == 201 and answer.json()["signature"]["signer"] == "Olivia Okafor"
    assert answer.json()["signature"]["record_digest"] == answer.json()["uses_digest"]


def test_five_wrong_passwords_lock_signing(olivia, dmitri, now):
    evaluated(submitted(olivia, dmitri, now), now)
    body = {"statement": "Mine.", "password": "guessed"}
    answers = [post(olivia, "acceptance", body).status_code for _ in range(5)]
    assert answers == [422] * 5
    assert post(olivia, "acceptance", {**body, "password": "olivia"}).status_code == 423


def test_who_does_not_own_it_is_not_asked_for_a_password(olivia, dmitri, now):
    evaluated(submitted(olivia, dmitri, now), now)
    answer = post(dmitri, "acceptance", {"statement": "Me too", "password": "guessed"})
    assert answer.status_code == 422 and "who owns the model" in answer.json()["detail"]


def test_it_is_sent_back_by_the_second_line_and_withdrawn_by_the_first(olivia, dmitri, rosa, now):
    version = evaluated(submitted(olivia, dmitri, now), now)
    assert post(dmitri, "return", {"reason": "No"}).status_code == 403
    assert post(rosa, "return", {}).status_code == 422
    answer = post(rosa, "return", {"reason": "Too few of the young"})
    assert answer.status_code == 200 and answer.json()["status"] == "draft"
    assert post(dmitri, "submission", {}).status_code == 202
    assert post(dmitri, "withdrawal", {"reason": "A mistake"}).json()["status"] == "draft"
    assert fresh(version).status == "draft"


def text(answer):
    return answer.content.decode()


def test_the_pages_submit_send_back_and_attest(client, olivia, dmitri, rosa, now):
    version = a_draft(olivia, dmitri, now)
    client.force_login(dmitri)
    assert "Submit" in text(client.get(f"{PAGE}/"))
    assert "Submit it to be judged" in text(client.get(f"{PAGE}/submit/"))
    client.post(f"{PAGE}/submit/", {"revision": version.revision})
    evaluated(fresh(version), now)
    client.force_login(olivia)
    typed = {"statement": "For applicants aged 16 to 64.", "password": "wrong"}
    assert "That is not your password" in text(client.post(f"{PAGE}/attest/", typed))
    assert client.post(f"{PAGE}/attest/", {**typed, "password": "olivia"}).status_code == 302
    assert "Attested by the owner" in text(client.get(f"{PAGE}/"))
    client.force_login(rosa)
    stale = client.post(f"{PAGE}/return/", {"reason": "Too few", "revision": 0})
    assert "Somebody changed this" in text(stale) and "Too few" in text(stale)
    sent = client.post(f"{PAGE}/return/", {"reason": "Too few", "revision": fresh(version).revision})
    assert sent.url == f"{PAGE}/" and fresh(version).status == "draft"
