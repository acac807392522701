"""Who had a hand in a model judges none of it: not by another role, not after handing it over."""

import pytest

from apps.approvals.models import Approval
from apps.core.errors import IllegalTransition, RuleViolated
from apps.core.subjects import subject_of
from apps.findings.services import agree_plan, open_finding
from apps.inventory.services.registering import change_model
from apps.inventory.services.versions import change_version
from apps.validations.services import ask_revalidation
from tests.builders.exceptions import proposed
from tests.builders.versions import (
    a_draft,
    approval_of,
    approved,
    evaluated,
    fresh,
    in_approval,
    submitted,
    validated,
    word,
)
from tests.conftest import also, person

pytestmark = pytest.mark.usefixtures("policies_in_force")
GATE = {"gate": "Four-fifths rule"}


def asked_for(exemption):
    return Approval.objects.get(subject_reference=exemption.reference)


@pytest.fixture
def version(olivia, dmitri, now):
    return submitted(olivia, dmitri, now)


@pytest.mark.parametrize("builder", ["olivia", "dmitri"])
def test_who_owns_or_develops_a_model_grants_it_no_exemption(version, victor, builder, request, now):
    approval = asked_for(proposed(victor, version.model, now, **GATE))
    with pytest.raises(RuleViolated, match="You own or develop it"):
        word(also(request.getfixturevalue(builder), "risk_officer"), approval, now)


@pytest.mark.parametrize("builder", ["olivia", "dmitri"])
def test_who_owns_or_develops_a_model_accepts_no_risk_of_its_findings(version, victor, builder, request, now):
    finding = open_finding(actor=victor, subject=version.model, title="Leak", severity="high", now=now)
    approval = asked_for(proposed(victor, finding, now, sort="risk_acceptance", gate=""))
    with pytest.raises(RuleViolated, match="You own or develop it"):
        word(also(request.getfixturevalue(builder), "risk_officer"), approval, now)


def test_who_has_to_mend_a_finding_does_not_accept_its_risk(version, olivia, victor, ruth, now):
    finding = open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
    agree_plan(actor=olivia, finding=finding, responsible=ruth, due=finding.plan_due, now=now)
    approval = asked_for(proposed(victor, finding, now, sort="risk_acceptance", gate=""))
    with pytest.raises(RuleViolated, match="You answer for this finding"):
        word(ruth, approval, now)


def test_who_owned_a_model_stays_barred_after_handing_it_over(version, olivia, dmitri, victor, now):
    change_model(actor=olivia, model=version.model, owner=dmitri, now=now)
    version = validated(evaluated(version, now), victor, now)
    with pytest.raises(RuleViolated, match="developed or own"):
        word(also(olivia, "risk_officer"), approval_of(version), now)


def test_who_changed_a_draft_has_a_part_in_the_model(olivia, dmitri, now):
    version = a_draft(olivia, dmitri, now)
    helper = also(also(person("ada"), "data_scientist"), "risk_officer")
    change_version(actor=helper, version=version, changes={"limitations": ["Not above 64"]}, now=now)
    assert helper in fresh(version.model).developers and dmitri in fresh(version.model).developers


def test_who_submitted_a_version_has_a_part_in_the_model(version, dmitri, now):
    assert dmitri in fresh(version.model).developers


def test_who_validated_a_version_does_not_approve_it(version, victor, now):
    version = validated(evaluated(version, now), victor, now)
    with pytest.raises(RuleViolated, match="You validated it"):
        word(also(victor, "risk_officer"), approval_of(version), now)


@pytest.mark.parametrize("reached", [a_draft, submitted])
def test_only_what_was_approved_is_validated_again(reached, olivia, dmitri, rosa, now):
    with pytest.raises(IllegalTransition, match="Only what was approved"):
        ask_revalidation(actor=rosa, version=reached(olivia, dmitri, now), reason="It drifts", now=now)


def test_what_was_approved_is_validated_again(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    assert ask_revalidation(actor=rosa, version=version, reason="It drifts", now=now).sort == "revalidation"


def test_a_version_that_waits_for_its_approval_is_not_validated_again(olivia, dmitri, victor, rosa, now):
    with pytest.raises(IllegalTransition):
        ask_revalidation(actor=rosa, version=in_approval(olivia, dmitri, victor, now), reason="It drifts", now=now)


@pytest.mark.parametrize("builder", ["olivia", "dmitri", "rosa"])
def test_who_has_a_part_in_a_version_is_barred_from_all_that_is_about_it(version, builder, request, now):
    finding = open_finding(actor=request.getfixturevalue("victor"), subject=version, title="Leak", now=now)
    user = request.getfixturevalue(builder)
    for row in (version, version.model, finding):
        assert (subject_of(row.kind).conflicts(row, user) is not None) == (builder != "rosa")
