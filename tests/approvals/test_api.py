"""Deciding over the API: what it answers to whom, and that a token alone never signs."""

from datetime import timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from apps.accounts.models import SigningAttempt
from apps.approvals.models import Approval, Decision
from apps.approvals.services.requests import suspend_approval
from apps.core.models import IdempotencyKey
from apps.findings.services import open_finding
from apps.inventory.services.registering import add_use
from tests.builders.versions import approval_of, fresh, word
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")
DUE = "2026-12-20"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now + timedelta(hours=1)):
        yield


@pytest.fixture
def version(version_in_approval):
    return version_in_approval


@pytest.fixture
def approval(version):
    return approval_of(version)


def as_(person):
    client = APIClient()
    client.force_authenticate(person)
    return client


def sends(person, approval, decision="approve", **said):
    """`person` decides over the API with their own password."""
    body = {
        "dossier_digest": approval.dossier_digest,
        "decision": decision,
        "reason": "Convinced.",
        "password": person.email.partition("@")[0],
        **said,
    }
    headers = {"Idempotency-Key": key} if (key := body.pop("key", "")) else {}
    return as_(person).post(f"/api/v1/approvals/{approval.reference}/decisions/", body, headers=headers)


def refused(answer, status, field=None):
    body = answer.json()
    assert answer.status_code == status, body
    if field:
        assert field in body["errors"], body
    return body["detail"]


class TestReading:
    def test_what_waits_for_me_is_what_i_could_sign(self, approval, rosa, olivia, aisha, oscar):
        def waiting(person):
            return [row["reference"] for row in as_(person).get("/api/v1/approvals/?awaiting=me").json()["results"]]

        assert waiting(rosa) == [approval.reference]
        assert waiting(olivia) == waiting(aisha) == waiting(oscar) == []

    def test_nothing_waits_for_who_has_signed(self, approval, rosa, now):
        word(rosa, approval, now)
        assert as_(rosa).get("/api/v1/approvals/?awaiting=me").json()["results"] == []

    def test_a_line_of_the_list_says_what_is_asked_until_when(self, approval, version, rosa):
        (line,) = as_(rosa).get("/api/v1/approvals/").json()["results"]
        assert (line["kind"], line["subject"], line["due"]) == ("model_version", version.reference, "2026-12-07")
        assert line["dossier_digest"] == approval.dossier_digest
        assert [stage["name"] for stage in line["stages"]] == ["Second line"]

    def test_a_list_costs_the_same_whatever_its_length(self, approval, rosa, django_assert_max_num_queries):
        client = as_(rosa)
        with django_assert_max_num_queries(14):
            client.get("/api/v1/approvals/")

    def test_the_whole_of_it_holds_people_words_and_the_record(self, approval, version, rosa, ruth, now):
        word(rosa, approval, now, "approve_with_conditions", conditions=[{"text": "Retest", "due": DUE}])
        whole = as_(ruth).get(f"/api/v1/approvals/{approval.reference}/").json()
        (stage,) = whole["stages"]
        states = {seat["email"]: seat["state"] for seat in stage["deciders"]}
        assert states == {"rosa@demo.example": "signed", "ruth@demo.example": "awaiting"}
        assert whole["decisions"][0]["signature"]["signer"] == "Rosa Ferreira"
        assert whole["conditions"][0]["text"] == "Retest"
        assert whole["record"]["version"] == version.reference

    def test_another_unit_s_approval_does_not_exist(self, approval, oscar):
        for path in ("", "conditions/"):
            assert as_(oscar).get(f"/api/v1/approvals/{approval.reference}/{path}").status_code == 404
        assert sends(oscar, approval).status_code == 404

    def test_it_is_found_by_its_subject(self, approval, version, rosa):
        found = as_(rosa).get(f"/api/v1/approvals/?subject={version.reference}").json()["results"]
        assert [row["reference"] for row in found] == [approval.reference]


class TestDeciding:
    def test_answers_with_the_signature(self, approval, rosa):
        answer = sends(rosa, approval)
        body = answer.json()
        assert answer.status_code == 201 and body["decision"] == "approve"
        signature = body["signature"]
        assert (signature["signer"], signature["meaning"]) == ("Rosa Ferreira", "approval")
        assert signature["record_digest"] == approval.dossier_digest and signature["signed_at"]

    def test_two_officers_make_it_an_approval(self, approval, version, rosa, ruth):
        sends(rosa, approval)
        said = [{"text": "Retest on 2016 outcomes", "due": DUE, "check": {"measure": "auc", "min": 0.7}}]
        answer = sends(ruth, approval, "approve_with_conditions", conditions=said)
        assert answer.json()["approval"]["status"] == "approved_with_conditions"
        assert answer.json()["conditions"][0]["check"] == {"measure": "auc", "min": 0.7}
        assert fresh(version).status == "approved"

    def test_of_another_record_is_a_conflict(self, approval, rosa):
        assert "another record" in refused(sends(rosa, approval, dossier_digest="0" * 64), 409)

    def test_with_yesterday_s_digest_is_a_conflict_even_when_signed_before(
        self, approval, version, rosa, olivia, now
    ):
        add_use(actor=olivia, model=version.model, name="Home equity release", now=now)
        assert "went back" in refused(sends(rosa, approval), 409)
        assert fresh(approval).status == Approval.Status.RETURNED and fresh(version).status == "draft"

    def test_a_changed_record_goes_back_though_the_request_carries_a_key(self, approval, version, rosa, victor, now):
        open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
        assert sends(rosa, approval, key="one").status_code == 409
        assert fresh(approval).status == Approval.Status.RETURNED

    def test_by_who_may_not_decide_at_all_is_forbidden_whatever_else_is_wrong(self, approval, olivia, aisha, adam):
        for person in (olivia, aisha, adam):
            if person == adam:
                person = also(adam, "auditor")
            refused(sends(person, approval, dossier_digest="0" * 64, password="wrong"), 403)
        assert SigningAttempt.objects.filter(user=olivia, succeeded=False).count() == 0

    def test_on_one_s_own_model_breaks_the_rules_even_for_a_risk_officer(self, approval, olivia):
        assert "developed or own" in refused(sends(also(olivia, "risk_officer"), approval), 422)

    def test_without_a_seat_in_the_stage_is_forbidden(self, approval, ada):
        assert "no seat" in refused(sends(also(ada, "validator"), approval), 403)

    def test_on_what_one_validated_breaks_the_rules(self, approval, victor):
        assert "You validated it" in refused(sends(victor, approval), 422)

    def test_twice_is_a_conflict(self, approval, rosa):
        sends(rosa, approval)
        assert "already" in refused(sends(rosa, approval), 409)

    def test_with_a_wrong_password_is_said_on_its_field(self, approval, rosa):
        refused(sends(rosa, approval, password="guess"), 422, "password")
        assert Decision.objects.count() == 0

    def test_for_somebody_else_takes_more_than_their_password(self, approval, rosa, ruth):
        refused(sends(rosa, approval, password="ruth"), 422, "password")

    def test_needs_a_password_beside_the_token(self, approval, rosa):
        body = {"dossier_digest": approval.dossier_digest, "decision": "approve", "reason": "Convinced."}
        answer = as_(rosa).post(f"/api/v1/approvals/{approval.reference}/decisions/", body)
        refused(answer, 422, "password")

    def test_is_locked_after_five_wrong_tries(self, approval, rosa):
        for _ in range(5):
            sends(rosa, approval, password="guess")
        assert "locked" in refused(sends(rosa, approval), 423).lower()

    def test_keeps_the_wrong_try_though_the_request_carries_a_key(self, approval, rosa):
        sends(rosa, approval, password="guess", key="one")
        assert SigningAttempt.objects.filter(user=rosa, succeeded=False).exists()
        assert not IdempotencyKey.objects.exists()

    def test_again_with_the_same_key_is_the_same_answer_and_no_second_decision(self, approval, rosa):
        first, again = sends(rosa, approval, key="one"), sends(rosa, approval, key="one")
        assert (again.status_code, again.json()) == (201, first.json())
        assert Decision.objects.count() == 1

    def test_with_a_condition_of_yesterday_names_the_field(self, approval, rosa):
        said = [{"text": "Retest", "due": "2026-11-01"}]
        answer = sends(rosa, approval, "approve_with_conditions", conditions=said)
        refused(answer, 422, "conditions[0].due")

    def test_with_a_field_that_there_is_not_names_it(self, approval, rosa):
        refused(sends(rosa, approval, verdict="fine"), 422, "verdict")

    def test_after_the_end_is_a_conflict(self, approval, rosa, ruth):
        sends(rosa, approval, "send_back", reason="Why so few of the young?")
        refused(sends(ruth, approval), 409)


class TestAfterwards:
    @pytest.fixture
    def granted(self, approval, rosa, ruth, now):
        word(rosa, approval, now, "approve_with_conditions", conditions=[{"text": "Retest", "due": DUE}])
        word(ruth, approval, now)
        return fresh(approval)

    def test_who_asked_takes_the_request_back(self, approval, dmitri, version):
        answer = as_(dmitri).post(f"/api/v1/approvals/{approval.reference}/withdrawal/", {"reason": "A mistake"})
        assert (answer.status_code, answer.json()["status"]) == (201, "withdrawn")
        assert fresh(version).status == "draft"

    def test_a_suspension_and_its_end(self, granted, rosa, version):
        address = f"/api/v1/approvals/{granted.reference}"
        assert as_(rosa).post(f"{address}/suspension/", {"reason": "Complaints"}).json()["status"] == "suspended"
        assert fresh(version).status == "suspended"
        lifted = as_(rosa).post(f"{address}/lifting/", {"reason": "Looked into"})
        assert lifted.json()["status"] == "approved_with_conditions"

    def test_an_auditor_suspends_nothing(self, granted, aisha):
        refused(as_(aisha).post(f"/api/v1/approvals/{granted.reference}/suspension/", {"reason": "No"}), 403)

    @pytest.mark.parametrize("evidence", [{"references": 5}, {"references": [{}]}, ["EVL-0002"], 7])
    def test_what_shows_it_is_named_by_references(self, granted, dmitri, evidence):
        at = f"/api/v1/approvals/{granted.reference}/conditions/1/fulfilment/"
        refused(as_(dmitri).post(at, {"evidence": evidence, "note": "Retested"}), 422)

    def test_a_condition_is_fulfilled_by_one_and_verified_by_another(self, granted, dmitri, victor):
        at = f"/api/v1/approvals/{granted.reference}/conditions"
        said = {"evidence": {"evaluation": "EVL-0002", "auc": 0.79}, "note": "Retested on 2016"}
        fulfilled = as_(dmitri).post(f"{at}/1/fulfilment/", said)
        assert (fulfilled.status_code, fulfilled.json()["status"]) == (201, "fulfilled")
        verified = as_(victor).post(f"{at}/1/verification/", {"note": "Repeated it"})
        assert (verified.status_code, verified.json()["verified_by"]) == (201, "victor@demo.example")
        assert as_(victor).get(f"{at}/").json()["results"][0]["evidence"] == said["evidence"]

    def test_nobody_verifies_their_own_evidence(self, granted, victor):
        at = f"/api/v1/approvals/{granted.reference}/conditions/1"
        as_(victor).post(f"{at}/fulfilment/", {"note": "Retested"})
        assert "somebody else" in refused(as_(victor).post(f"{at}/verification/", {"note": "Fine"}), 422)

    def test_evidence_that_does_not_convince_is_refused(self, granted, dmitri, victor):
        at = f"/api/v1/approvals/{granted.reference}/conditions/1"
        as_(dmitri).post(f"{at}/fulfilment/", {"note": "Trust me"})
        assert as_(victor).post(f"{at}/refusal/", {"note": "No figures"}).json()["status"] == "open"

    def test_a_condition_that_there_is_not_is_not_found(self, granted, dmitri):
        at = f"/api/v1/approvals/{granted.reference}/conditions/9"
        refused(as_(dmitri).post(f"{at}/fulfilment/", {"note": "x"}), 404)

    def test_a_suspension_is_told_on_the_approval(self, granted, rosa, now):
        suspend_approval(actor=rosa, approval=granted, reason="Complaints", now=now)
        assert as_(rosa).get(f"/api/v1/approvals/{granted.reference}/").json()["suspension"] == "Complaints"


class TestDelegations:
    BODY = {
        "deputy": "ruth@demo.example",
        "role": "risk_officer",
        "reason": "On leave",
        "ends_at": "2026-12-01T00:00Z",
    }

    def test_one_decides_in_another_s_place_until_it_ends(self, approval, rosa, ruth):
        made = as_(rosa).post("/api/v1/delegations/", self.BODY)
        assert (made.status_code, made.json()["deputy"]) == (201, "ruth@demo.example")
        at = f"/api/v1/delegations/{made.json()['reference']}/ending/"
        refused(as_(ruth).post(at), 422)
        assert as_(rosa).post(at).json()["ended_at"]

    def test_a_role_one_does_not_hold_is_not_lent(self, rosa, ruth):
        answer = as_(rosa).post("/api/v1/delegations/", {**self.BODY, "role": "validator"})
        refused(answer, 422, "role")

    def test_a_lent_seat_is_no_way_round_separation_of_duties(self, approval, rosa, olivia):
        also(olivia, "risk_officer")
        as_(rosa).post("/api/v1/delegations/", {**self.BODY, "deputy": "olivia@demo.example"})
        assert "developed or own" in refused(sends(fresh(olivia), approval), 422)
