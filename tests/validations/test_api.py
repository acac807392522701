"""Validating over the API."""

from datetime import timedelta

import pytest
import time_machine

from apps.validations.questions import questions_for
from tests.approvals.test_api import as_, refused
from tests.builders.versions import approved, fresh
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now + timedelta(hours=1)):
        yield


@pytest.fixture
def version(evaluated_version):
    return evaluated_version


def takes_on(person, version, at="@"):
    reference = version.reference.replace("@", at)
    return as_(person).post(f"/api/v1/versions/{reference}/validations/", {"scope": "Data, fairness, stability"})


def answers(version):
    said = {"answer": "Looked at it.", "assessment": "satisfactory"}
    return {"answers": {question.key: said for question in questions_for(version.model.tier)}}


def patches(person, reference, body, revision):
    return as_(person).patch(f"/api/v1/validations/{reference}/", body, headers={"If-Match": f'"{revision}"'})


def concludes(person, reference, conclusion="fit_with_conditions", **said):
    body = {"conclusion": conclusion, "summary": "As its evidence says.", "password": person.email.partition("@")[0]}
    return as_(person).post(f"/api/v1/validations/{reference}/conclusion/", {**body, **said})


@pytest.fixture
def answered(version, victor):
    taken = takes_on(victor, version).json()
    patches(victor, taken["reference"], answers(version), taken["revision"])
    return taken["reference"]


def test_a_validator_takes_a_version_on(version, victor):
    answer = takes_on(victor, version, at="%40")
    body = answer.json()
    assert answer.status_code == 201 and body["reference"].startswith("VAL-")
    assert body["version"] == version.reference and body["validator"] == "victor@demo.example"
    assert {question["answer"] for question in body["questions"]} == {None}


def test_a_version_lists_its_validations(version, victor, oscar):
    takes_on(victor, version)
    at = f"/api/v1/versions/{version.reference}/validations/"
    assert len(as_(victor).get(at).json()["results"]) == 1
    assert as_(oscar).get(at).status_code == 404


def test_who_built_it_does_not_validate_it(version, dmitri):
    assert "somebody else" in refused(takes_on(also(dmitri, "validator"), version), 422)


def test_a_data_scientist_validates_nothing(version, dmitri):
    refused(takes_on(dmitri, version), 403)


def test_a_draft_waits_for_no_validation(olivia, dmitri, victor, now):
    from tests.builders.versions import a_draft

    refused(takes_on(victor, a_draft(olivia, dmitri, now)), 409)


def test_answers_are_kept_one_by_one(version, victor):
    taken = takes_on(victor, version).json()
    said = {"answers": {"purpose": {"answer": "It does.", "assessment": "satisfactory"}}}
    answer = patches(victor, taken["reference"], said, taken["revision"])
    assert answer.status_code == 200
    asked = {question["key"]: question["assessment"] for question in answer.json()["questions"]}
    assert asked["purpose"] == "satisfactory" and asked["data"] is None
    assert answer["ETag"] == f'"{answer.json()["revision"]}"'


def test_answers_name_the_revision_they_change(version, victor):
    taken = takes_on(victor, version).json()
    at = f"/api/v1/validations/{taken['reference']}/"
    assert as_(victor).patch(at, answers(version)).status_code == 428
    refused(patches(victor, taken["reference"], answers(version), 99), 412)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"colour": {"answer": "Green", "assessment": "weak"}}, "answers.colour"),
        ({"purpose": {"answer": "Fine", "assessment": "splendid"}}, "answers.purpose.assessment"),
        ({"purpose": {"answer": "", "assessment": "weak"}}, "answers.purpose.answer"),
    ],
)
def test_what_is_wrong_with_an_answer_is_said_on_it(version, victor, answers, field):
    taken = takes_on(victor, version).json()
    refused(patches(victor, taken["reference"], {"answers": answers}, taken["revision"]), 422, field)


def test_a_conclusion_that_is_fit_opens_the_approval(version, victor, answered):
    answer = concludes(victor, answered)
    body = answer.json()
    assert answer.status_code == 201 and body["signature"]["meaning"] == "conclusion"
    assert body["signature"]["record_digest"] == body["report_digest"]
    assert fresh(version).status == "in_approval"


def test_a_conclusion_waits_for_the_answers(version, victor):
    taken = takes_on(victor, version).json()
    assert "not answered" in refused(concludes(victor, taken["reference"]), 422)


def test_a_conclusion_needs_the_password(version, victor, answered):
    refused(concludes(victor, answered, password="guess"), 422, "password")
    assert fresh(version).status == "in_validation"


def test_nothing_of_a_signed_report_changes_any_more(version, victor, answered):
    concludes(victor, answered)
    revision = as_(victor).get(f"/api/v1/validations/{answered}/").json()["revision"]
    assert "as it was signed" in refused(patches(victor, answered, answers(version), revision), 422)
    refused(concludes(victor, answered, "not_fit"), 409)


def test_another_validator_leaves_it_alone(version, victor, answered, ruth):
    other = also(ruth, "validator")
    revision = as_(other).get(f"/api/v1/validations/{answered}/").json()["revision"]
    assert "Victor" in refused(patches(other, answered, answers(version), revision), 422)


def test_a_version_in_use_is_validated_again_when_asked(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    asked = as_(rosa).post(f"/api/v1/versions/{version.reference}/revalidation/", {"reason": "It drifts"})
    assert (asked.status_code, asked.json()["sort"]) == (201, "revalidation")
    taken = takes_on(victor, version)
    assert (taken.status_code, taken.json()["reference"]) == (201, asked.json()["reference"])
    patches(victor, taken.json()["reference"], answers(version), taken.json()["revision"])
    assert concludes(victor, taken.json()["reference"], "not_fit").status_code == 201
    assert fresh(version).status == "suspended"
