"""From a draft to an approval that counts, and everything that turns a version back."""

import json

import pytest
from django.core.exceptions import PermissionDenied

from apps.approvals.services.requests import lift_suspension, suspend_approval
from apps.audit.models import Entry
from apps.core.errors import Conflict, IllegalTransition, RuleViolated
from apps.dossiers.deciding import decision_panel
from apps.dossiers.selectors import available_actions, lifecycle, live_approval, why_not_live
from apps.dossiers.services import accept, return_version, submit, withdraw_version
from apps.evaluations.services import fail
from apps.findings.services import open_finding
from apps.inventory.services.registering import add_use, state_limitation
from apps.jobs.errors import Cancelled
from apps.jobs.models import Job
from apps.jobs.services import report, stop, take
from apps.web.waiting import waiting_for
from tests.builders.versions import (
    ALL_AGES,
    a_draft,
    approval_of,
    approved,
    evaluated,
    fresh,
    in_approval,
    proof,
    submitted,
    validated,
    word,
)

pytestmark = pytest.mark.usefixtures("policies_in_force")


def test_a_version_goes_all_the_way_to_an_approval_that_counts(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    assert version.status == "approved"
    assert live_approval(version, now).record


def test_every_step_is_an_event_that_names_its_cause(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    told = Entry.objects.filter(subject_reference=version.reference).order_by("pk").values_list("verb", "cause")
    assert list(told) == [
        ("inventory.version_added", ""),
        ("inventory.version_submitted", ""),
        ("inventory.evidence_accepted", "evaluations.evaluation_completed"),
        ("inventory.approval_opened", "validations.validation_concluded"),
        ("inventory.version_approved", "approvals.decision_signed"),
    ]


def test_a_failed_gate_sends_it_back_with_its_evidence_kept(olivia, dmitri, now):
    version = evaluated(submitted(olivia, dmitri, now), now, ALL_AGES)
    assert version.status == "draft"
    evaluation = version.evaluations.get()
    assert evaluation.verdict.outcome == "failed" and evaluation.results.count() == 6


def test_a_version_that_could_not_be_evaluated_goes_back_with_the_reason(olivia, dmitri, now):
    version = submitted(olivia, dmitri, now)
    fail(evaluation=version.evaluations.get(), reason="The file asks for a column that is not there.", now=now)
    assert fresh(version).status == "draft"
    assert "asks for a column" in json.loads(Entry.objects.latest("pk").payload.body)["note"]


def test_a_model_without_a_use_is_not_submitted(olivia, dmitri, now):
    version = a_draft(olivia, dmitri, now)
    use = version.model.uses.get()
    from apps.inventory.services.registering import end_use

    end_use(actor=olivia, use=use, now=now)
    with pytest.raises(RuleViolated, match="what the model is to be used for"):
        submit(actor=dmitri, version=version, now=now)


def test_it_is_submitted_once(olivia, dmitri, now):
    version = submitted(olivia, dmitri, now)
    with pytest.raises(IllegalTransition):
        submit(actor=dmitri, version=version, now=now)


@pytest.mark.parametrize("back", [withdraw_version, return_version])
def test_what_went_back_can_be_submitted_again_before_its_first_evaluation_is_done(back, olivia, dmitri, rosa, now):
    version = submitted(olivia, dmitri, now)
    first = version.evaluations.get()
    back(actor=rosa if back is return_version else dmitri, version=version, reason="Too soon", now=now)
    first = fresh(first)
    assert first.status == "failed" and "went back" in first.error
    assert Job.objects.get(pk=first.job).state == "cancelled"
    second = submit(actor=dmitri, version=fresh(version), now=now).evaluation
    assert second != first and fresh(version).status == "submitted"


def test_an_evaluation_that_somebody_works_on_stops_when_its_version_goes_back(olivia, dmitri, now):
    version = submitted(olivia, dmitri, now)
    job = take(version.evaluations.get().job, worker="worker", now=now)
    withdraw_version(actor=dmitri, version=version, reason="Too soon", now=now)
    with pytest.raises(Cancelled):
        report(job, 0.5, "Scoring", now=now)
    stop(job, now=now)
    assert fresh(version).status == "draft"


def test_who_developed_it_does_not_validate_it(olivia, dmitri, now):
    from apps.validations.services import open_validation
    from tests.conftest import also

    version = evaluated(submitted(olivia, dmitri, now), now)
    with pytest.raises(RuleViolated, match="somebody else"):
        open_validation(actor=also(dmitri, "validator"), version=version, scope="Mine", now=now)


def test_a_version_that_is_not_fit_goes_back(olivia, dmitri, victor, now):
    version = validated(evaluated(submitted(olivia, dmitri, now), now), victor, now, conclusion="not_fit")
    assert version.status == "draft"


def test_the_owner_attests_and_has_no_vote(olivia, dmitri, victor, now):
    version = in_approval(olivia, dmitri, victor, now)
    accept(
        actor=olivia,
        version=version,
        statement="For applicants 16 to 64.",
        reauthentication=proof(olivia, now),
        now=now,
    )
    with pytest.raises(PermissionDenied):
        word(olivia, approval_of(version), now)
    with pytest.raises(RuleViolated, match="who owns the model"):
        accept(actor=dmitri, version=version, statement="Me too", reauthentication=proof(dmitri, now), now=now)


def test_who_attested_other_uses_is_asked_again(olivia, dmitri, victor, now):
    def asked():
        panel = decision_panel(version, olivia)["people"][0]
        waiting = [item.title for item in waiting_for(olivia, now) if item.what == "Attest the use"]
        return panel["name"], panel["state"], waiting == [str(version)]

    version = in_approval(olivia, dmitri, victor, now)
    said = {"actor": olivia, "version": version, "statement": "For 16 to 64.", "now": now}
    accept(**said, reauthentication=proof(olivia, now))
    assert asked() == ("Olivia Okafor", "signed", False)
    add_use(actor=olivia, model=version.model, name="Home equity release", now=now)
    assert asked() == ("Olivia Okafor", "awaiting", True)
    accept(**said, reauthentication=proof(olivia, now))
    assert asked() == ("Olivia Okafor", "signed", False)


def test_a_use_added_meanwhile_returns_the_request(olivia, dmitri, victor, rosa, now):
    version = in_approval(olivia, dmitri, victor, now)
    approval = approval_of(version)
    add_use(actor=olivia, model=version.model, name="Home equity release", now=now)
    with pytest.raises(Conflict, match="went back"):
        word(rosa, approval, now)
    assert fresh(version).status == "draft"


def test_a_new_blocking_finding_returns_the_request(olivia, dmitri, victor, rosa, now):
    version = in_approval(olivia, dmitri, victor, now)
    approval = approval_of(version)
    open_finding(actor=victor, subject=version, title="Leak", severity="high", now=now)
    with pytest.raises(Conflict, match="went back"):
        word(rosa, approval, now)


def test_a_later_finding_does_not_end_an_approval_but_a_restriction_does(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    open_finding(actor=victor, subject=version, title="Drifts", severity="high", now=now)
    assert live_approval(version, now)
    state_limitation(actor=victor, model=version.model, text="Not above 64", sort="restriction", now=now)
    assert live_approval(version, now) is None and "ask for a new approval" in why_not_live(version, now)


def test_a_suspension_ends_what_it_is_worth_until_it_is_lifted(olivia, dmitri, victor, rosa, ruth, now):
    version = approved(olivia, dmitri, victor, rosa, ruth, now)
    approval = live_approval(version, now)
    approval = suspend_approval(actor=rosa, approval=approval, reason="Complaints", now=now)
    version = fresh(version)
    assert version.status == "suspended" and live_approval(version, now) is None
    lift_suspension(actor=rosa, approval=approval, reason="Looked into", now=now)
    assert live_approval(fresh(version), now)


def test_the_second_line_sends_it_back_before_anybody_validates(olivia, dmitri, rosa, now):
    version = evaluated(submitted(olivia, dmitri, now), now)
    returned = return_version(actor=rosa, version=version, reason="Too few of the young", now=now)
    assert returned.status == "draft"


def test_an_open_validation_ends_with_its_version(olivia, dmitri, victor, now):
    from apps.validations.services import open_validation

    version = evaluated(submitted(olivia, dmitri, now), now)
    validation = open_validation(actor=victor, version=version, scope="Everything", now=now)
    withdraw_version(actor=dmitri, version=version, reason="A mistake", now=now)
    assert fresh(validation).status == "abandoned"


def test_what_can_be_done_depends_on_who_asks(olivia, dmitri, victor, rosa, aisha, now):
    version = in_approval(olivia, dmitri, victor, now)
    assert available_actions(version, rosa, now) == ["decisions"]
    assert available_actions(version, olivia, now) == ["acceptance"]
    assert available_actions(version, aisha, now) == []


def test_the_life_cycle_says_where_it_stands(olivia, dmitri, victor, now):
    steps = {step["name"]: step["state"] for step in lifecycle(in_approval(olivia, dmitri, victor, now))}
    assert steps["Validation"] == "done" and steps["Approval"] == "now" and steps["In use"] == "todo"
