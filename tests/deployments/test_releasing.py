"""Releasing a version, replacing and stopping it, and what becomes of it when its approval no longer counts."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from apps.approvals.services.requests import lift_suspension, suspend_approval
from apps.audit.models import Entry
from apps.core.errors import BadInput, IllegalTransition, RuleViolated
from apps.deployments.models import Deployment
from apps.deployments.selectors import approval_counts, live_deployments, without_approval
from apps.deployments.services import deploy, stop
from apps.dossiers.selectors import latest_approval
from apps.inventory.services.registering import add_use
from tests.builders.versions import a_draft, fresh


def release(petra, version, now, environment="production", **said):
    return deploy(actor=petra, version=version, environment=environment, now=now, **said)


def test_an_approved_version_is_released_under_its_approval_and_is_in_use(approved_version, petra, now):
    deployment = release(petra, approved_version, now)
    assert (deployment.reference, deployment.status) == ("DPL-0001", "live")
    assert deployment.approval == latest_approval(approved_version)
    assert fresh(approved_version).status == "in_use"
    told = Entry.objects.filter(subject_reference=approved_version.reference).latest("pk")
    assert (told.verb, told.cause) == ("inventory.version_released", "deployments.version_deployed")


def test_production_refuses_what_was_never_approved(policies_in_force, olivia, petra, now):
    draft = a_draft(olivia, petra, now)
    with pytest.raises(
        RuleViolated, match=r"Production needs a live approval. MDL-0001@1.0.0 has never been approved"
    ):
        release(petra, draft, now)
    assert not Deployment.objects.exists()


def test_a_draft_may_be_tried_out_in_test(policies_in_force, olivia, petra, now):
    deployment = release(petra, a_draft(olivia, petra, now), now, environment="test")
    assert deployment.approval is None and deployment.version.status == "draft"


def test_a_use_that_was_not_approved_is_refused(approved_version, olivia, petra, now):
    add_use(actor=olivia, model=approved_version.model, name="Home equity release", now=now)
    with pytest.raises(RuleViolated, match="What was approved"):
        release(petra, approved_version, now, use="Home equity release")


def test_a_use_that_there_is_none_of_is_refused_by_name(approved_version, petra, now):
    with pytest.raises(BadInput, match=r"has no use “Marketing”\. Its uses: “Waive the paper proof”"):
        release(petra, approved_version, now, use="Marketing")


def test_an_environment_that_there_is_none_of_is_refused(approved_version, petra, now):
    with pytest.raises(BadInput, match="choose dev, test or production"):
        release(petra, approved_version, now, environment="moon")


def test_a_newer_release_stops_the_older_in_the_same_breath(approved_version, petra, now):
    first = release(petra, approved_version, now)
    second = release(petra, approved_version, now + timedelta(hours=1))
    first = fresh(first)
    assert (first.status, first.stopped_at, second.replaces) == ("stopped", now + timedelta(hours=1), first)
    assert live_deployments(approved_version.model) == [second]
    assert fresh(approved_version).status == "in_use"


def test_the_database_keeps_one_live_release_a_use(approved_version, petra, now):
    release(petra, approved_version, now)
    release(petra, approved_version, now + timedelta(hours=1))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE deployments_deployment SET status = 'live', stopped_at = NULL")


def test_stopping_takes_one_person_and_a_reason(approved_version, olivia, petra, now):
    deployment = release(petra, approved_version, now)
    with pytest.raises(BadInput, match="Say why"):
        stop(actor=olivia, deployment=deployment, reason=" ", now=now)
    stopped = stop(actor=olivia, deployment=deployment, reason="Figures look wrong", now=now)
    assert (stopped.status, stopped.stopped_by) == ("stopped", olivia)
    assert fresh(approved_version).status == "approved"
    with pytest.raises(IllegalTransition):
        stop(actor=olivia, deployment=stopped, reason="Again", now=now)


def test_a_version_stays_in_use_while_it_runs_for_another_use(approved_version, petra, now):
    in_test = release(petra, approved_version, now, environment="test")
    release(petra, approved_version, now)
    stop(actor=petra, deployment=in_test, reason="Tried out", now=now)
    assert fresh(approved_version).status == "in_use"


def test_who_may_not_release_is_refused(approved_version, victor, now):
    with pytest.raises(PermissionDenied):
        release(victor, approved_version, now)


def test_a_suspended_approval_shows_on_what_runs_and_a_lifted_one_no_longer(approved_version, petra, rosa, ruth, now):
    deployment = release(petra, approved_version, now)
    approval = latest_approval(approved_version)
    suspend_approval(actor=rosa, approval=approval, reason="A condition is overdue.", now=now)
    deployment = fresh(deployment)
    assert "is suspended: A condition is overdue." in without_approval(deployment, now)
    assert not approval_counts(deployment) and deployment.status == "live"
    lift_suspension(actor=ruth, approval=fresh(approval), reason="Done.", now=now)
    deployment = fresh(deployment)
    assert without_approval(deployment, now) == "" and approval_counts(deployment)
    assert fresh(approved_version).status == "in_use"


def test_what_ran_at_any_moment_can_be_asked(approved_version, petra, now):
    first = release(petra, approved_version, now)
    second = release(petra, approved_version, now + timedelta(hours=2))
    ran = Deployment.objects.live
    assert not ran(now - timedelta(seconds=1)).exists()
    assert ran(now + timedelta(hours=1)).get() == first
    assert ran(now + timedelta(hours=2)).get() == second
