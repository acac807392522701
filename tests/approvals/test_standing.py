"""Nobody is made a decider for what is under way already."""

from datetime import timedelta

import pytest

from apps.approvals.seats import askable, awaited, closed, seated, seats
from apps.approvals.services.delegations import delegate
from apps.core.errors import RuleViolated
from tests.approvals.conftest import an_approval, word
from tests.builders.accounts import given_back, granted
from tests.builders.versions import fresh


@pytest.fixture
def later(now):
    return now + timedelta(hours=1)


def refused(person, approval, at, match):
    """Neither button nor service lets `person` decide, and both say why in the same words."""
    with pytest.raises(RuleViolated, match=match) as refusal:
        word(person, approval, at)
    assert closed(person, approval, at) == str(refusal.value)
    assert not seats(person, approval, at) and seated(person, [approval], at) == []
    assert approval.decisions.count() == 0


def test_who_became_a_risk_officer_meanwhile_can_t_decide(approval, victor, adam, ada, later):
    granted(adam, ada, victor, "risk_officer", later)
    refused(victor, approval, later, "granted after this approval was asked for, so somebody who held it before")


def test_who_was_one_before_can(approval, rosa, now):
    assert seats(rosa, approval, now)
    assert word(rosa, approval, now)


def test_a_role_granted_before_counts(adam, ada, victor, olivia, dmitri, heard, now):
    granted(adam, ada, victor, "risk_officer", now - timedelta(days=1))
    assert word(victor, an_approval(olivia, dmitri, now), now)


@pytest.mark.parametrize("what", ["password", "second_factor"])
def test_whose_account_was_reset_meanwhile_can_t_decide(approval, rosa, adam, ada, later, what):
    rosa = given_back(adam, ada, rosa, later, what)
    refused(rosa, approval, later, "Your account was reset after this approval was asked for, so somebody else")
    stage = approval.stages.get()
    assert rosa not in askable(stage) and rosa not in awaited(approval)


def test_whose_account_was_reset_before_can(adam, ada, rosa, olivia, dmitri, heard, now):
    rosa = given_back(adam, ada, rosa, now - timedelta(days=1))
    assert word(rosa, an_approval(olivia, dmitri, now), now)


class TestALentSeat:
    @staticmethod
    def lent_to(deputy, rosa, now):
        ends_at = now + timedelta(days=7)
        delegate(actor=rosa, deputy=deputy, role="risk_officer", reason="On leave", ends_at=ends_at, now=now)

    def test_serves_no_deputy_who_came_late_by_role(self, approval, rosa, victor, adam, ada, later):
        victor.groups.clear()
        granted(adam, ada, victor, "validator", later)
        victor = fresh(victor)
        self.lent_to(victor, rosa, later)
        refused(victor, approval, later, "granted after this approval was asked for")

    def test_serves_no_deputy_whose_account_was_reset(self, approval, rosa, victor, adam, ada, now, later):
        self.lent_to(victor, rosa, now)
        refused(given_back(adam, ada, victor, later), approval, later, "Your account was reset after")

    def test_serves_nobody_once_its_owner_came_late(self, approval, rosa, victor, adam, ada, now, later):
        self.lent_to(victor, rosa, now)
        given_back(adam, ada, rosa, later)
        assert closed(victor, approval, later) == "You have no seat in the stage “Second line”."

    def test_serves_a_deputy_who_became_a_risk_officer_later_but_decided_before(
        self, approval, rosa, victor, adam, ada, now, later
    ):
        self.lent_to(victor, rosa, now)
        granted(adam, ada, victor, "risk_officer", later)
        assert word(fresh(victor), approval, later).in_place_of == rosa
