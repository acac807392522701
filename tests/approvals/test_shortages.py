"""No approval waits in silence for signatures that nobody can give."""

from datetime import timedelta

import pytest

from apps.accounts.services.people import deactivate
from apps.approvals.models import Approval
from apps.approvals.selectors import shortage
from apps.approvals.telling import tell_of_shortages
from apps.core.errors import RuleViolated
from apps.dossiers.services import submit
from apps.notifications.models import Notification
from apps.policies.rules.routes import ApprovalRoute
from apps.policies.services import propose_policy, publish_version
from tests.approvals.conftest import ROUTE, an_approval, word
from tests.builders.accounts import given_back
from tests.builders.versions import a_draft, fresh
from tests.conftest import also

ROUTE_OF_VALIDATORS = """\
kind: approval_route
name: Every validator
applies: {kinds: [model_version], tiers: [1, 2, 3]}
stages:
  - {name: Everybody, role: validator, mode: all, deadline_days: 10}
cases:
  - name: The one who was asked signs
    decisions: [{stage: Everybody, person: victor, decision: approve}]
    asked: {Everybody: [victor]}
    expect: {outcome: approved}
"""


def everybody(role="risk_officer"):
    stage = {"name": "Everybody", "role": role, "mode": "all", "deadline_days": 10}
    return ApprovalRoute.model_validate({**ROUTE.model_dump(), "stages": [stage]})


def told():
    return {
        row.recipient.name.split()[0]
        for row in Notification.objects.filter(sentence__contains="take the request back")
    }


class TestAtOpening:
    def test_a_stage_of_all_without_anybody_is_refused(self, olivia, dmitri, heard, now):
        with pytest.raises(RuleViolated, match="Nobody can sign in the stage “Everybody”"):
            an_approval(olivia, dmitri, now, everybody())
        assert not Approval.objects.exists()

    def test_so_is_one_of_people_who_are_all_barred(self, olivia, dmitri, heard, now):
        also(olivia, "risk_officer")
        also(dmitri, "risk_officer")
        with pytest.raises(RuleViolated, match="has a part in this"):
            an_approval(olivia, dmitri, now, everybody())

    def test_whoever_submits_is_told_before_anything_is_evaluated(
        self, policies_in_force, olivia, dmitri, rosa, ruth, now
    ):
        version = a_draft(olivia, dmitri, now)
        route = propose_policy(actor=rosa, text=ROUTE_OF_VALIDATORS, now=now).versions.get()
        publish_version(actor=ruth, version=route, now=now)
        with pytest.raises(RuleViolated, match="Nobody can sign in the stage “Everybody”"):
            submit(actor=dmitri, version=version, now=now)
        assert fresh(version).status == "draft" and not version.evaluations.exists()


class TestLater:
    @pytest.fixture
    def approval(self, olivia, dmitri, rosa, ruth, adam, heard, now):
        return an_approval(olivia, dmitri, now, everybody())

    def test_nothing_is_told_while_all_can_sign(self, approval, rosa, now):
        assert shortage(approval) is None
        word(rosa, approval, now)
        assert shortage(fresh(approval)) is None and tell_of_shortages(now=now) == [] and told() == set()

    def test_one_who_was_asked_and_is_gone_is_told_once_to_who_can_help(self, approval, rosa, ruth, adam, now):
        word(rosa, approval, now)
        deactivate(actor=adam, user=ruth, reason="Left", now=now)
        assert tell_of_shortages(now=now) == [approval]
        assert told() == {"Dmitri", "Olivia", "Rosa", "Adam"}
        count = Notification.objects.count()
        tell_of_shortages(now=now + timedelta(hours=1))
        assert Notification.objects.count() == count

    def test_so_is_one_whose_account_was_reset(self, approval, ruth, adam, ada, now):
        given_back(adam, ada, ruth, now + timedelta(minutes=1))
        assert "Dmitri Petrov has to take the request back" in shortage(approval)

    def test_its_page_says_so(self, approval, ruth, adam, client, dmitri, now):
        deactivate(actor=adam, user=ruth, reason="Left", now=now)
        client.force_login(dmitri)
        page = client.get(approval.get_absolute_url()).content.decode()
        assert "Nobody can complete this." in page and "Ruth Amsel" in page


def test_a_quorum_that_is_out_of_reach_is_told_too(olivia, dmitri, rosa, ruth, adam, heard, now):
    approval = an_approval(olivia, dmitri, now)
    assert shortage(approval) is None
    deactivate(actor=adam, user=ruth, reason="Left", now=now)
    assert tell_of_shortages(now=now) == [approval] and "needs 2 signatures, and can have 1 at most" in shortage(
        approval
    )
