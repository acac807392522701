"""What a granted approval is worth later: it is bound to what was signed, its conditions and its exemptions."""

from datetime import timedelta

import pytest

from apps.approvals.services.conditions import announce_overdue
from apps.approvals.services.requests import lift_suspension, suspend_approval
from apps.core.errors import RuleViolated
from apps.dossiers.selectors import latest_approval, live_approval, why_not_live
from apps.inventory import events as inventory
from apps.inventory.services.registering import retire_model, set_tier
from apps.inventory.services.versions import move_version
from apps.validations.services import ask_revalidation
from tests.builders.versions import approval_of, approved, fresh, in_approval, validated, word

pytestmark = pytest.mark.usefixtures("policies_in_force")
CONDITION = {"text": "Retest on 2016 outcomes", "due": "2026-12-31"}


@pytest.fixture
def conditional(olivia, dmitri, victor, rosa, ruth, now):
    """Approved on a condition that is due on the last day of the year."""
    return on_a_condition(in_approval(olivia, dmitri, victor, now), rosa, ruth, now)


def on_a_condition(version, rosa, ruth, now):
    approval = approval_of(version)
    word(rosa, approval, now, "approve_with_conditions", conditions=[CONDITION])
    word(ruth, approval, now)
    return fresh(version)


def test_another_tier_asks_for_a_new_approval(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    tier = 1 if version.model.tier != 1 else 2
    set_tier(actor=rosa, model=version.model, tier=tier, reason="It decides about more people", now=now)
    version = fresh(version)
    assert live_approval(version, now) is None and "ask for a new approval" in why_not_live(version, now)


def test_a_late_condition_ends_it_before_anybody_has_announced_it(conditional, now):
    assert live_approval(conditional, now)
    late = now + timedelta(days=60)
    assert live_approval(conditional, late) is None
    assert "Condition 1" in why_not_live(conditional, late)


def test_a_suspension_is_not_lifted_from_what_was_found_unfit_meanwhile(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    approval = suspend_approval(actor=rosa, approval=latest_approval(version), reason="Complaints", now=now)
    ask_revalidation(actor=rosa, version=version, reason="Complaints", now=now)
    validated(fresh(version), victor, now, conclusion="not_fit")
    with pytest.raises(RuleViolated, match="not fit for use"):
        lift_suspension(actor=ruth, approval=approval, reason="Never mind", now=now)


def test_a_retired_version_keeps_no_other_condition_from_being_announced(
    conditional, olivia, dmitri, victor, rosa, ruth, now
):
    move_version(
        actor=olivia,
        version=conditional,
        event=inventory.VERSION_RETIRED,
        status="retired",
        now=now,
        cause="test.retired",
    )
    retire_model(actor=olivia, model=fresh(conditional.model), now=now, cause="test.retired")
    other = on_a_condition(in_approval(olivia, dmitri, victor, now, name="Another waiver"), rosa, ruth, now)
    late = now + timedelta(days=60)
    assert len(announce_overdue(now=late)) == 2
    assert (fresh(conditional).status, fresh(other).status) == ("retired", "suspended")
