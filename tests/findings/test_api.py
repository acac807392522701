"""Findings over the API: from what was found to what another person saw mended."""

from datetime import timedelta

import pytest
import time_machine

from tests.approvals.test_api import as_, refused
from tests.builders.versions import a_draft

pytestmark = pytest.mark.usefixtures("policies_in_force")


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now + timedelta(hours=1)):
        yield


@pytest.fixture
def version(olivia, dmitri, now):
    return a_draft(olivia, dmitri, now)


def opens(person, subject, **said):
    body = {"title": "All ages flatter it", "severity": "high", "origin": "validation", "subject": subject}
    return as_(person).post("/api/v1/findings/", {**body, **said})


def test_a_finding_is_about_what_its_reference_names(version, victor):
    of_version, of_model = opens(victor, version.reference), opens(victor, version.model.reference)
    assert of_version.status_code == of_model.status_code == 201
    assert (of_version.json()["subject_kind"], of_model.json()["subject_kind"]) == ("modelversion", "model")
    assert of_version.json()["reference"] == "FND-0001" and of_version.json()["blocking"]


def test_its_severity_says_until_when(version, victor):
    assert opens(victor, version.reference, severity="critical").json()["due"] == "2026-12-07"
    refused(opens(victor, version.reference, severity="critical", due="2027-06-01"), 422, "due")


@pytest.mark.parametrize("subject", ["MDL-9999", "MDL-0001@9.9.9", "nonsense", 7])
def test_a_subject_that_there_is_not_is_said_on_its_field(version, victor, subject):
    refused(opens(victor, subject), 422, "subject")


def test_another_unit_s_model_can_t_be_named(version, oscar):
    refused(opens(oscar, version.reference), 422, "subject")


def test_an_auditor_opens_none(version, aisha):
    refused(opens(aisha, version.reference), 403)


def test_a_finding_goes_from_plan_to_evidence_to_closure(version, victor, dmitri):
    at = f"/api/v1/findings/{opens(victor, version.reference).json()['reference']}"
    planned = as_(dmitri).post(f"{at}/plan/", {"plan": "Retrain on working age", "due": "2026-12-15"})
    assert (planned.json()["status"], planned.json()["owner"]) == ("planned", "dmitri@demo.example")
    reported = as_(dmitri).post(f"{at}/evidence/", {"note": "Retrained", "references": ["MDL-0001@1.0.0"]})
    assert reported.json()["evidence"][0]["references"] == ["MDL-0001@1.0.0"]
    assert as_(victor).post(f"{at}/refusal/", {"note": "Of all ages still"}).json()["status"] == "planned"
    as_(dmitri).post(f"{at}/evidence/", {"note": "Now it is"})
    closed = as_(victor).post(f"{at}/closure/", {"note": "Looked at the data"})
    assert (closed.status_code, closed.json()["closed_by"]) == (201, "victor@demo.example")


def test_a_step_out_of_order_is_a_conflict(version, victor):
    at = f"/api/v1/findings/{opens(victor, version.reference).json()['reference']}"
    refused(as_(victor).post(f"{at}/closure/", {"note": "Looked"}), 409)


def test_the_list_is_narrowed_by_what_people_ask(version, victor, oscar):
    opens(victor, version.reference)
    opens(victor, version.model.reference, severity="low", title="Tidy up")

    def found(person=victor, **asked):
        return [row["title"] for row in as_(person).get("/api/v1/findings/", asked).json()["results"]]

    assert found(severity="low") == ["Tidy up"]
    assert found(subject=version.reference) == ["All ages flatter it"]
    assert found(search="flatter") == ["All ages flatter it"]
    assert len(found(status="unclosed")) == 2 and found(overdue="yes") == [] and found(oscar) == []
