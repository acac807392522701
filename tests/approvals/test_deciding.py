"""Two risk officers decide on a record that is frozen under them."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from apps.accounts.models import Membership, User
from apps.accounts.reauthentication import reauthenticate
from apps.approvals.models import Approval, Decision
from apps.approvals.seats import seats
from apps.approvals.services.conditions import (
    announce_overdue,
    fulfil_condition,
    refuse_condition,
    verify_condition,
)
from apps.approvals.services.delegations import delegate
from apps.approvals.services.requests import lift_suspension, withdraw_approval
from apps.approvals.telling import conditions_due
from apps.audit.models import Entry
from apps.core.errors import BadInput, Conflict, IllegalTransition, Locked, RuleViolated
from apps.policies.rules.routes import ApprovalRoute
from apps.web.selectors import overdue
from tests.approvals.conftest import ROUTE, an_approval, word
from tests.builders.accounts import granted
from tests.conftest import also

DUE = "2026-12-31"
CONDITION = {"text": "Retest on 2016 outcomes", "due": DUE}


def test_both_officers_make_it_an_approval(approval, rosa, ruth, now, heard):
    word(rosa, approval, now)
    approval.refresh_from_db()
    assert approval.status == Approval.Status.OPEN and heard == []
    word(ruth, approval, now)
    approval.refresh_from_db()
    assert approval.status == Approval.Status.APPROVED and heard == ["approved"]


def test_a_signature_covers_the_record_and_what_was_said(approval, rosa, now):
    signature = word(rosa, approval, now).signature
    statement = json.loads(signature.statement)
    assert (signature.printed_name, signature.get_meaning_display()) == ("Rosa Ferreira", "Approved")
    assert statement["record_digest"] == approval.dossier_digest == signature.record_digest
    assert statement["said"]["reason"] == "Looked at it."


def test_the_ledger_tells_of_the_decision_with_its_signature(approval, rosa, now):
    decision = word(rosa, approval, now)
    entry = Entry.objects.get(verb="approvals.decision_signed")
    rows = {change["kind"]: change for change in json.loads(entry.payload.body)["changes"]}
    assert rows["decision"]["after"]["signature_id"] == decision.signature_id
    assert rows["signature"]["after"]["digest"] == decision.signature.digest


def test_the_owner_cannot_decide(approval, olivia, now):
    with pytest.raises(PermissionDenied):
        word(olivia, approval, now)


def test_who_has_a_part_in_it_cannot_decide_even_as_a_risk_officer(oscar, dmitri, heard, now):
    approval = an_approval(oscar, dmitri, now)
    with pytest.raises(RuleViolated, match="own this model"):
        word(oscar, approval, now)


def test_nobody_decides_twice(approval, rosa, now):
    word(rosa, approval, now)
    with pytest.raises(Conflict, match="already"):
        word(rosa, approval, now)


def test_a_digest_that_was_not_shown_is_refused(approval, rosa, now):
    with pytest.raises(Conflict, match="another record"):
        word(rosa, approval, now, dossier_digest="0" * 64)


def test_a_record_that_changed_goes_back_to_its_submitter(approval, rosa, now, heard, monkeypatch):
    from tests.approvals.conftest import Decidable

    monkeypatch.setattr(Decidable, "snapshot", lambda self, row: {"purpose": "another"})
    with pytest.raises(Conflict, match="went back"):
        word(rosa, approval, now)
    approval.refresh_from_db()
    assert approval.status == Approval.Status.RETURNED and heard == ["returned"]


def test_one_word_back_ends_it(approval, rosa, ruth, now, heard):
    word(rosa, approval, now, "send_back", reason="Why are the young so few?")
    assert heard == ["sent_back"]
    with pytest.raises(IllegalTransition):
        word(ruth, approval, now)


def test_a_proof_grown_old_signs_nothing(approval, rosa, now):
    from apps.approvals.services.decisions import decide

    proof = reauthenticate(user=rosa, password="rosa", now=now)
    with pytest.raises(RuleViolated, match="Confirm who you are"):
        decide(
            actor=rosa,
            approval=approval,
            decision="approve",
            reason="",
            dossier_digest=approval.dossier_digest,
            reauthentication=proof,
            now=now + timedelta(seconds=61),
        )
    assert Decision.objects.count() == 0


def test_five_wrong_passwords_lock_signing_for_a_quarter_of_an_hour(rosa, now):
    for _ in range(5):
        with pytest.raises(RuleViolated, match="not your password"):
            reauthenticate(user=rosa, password="wrong", now=now)
    with pytest.raises(Locked):
        reauthenticate(user=rosa, password="rosa", now=now)
    assert reauthenticate(user=rosa, password="rosa", now=now + timedelta(minutes=16))


def test_who_asked_takes_it_back(approval, dmitri, now, heard):
    withdraw_approval(actor=dmitri, approval=approval, reason="A mistake in the data", now=now)
    assert heard == ["withdrawn"]


@pytest.mark.parametrize("other", ["olivia", "victor"])
def test_nobody_else_takes_it_back(approval, other, now, request):
    with pytest.raises(RuleViolated, match="Only Dmitri Petrov, who asked for it"):
        withdraw_approval(actor=request.getfixturevalue(other), approval=approval, reason="Not mine", now=now)


class TestAStageThatAsksAll:
    @pytest.fixture
    def route(self):
        first = {"name": "First look", "role": "risk_officer", "deadline_days": 10}
        everybody = {"name": "Everybody", "role": "risk_officer", "mode": "all", "deadline_days": 10}
        return ApprovalRoute.model_validate({**ROUTE.model_dump(), "stages": [first, everybody]})

    def test_leaves_out_who_is_barred_came_late_or_has_decided(
        self, route, heard, olivia, dmitri, victor, rosa, ruth, adam, ada, now
    ):
        also(olivia, "risk_officer")
        approval = an_approval(olivia, dmitri, now, route)
        later = now + timedelta(hours=1)
        granted(adam, ada, victor, "risk_officer", later)
        word(rosa, approval, later)
        assert approval.stages.get(name="Everybody").asked == [ruth.reference]
        word(ruth, approval, later)
        assert heard == ["approved"]


class TestConditions:
    @pytest.fixture
    def condition(self, approval, rosa, ruth, now):
        word(rosa, approval, now, "approve_with_conditions", conditions=[CONDITION])
        word(ruth, approval, now)
        return approval.conditions.get()

    def test_make_it_an_approval_with_conditions(self, condition, approval):
        approval.refresh_from_db()
        assert approval.status == Approval.Status.APPROVED_WITH_CONDITIONS

    def test_need_a_date_that_can_be_met(self, approval, rosa, now):
        with pytest.raises(BadInput) as refused:
            word(
                rosa,
                approval,
                now,
                "approve_with_conditions",
                conditions=[{"text": "Yesterday's retest", "due": "2026-11-22"}],
            )
        assert "conditions[0].due" in refused.value.errors

    def test_are_verified_by_another_person(self, condition, dmitri, victor, now):
        fulfilled = fulfil_condition(actor=victor, condition=condition, evidence={}, note="AUC 0.79", now=now)
        with pytest.raises(RuleViolated, match="somebody else"):
            verify_condition(actor=victor, condition=fulfilled, note="Fine", now=now)

    def test_are_not_verified_by_who_reported_them_before(self, condition, dmitri, victor, rosa, now):
        said = {"evidence": {}, "now": now}
        first = fulfil_condition(actor=victor, condition=condition, note="AUC 0.79", **said)
        again = refuse_condition(actor=rosa, condition=first, note="On which rows?", now=now)
        second = fulfil_condition(actor=dmitri, condition=again, note="On the holdout", **said)
        with pytest.raises(RuleViolated, match="reported it before"):
            verify_condition(actor=victor, condition=second, note="Fine", now=now)

    def test_are_not_verified_by_who_asked_for_the_approval(self, condition, dmitri, victor, now):
        fulfilled = fulfil_condition(actor=victor, condition=condition, evidence={}, note="AUC 0.79", now=now)
        with pytest.raises(RuleViolated, match="somebody else"):
            verify_condition(actor=also(dmitri, "validator"), condition=fulfilled, note="Fine", now=now)

    def test_are_open_again_when_the_evidence_does_not_convince(self, condition, dmitri, victor, now):
        fulfilled = fulfil_condition(actor=dmitri, condition=condition, evidence={}, note="Trust me", now=now)
        again = refuse_condition(actor=victor, condition=fulfilled, note="No figures", now=now)
        assert again.status == "open"

    def test_suspend_the_approval_when_their_date_has_passed(self, condition, approval, now, heard):
        assert announce_overdue(now=now) == []
        late = now + timedelta(days=60)
        announce_overdue(now=late)
        assert announce_overdue(now=late) == []
        approval.refresh_from_db()
        assert approval.status == Approval.Status.SUSPENDED and heard[-1] == "suspended"
        assert "31 Dec 2026" in approval.suspension

    def test_bind_nobody_where_it_was_not_granted(self, approval, rosa, ruth, dmitri, olivia, now):
        word(rosa, approval, now, "approve_with_conditions", conditions=[CONDITION])
        word(ruth, approval, now, "reject")
        condition, late = approval.conditions.get(), now + timedelta(days=60)
        assert list(conditions_due(now + timedelta(days=24))) == [] and announce_overdue(now=late) == []
        assert [item for item in overdue(olivia, late) if item.what == "Condition"] == []
        assert condition.available_events(dmitri) == []
        with pytest.raises(IllegalTransition, match="bind nobody"):
            fulfil_condition(actor=dmitri, condition=condition, evidence={}, note="AUC 0.79", now=now)

    def test_are_reminded_of_where_it_was(self, condition, now):
        assert len(list(conditions_due(now + timedelta(days=24)))) == 1

    def test_a_suspension_is_not_lifted_while_they_are_late(self, condition, approval, dmitri, rosa, now):
        late = now + timedelta(days=60)
        announce_overdue(now=late)
        fulfil_condition(actor=dmitri, condition=condition, evidence={}, note="AUC 0.79", now=late)
        with pytest.raises(RuleViolated, match="has to be verified first"):
            lift_suspension(actor=rosa, approval=approval, reason="It will be fine", now=late)

    def test_a_suspension_is_not_lifted_by_who_has_a_part_in_it(self, condition, approval, olivia, now):
        announce_overdue(now=now + timedelta(days=60))
        with pytest.raises(RuleViolated, match="own this model"):
            lift_suspension(actor=also(olivia, "risk_officer"), approval=approval, reason="Mine", now=now)

    def test_a_suspension_is_lifted_to_what_it_was(self, condition, approval, dmitri, victor, rosa, now, heard):
        late = now + timedelta(days=60)
        announce_overdue(now=late)
        fulfilled = fulfil_condition(actor=dmitri, condition=condition, evidence={}, note="AUC 0.79", now=late)
        verify_condition(actor=victor, condition=fulfilled, note="Repeated it", now=late)
        approval.refresh_from_db()
        lifted = lift_suspension(actor=rosa, approval=approval, reason="Done late", now=late)
        assert lifted.status == Approval.Status.APPROVED_WITH_CONDITIONS and heard[-1] == "lifted"


class TestDelegation:
    @pytest.fixture
    def lent(self, rosa, victor, now):
        """Rosa is away; Victor may decide in general, but holds no seat in this route."""
        delegate(
            actor=rosa,
            deputy=victor,
            role="risk_officer",
            reason="On leave",
            starts_at=now,
            ends_at=now + timedelta(days=7),
            now=now,
        )
        return victor

    def test_a_deputy_signs_in_the_principals_place(self, lent, approval, rosa, now):
        assert word(lent, approval, now).in_place_of == rosa

    def test_the_two_of_them_count_once(self, lent, approval, rosa, now):
        word(rosa, approval, now)
        assert not seats(lent, approval, now)
        with pytest.raises(PermissionDenied):
            word(lent, approval, now)

    def test_nobody_lends_a_seat_that_their_units_do_not_reach(self, oscar, victor, approval, now):
        """A risk officer of Markets, who works in both units no longer, has no seat to lend in Retail credit."""
        here = Membership.objects.create(user=oscar, unit=victor.units.get())
        said = {"role": "risk_officer", "reason": "On leave", "ends_at": now + timedelta(days=7), "now": now}
        delegate(actor=User.objects.get(pk=oscar.pk), deputy=victor, **said)
        assert seats(victor, approval, now)
        here.delete()
        assert not seats(victor, approval, now)
        with pytest.raises(PermissionDenied, match="no seat"):
            word(victor, approval, now)

    def test_nobody_lends_to_another_unit(self, oscar, victor, now):
        with pytest.raises(RuleViolated, match="your business units"):
            delegate(
                actor=oscar,
                deputy=victor,
                role="risk_officer",
                reason="On leave",
                ends_at=now + timedelta(days=7),
                now=now,
            )

    def test_it_ends_when_it_said(self, lent, approval, now):
        assert seats(lent, approval, now) and not seats(lent, approval, now + timedelta(days=8))
