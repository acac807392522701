"""Nobody is made a decider for what is under way already."""

from datetime import timedelta

import pytest

from apps.approvals.seats import seats
from apps.core.errors import RuleViolated
from tests.approvals.conftest import word
from tests.builders.accounts import granted


def test_who_became_a_risk_officer_meanwhile_can_t_decide(approval, victor, adam, ada, now):
    later = now + timedelta(hours=1)
    granted(adam, ada, victor, "risk_officer", later)
    with pytest.raises(RuleViolated, match="granted after this approval was asked for"):
        word(victor, approval, later)
    assert not seats(victor, approval, later)
    assert approval.decisions.count() == 0


def test_who_was_one_before_can(approval, rosa, now):
    assert seats(rosa, approval, now)
    assert word(rosa, approval, now)


def test_a_role_granted_before_counts(adam, ada, victor, olivia, dmitri, heard, now):
    from tests.approvals.conftest import an_approval

    granted(adam, ada, victor, "risk_officer", now - timedelta(days=1))
    assert word(victor, an_approval(olivia, dmitri, now), now)
