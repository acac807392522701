"""A rule that need not be met: by whom that is decided, what it covers, and when it ends."""

import json
from datetime import date, timedelta

import pytest
import time_machine

from apps.approvals.models import Approval
from apps.approvals.services.requests import lift_suspension, suspend_approval
from apps.audit.models import Entry
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.dossiers.dossier import dossier_of
from apps.dossiers.selectors import latest_approval, live_approval, why_not_live
from apps.exceptions.models import Exemption
from apps.exceptions.selectors import live_exemptions
from apps.exceptions.services import announce_expired, revoke_exemption
from apps.findings.services import open_finding
from tests.approvals.test_api import as_, refused
from tests.builders.exceptions import granted, proposed
from tests.builders.versions import ALL_AGES, approval_of, evaluated, fresh, submitted, validated, word
from tests.conftest import also

pytestmark = pytest.mark.usefixtures("policies_in_force")
LAST_DAY = date(2027, 3, 31)


@pytest.fixture
def version(olivia, dmitri, now):
    return submitted(olivia, dmitri, now)


class TestProposing:
    def test_asks_those_who_decide(self, version, dmitri, now):
        exemption = proposed(dmitri, version, now)
        approval = Approval.objects.get(subject_reference=exemption.reference)
        assert exemption.status == "proposed" and approval.kind_of_request == "exemption"
        assert Entry.objects.get(verb="approvals.approval_opened").cause == "exceptions.exemption_proposed"

    def test_names_a_gate_that_there_is(self, version, dmitri, now):
        with pytest.raises(BadInput) as refused:
            proposed(dmitri, version, now, gate="Four-fifth rule")
        assert "Four-fifths rule" in refused.value.errors["gate"][0]

    def test_lasts_a_year_at_most(self, version, dmitri, now):
        for day in (date(2026, 11, 22), date(2028, 1, 1)):
            with pytest.raises(BadInput):
                proposed(dmitri, version, now, expires_on=day)

    def test_is_asked_once(self, version, dmitri, now):
        proposed(dmitri, version, now)
        with pytest.raises(Conflict):
            proposed(dmitri, version, now)


class TestDeciding:
    def test_is_for_people_without_a_part_in_it(self, version, dmitri, rosa, olivia, now):
        approval = Approval.objects.get(subject_reference=proposed(rosa, version, now).reference)
        with pytest.raises(RuleViolated, match="You asked"):
            word(rosa, approval, now)
        with pytest.raises(RuleViolated, match="developed or own"):
            word(also(olivia, "risk_officer"), approval, now)

    def test_grants_it_until_its_last_day_is_over(self, version, dmitri, rosa, ruth, now):
        exemption = granted(dmitri, version, [rosa, ruth], now)
        assert exemption.status == "granted"
        assert live_exemptions(version.reference, now) == [exemption]
        assert live_exemptions(version.reference, now + timedelta(days=128)) == [exemption]
        assert live_exemptions(version.reference, now + timedelta(days=129)) == []

    def test_may_refuse_it(self, version, dmitri, rosa, now):
        exemption = proposed(dmitri, version, now)
        word(rosa, Approval.objects.get(subject_reference=exemption.reference), now, "reject")
        assert fresh(exemption).status == "refused"


class TestCovering:
    @pytest.fixture
    def exempted(self, version, dmitri, victor, rosa, ruth, now):
        granted(dmitri, version, [rosa, ruth], now)
        return validated(evaluated(version, now, ALL_AGES), victor, now)

    def test_a_failed_gate_no_longer_stops_the_version(self, exempted):
        verdict = exempted.evaluations.get().verdict
        lines = {line["name"]: line for line in verdict.gates if line["outcome"] == "failed"}
        assert lines["Four-fifths rule"]["exception"] == "EXC-0001"
        assert exempted.status == "in_approval" and verdict.outcome != "failed"

    def test_the_dossier_says_so(self, exempted):
        (line,) = dossier_of(exempted)["exceptions"]
        assert (line["reference"], line["gate"]) == ("EXC-0001", "Four-fifths rule")

    def test_a_decision_may_rely_on_it(self, exempted, rosa, now):
        assert word(rosa, approval_of(exempted), now, exceptions=["EXC-0001"]).exceptions == ["EXC-0001"]

    def test_a_decision_relies_on_none_that_there_is_not(self, exempted, rosa, now):
        with pytest.raises(RuleViolated, match="EXC-0009"):
            word(rosa, approval_of(exempted), now, exceptions=["EXC-0009"])

    def test_nothing_is_granted_on_one_that_has_expired(self, exempted, rosa, now):
        with pytest.raises(RuleViolated, match="no exception covers it"):
            word(rosa, approval_of(exempted), now + timedelta(days=200))

    def test_a_revocation_meanwhile_returns_the_request(self, exempted, rosa, ruth, now):
        revoke_exemption(actor=rosa, exemption=Exemption.objects.get(), reason="No more", now=now)
        with pytest.raises(Conflict, match="went back"):
            word(ruth, approval_of(exempted), now)

    @pytest.fixture
    def approved(self, exempted, rosa, ruth, now):
        for officer in (rosa, ruth):
            word(officer, approval_of(exempted), now)
        return fresh(exempted)

    def test_an_approval_that_rests_on_it_is_suspended_when_it_expires(self, approved, now):
        assert announce_expired(now=now) == []
        late = now + timedelta(days=200)
        assert len(announce_expired(now=late)) == 1 and announce_expired(now=late) == []
        approval = Approval.objects.get(subject_reference=approved.reference)
        assert fresh(approved).status == "suspended" and "EXC-0001" in approval.suspension
        assert Entry.objects.get(verb="approvals.approval_suspended").cause == "exceptions.exemption_expired"

    def test_an_approval_that_rests_on_it_is_suspended_when_it_is_revoked(self, approved, rosa, now):
        revoke_exemption(actor=rosa, exemption=Exemption.objects.get(), reason="Complaints", now=now)
        assert fresh(approved).status == "suspended"

    def test_an_accepted_risk_lets_a_blocking_finding_stand(self, version, dmitri, victor, rosa, ruth, now):
        open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
        version = validated(evaluated(version, now), victor, now)
        with pytest.raises(RuleViolated, match="stands in the way"):
            word(rosa, approval_of(version), now)

    @pytest.fixture
    def accepted(self, version, dmitri, victor, rosa, ruth, now):
        """Approved although a finding is open, because its risk was accepted."""
        finding = open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
        granted(dmitri, finding, [rosa, ruth], now, sort="risk_acceptance", gate="")
        version = validated(evaluated(version, now), victor, now)
        for officer in (rosa, ruth):
            word(officer, approval_of(version), now)
        return fresh(version)

    def test_an_accepted_risk_stands_in_the_record_that_is_signed(self, accepted):
        record = json.loads(latest_approval(accepted).record)
        assert [line["subject"] for line in record["exceptions"]] == [record["findings"][0][0]] == ["FND-0001"]

    def test_an_approval_is_suspended_when_the_accepted_risk_is_accepted_no_longer(self, accepted, rosa, now):
        revoke_exemption(actor=rosa, exemption=Exemption.objects.get(), reason="It grew", now=now)
        assert fresh(accepted).status == "suspended"
        with pytest.raises(RuleViolated, match="stands in the way"):
            lift_suspension(actor=rosa, approval=latest_approval(accepted), reason="Never mind", now=now)

    def test_an_approval_counts_no_longer_the_moment_the_acceptance_ends(self, accepted, now):
        assert live_approval(accepted, now)
        late = now + timedelta(days=129)
        assert live_approval(accepted, late) is None and "FND-0001" in why_not_live(accepted, late)

    def test_an_approval_counts_no_longer_the_moment_its_exemption_ends(self, approved, now):
        assert live_approval(approved, now)
        late = now + timedelta(days=129)
        assert live_approval(approved, late) is None and "EXC-0001" in why_not_live(approved, late)

    def test_a_new_exemption_from_the_gate_lets_the_suspension_be_lifted(self, approved, dmitri, rosa, ruth, now):
        revoke_exemption(actor=rosa, exemption=Exemption.objects.get(), reason="Complaints", now=now)
        approval = latest_approval(approved)
        with pytest.raises(RuleViolated, match="no exception covers it"):
            lift_suspension(actor=rosa, approval=approval, reason="Never mind", now=now)
        another = granted(dmitri, approved, [rosa, ruth], now)
        lifted = lift_suspension(actor=rosa, approval=approval, reason="Granted anew", now=now)
        assert lifted.stand_ins == [another.reference]
        assert fresh(approved).status == "approved" and live_approval(fresh(approved), now) == lifted

    def test_what_stands_in_is_rested_on_in_turn(self, approved, dmitri, rosa, ruth, now):
        for reason in ("Complaints", "More of them"):
            exemption = Exemption.objects.latest("pk")
            revoke_exemption(actor=rosa, exemption=exemption, reason=reason, now=now)
            suspended = latest_approval(approved)
            assert suspended.status == "suspended" and exemption.reference in suspended.suspension
            another = granted(dmitri, approved.model, [rosa, ruth], now)
            assert lift_suspension(actor=rosa, approval=suspended, reason="Anew", now=now).stand_ins == [
                another.reference
            ]
        late = now + timedelta(days=129)
        assert live_approval(fresh(approved), late) is None

    def test_an_exemption_that_a_decider_named_is_stood_in_for_too(self, exempted, dmitri, rosa, ruth, now):
        for officer in (rosa, ruth):
            word(officer, approval_of(exempted), now, exceptions=["EXC-0001"])
        revoke_exemption(actor=rosa, exemption=Exemption.objects.get(), reason="Complaints", now=now)
        granted(dmitri, exempted, [rosa, ruth], now)
        lift_suspension(actor=rosa, approval=latest_approval(exempted), reason="Anew", now=now)
        assert live_approval(fresh(exempted), now)

    def test_an_exemption_from_another_gate_stands_in_for_nothing(self, approved, dmitri, rosa, ruth, now):
        revoke_exemption(actor=rosa, exemption=Exemption.objects.get(), reason="Complaints", now=now)
        granted(dmitri, approved, [rosa, ruth], now, gate="Ranking power")
        with pytest.raises(RuleViolated, match="no exception covers it"):
            lift_suspension(actor=rosa, approval=latest_approval(approved), reason="Another", now=now)

    def test_a_second_exemption_beside_one_that_counts_bars_no_lifting(self, approved, dmitri, rosa, ruth, now):
        approval = suspend_approval(actor=rosa, approval=latest_approval(approved), reason="Complaints", now=now)
        granted(dmitri, approved, [rosa, ruth], now, sort="waiver")
        assert lift_suspension(actor=ruth, approval=approval, reason="Looked into", now=now).granted

    def test_one_that_was_revoked_stays_so_whatever_becomes_of_its_approval(self, exempted, rosa, ruth, now):
        exemption = Exemption.objects.get()
        revoke_exemption(actor=rosa, exemption=exemption, reason="No more", now=now)
        asked = Approval.objects.get(subject_reference=exemption.reference)
        suspend_approval(actor=rosa, approval=asked, reason="Complaints", now=now)
        assert fresh(exemption).status == "revoked"
        with pytest.raises(RuleViolated, match="was revoked"):
            lift_suspension(actor=ruth, approval=asked, reason="Never mind", now=now)


class TestTheApi:
    @pytest.fixture(autouse=True)
    def clock(self, now):
        with time_machine.travel(now + timedelta(hours=1)):
            yield

    def body(self, subject, **said):
        asked = {"kind": "waiver", "gate": "Four-fifths rule", "reason": "A pilot of ten people."}
        return {**asked, "subject": subject, "compensating_controls": "By hand.", "expires_on": "2027-01-31", **said}

    def test_proposes_and_revokes(self, version, dmitri, rosa, ruth, now):
        made = as_(dmitri).post("/api/v1/exceptions/", self.body(version.reference))
        assert (made.status_code, made.json()["status"], made.json()["live"]) == (201, "proposed", False)
        approval = Approval.objects.get(reference=made.json()["approval"])
        for officer in (rosa, ruth):
            word(officer, approval, now)
        assert as_(dmitri).get("/api/v1/exceptions/?live=yes").json()["results"][0]["live"]
        at = f"/api/v1/exceptions/{made.json()['reference']}/revocation/"
        refused(as_(dmitri).post(at, {"reason": "Mine"}), 403)
        assert as_(rosa).post(at, {"reason": "Enough"}).json()["status"] == "revoked"
        refused(as_(rosa).post(at, {"reason": "Again"}), 409)

    def test_names_the_field_that_is_wrong(self, version, dmitri):
        refused(as_(dmitri).post("/api/v1/exceptions/", self.body(version.reference, gate="Luck")), 422, "gate")
        refused(as_(dmitri).post("/api/v1/exceptions/", self.body("MDL-0404")), 422, "subject")
        refused(
            as_(dmitri).post("/api/v1/exceptions/", self.body(version.reference, expires_on="2030-01-01")),
            422,
            "expires_on",
        )

    def test_another_unit_s_do_not_exist(self, version, dmitri, oscar, now):
        exemption = proposed(dmitri, version, now)
        assert as_(oscar).get(f"/api/v1/exceptions/{exemption.reference}/").status_code == 404
        assert as_(oscar).get("/api/v1/exceptions/").json()["results"] == []
