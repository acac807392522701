"""A model leaves use: asked for, approved by others, stopped, archived, and still there to be read."""

from datetime import timedelta

import pytest
from django.db import connection

from apps.accounts.services.access import grant_access
from apps.approvals.models import Approval
from apps.approvals.services.requests import suspend_approval
from apps.core.errors import BadInput, Conflict, RuleViolated
from apps.deployments.models import Deployment
from apps.deployments.services import deploy
from apps.dossiers.selectors import lifecycle
from apps.dossiers.services import submit
from apps.inventory.services.registering import add_dependency
from apps.inventory.services.versions import add_version
from apps.monitoring.models import Plan
from apps.retirement.models import Retirement
from apps.retirement.services import carry_out_due, plan_retirement
from apps.retirement.telling import late
from tests.builders.inventory import a_model, a_table, scored
from tests.builders.versions import a_draft, approved, fresh, submitted, word
from tests.conftest import person

pytestmark = pytest.mark.usefixtures("policies_in_force")


def planned(olivia, model, now, **said):
    said = {"reason": "Outlived", "last_day": now.date() + timedelta(days=30), "fallback": "Paper proof", **said}
    return plan_retirement(actor=olivia, model=model, now=now, **said)


def approval_of(retirement):
    return Approval.objects.get(subject_kind="retirement", subject_reference=retirement.reference)


@pytest.fixture
def version(olivia, dmitri, victor, rosa, ruth, now):
    return approved(olivia, dmitri, victor, rosa, ruth, now)


@pytest.fixture
def retired(version, olivia, rosa, ruth, now):
    from tests.conftest import also

    operator = also(olivia, "platform_engineer")
    deploy(actor=operator, version=version, environment="production", now=now)
    retirement = planned(olivia, version.model, now, last_day=now.date())
    word(rosa, approval_of(retirement), now)
    word(ruth, approval_of(retirement), now)
    return fresh(retirement)


def test_an_approved_retirement_stops_what_runs_and_retires_every_version(retired, version):
    assert fresh(version).status == "retired" and fresh(version.model).status == "retired"
    assert not Deployment.objects.live().exists()


def test_the_overview_counts_what_the_list_shows_and_says_how_many_are_retired(retired, olivia, now, client):
    a_model(olivia, now, name="Another")
    client.force_login(olivia)
    assert client.get("/models/").content.decode().count('data-label="Owner"') == 2
    page = client.get("/").content.decode()
    assert '<span class="tile-value">2</span>' in page and "1 of them retired" in page


def test_what_is_retired_is_released_nowhere_any_more(retired, version, olivia, now):
    for environment in ("dev", "test", "production"):
        with pytest.raises(RuleViolated, match="is retired"):
            deploy(actor=fresh(olivia), version=version, environment=environment, now=now)


def test_nor_is_it_watched(retired, version):
    plan = Plan.objects.get(model=version.model)
    assert plan.ended_at is not None


def test_how_it_fared_until_then_is_still_shown(retired, rosa, client):
    plan = Plan.objects.get()
    client.force_login(rosa)
    page = client.get("/monitoring/MDL-0001/").content.decode()
    assert f"Plan {plan.reference}" in page and "Not watched any more" in page
    assert "Not watched yet" not in page and "Close a window" not in page
    assert "Monitoring" in client.get("/models/MDL-0001/").content.decode()
    assert client.get("/api/v1/models/MDL-0001/monitoring/").json()["plan"]["reference"] == plan.reference


def test_a_version_that_was_used_went_the_whole_way(retired, version):
    steps = lifecycle(fresh(version))
    assert {step["state"] for step in steps} == {"done"}
    assert all(step["at"] for step in steps)


def test_a_draft_that_retired_with_its_model_was_never_approved_nor_used(olivia, dmitri, rosa, ruth, now):
    draft = a_draft(olivia, dmitri, now)
    retirement = planned(olivia, draft.model, now, last_day=now.date())
    for officer in (rosa, ruth):
        word(officer, approval_of(retirement), now)
    states = {step["name"]: step["state"] for step in lifecycle(fresh(draft))}
    assert states["Documented"] == states["Retired"] == "done"
    assert states["Validation"] == states["Approval"] == states["In use"] == "todo"


def test_an_approved_retirement_waits_for_its_last_day(version, olivia, rosa, ruth, now):
    retirement = planned(olivia, version.model, now)
    word(rosa, approval_of(retirement), now)
    word(ruth, approval_of(retirement), now)
    assert (fresh(retirement).status, fresh(version).status) == ("approved", "approved")
    with pytest.raises(Conflict, match="already"):
        planned(olivia, version.model, now)
    assert carry_out_due(now=now + timedelta(days=29)) == []
    carry_out_due(now=now + timedelta(days=30))
    assert (fresh(retirement).status, fresh(version).status) == ("archived", "retired")
    assert carry_out_due(now=now + timedelta(days=31)) == []


def test_a_suspended_retirement_waits(version, olivia, rosa, ruth, now):
    retirement = planned(olivia, version.model, now)
    word(rosa, approval_of(retirement), now)
    word(ruth, approval_of(retirement), now)
    suspend_approval(actor=rosa, approval=approval_of(retirement), reason="Still needed", now=now)
    assert carry_out_due(now=now + timedelta(days=30)) == []
    assert fresh(version.model).status == "active"


def test_a_version_submitted_after_the_plan_is_decided_first(version, olivia, dmitri, rosa, now):
    retirement = planned(olivia, version.model, now)
    again = add_version(actor=dmitri, model=version.model, metadata={**version.metadata, "version": "2.0.0"}, now=now)
    submit(actor=dmitri, version=again, now=now)
    with pytest.raises(RuleViolated, match="wait until it is decided"):
        word(rosa, approval_of(retirement), now)


class TestOnceItIsApproved:
    @pytest.fixture
    def approved_plan(self, version, olivia, rosa, ruth, now):
        retirement = planned(olivia, version.model, now)
        word(rosa, approval_of(retirement), now)
        word(ruth, approval_of(retirement), now)
        return fresh(retirement)

    @pytest.fixture
    def again(self, version, dmitri, now):
        metadata = {**version.metadata, "version": "2.0.0"}
        return add_version(actor=dmitri, model=version.model, metadata=metadata, now=now)

    def test_nothing_more_is_submitted(self, approved_plan, again, dmitri, now):
        with pytest.raises(RuleViolated, match="RET-0001 retires MDL-0001 on 23 Dec 2026"):
            submit(actor=dmitri, version=again, now=now)
        assert fresh(again).status == "draft"

    def test_who_planned_it_is_told_where_it_can_t_be_carried_out(self, approved_plan, again, olivia, now):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE inventory_modelversion SET status = 'submitted' WHERE number = '2.0.0'")
        on_the_day, after = now + timedelta(days=30), now + timedelta(days=31)
        assert carry_out_due(now=on_the_day) == [] and list(late(on_the_day)) == []
        [reminder] = late(after)
        assert reminder.recipients == (olivia,) and "MDL-0001@2.0.0 is submitted" in reminder.sentence


def test_a_model_without_a_tier_takes_the_strictest_route(olivia, now):
    model = a_model(olivia, now)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_model SET tier = NULL")
    approval = approval_of(planned(olivia, fresh(model), now))
    assert approval.route["applies"]["tiers"][0] == 1


def test_its_archive_names_everything_by_digest(retired, version):
    assert retired.status == Retirement.Status.ARCHIVED
    assert retired.archive["versions"][0]["reference"] == version.reference
    assert len(retired.archive["signatures"]) == 5  # the report, two approvals, two words on the retirement
    assert retired.archive_digest and retired.keep_until.year == 2036


def test_its_archive_names_what_ran_and_what_was_told_of_it_as_well(retired, version):
    [deployment] = Deployment.objects.filter(version=version)
    assert retired.archive["deployments"] == [[deployment.reference, deployment.artifact_digest]]
    for rows in ("windows", "alerts", "exemptions", "documents"):
        assert retired.archive[rows] == []


def test_a_retirement_is_planned_once_at_a_time(version, olivia, now):
    planned(olivia, version.model, now)
    with pytest.raises(Conflict, match="already"):
        planned(olivia, version.model, now)
    assert Retirement.objects.count() == 1


def test_a_retired_model_takes_no_new_version(retired, version, dmitri, now):
    table = a_table(dmitri, now)
    with pytest.raises(RuleViolated, match="retired"):
        add_version(actor=dmitri, model=fresh(version.model), metadata=scored(table, version="2.0.0"), now=now)


def test_who_rests_on_it_is_named_in_what_is_signed(version, olivia, now):
    other = a_model(olivia, now, name="Affordability")
    add_dependency(actor=olivia, model=other, upstream_kind="model", upstream=version.model.reference, now=now)
    retirement = planned(olivia, version.model, now)
    assert retirement.dependents == [other.reference]
    assert other.reference in approval_of(retirement).record


def test_who_asked_or_owns_it_does_not_decide(version, rosa, now):
    retirement = planned(rosa, version.model, now)
    with pytest.raises(RuleViolated, match="somebody else"):
        word(rosa, approval_of(retirement), now)


def test_a_return_leaves_everything_as_it_was(version, olivia, rosa, now):
    retirement = planned(olivia, version.model, now)
    word(rosa, approval_of(retirement), now, "send_back", reason="Name the fallback's owner")
    assert fresh(retirement).status == "sent_back" and fresh(version).status == "approved"


def test_a_version_under_way_is_decided_first(olivia, dmitri, now):
    with pytest.raises(RuleViolated, match="is submitted"):
        planned(olivia, submitted(olivia, dmitri, now).model, now)


def test_the_last_day_is_not_past(version, olivia, now):
    with pytest.raises(BadInput):
        planned(olivia, version.model, now, last_day=now.date() - timedelta(days=1))


class TestTheDoors:
    def test_the_api_answers_with_the_approval(self, version, olivia, client):
        client.force_login(olivia)
        body = {"reason": "Outlived", "last_day": "2099-01-01", "fallback": "Paper proof"}
        address = f"/api/v1/models/{version.model.reference}/retirement/"
        answer = client.post(address, body, content_type="application/json")
        assert answer.status_code == 201 and answer.json()["approval"].startswith("APR-")

    def test_another_units_model_is_not_there(self, version, oscar, client):
        client.force_login(oscar)
        address = f"/api/v1/models/{version.model.reference}/retirement/"
        assert client.get(address).status_code == 404

    def test_dependents_of_other_units_are_counted_and_not_named(self, version, olivia, oscar, aisha, now, client):
        model = version.model
        here, hidden = a_model(olivia, now, name="Affordability"), a_model(oscar, now, name="Pricing")
        grant_access(actor=person("adam"), user=oscar, root_reference=model.reference, reason="Uses it", now=now)
        oscar = type(oscar).objects.get(pk=oscar.pk)
        for actor, other in ((olivia, here), (oscar, hidden)):
            add_dependency(actor=actor, model=other, upstream_kind="model", upstream=model.reference, now=now)
        retirement = planned(olivia, model, now)
        for reader, named, more in ((olivia, [here.reference], 1), (aisha, [here.reference, hidden.reference], 0)):
            client.force_login(reader)
            said = client.get(f"/api/v1/retirements/{retirement.reference}/").json()
            assert (said["dependents"], said["further_dependents"]) == (named, more)
            page = client.get(retirement.get_absolute_url()).content.decode()
            assert (hidden.reference in page) == (reader == aisha) and ("1 of other units" in page) == (
                reader == olivia
            )

    def test_the_pages_ask_and_show(self, version, olivia, client):
        client.force_login(olivia)
        typed = {"reason": "Outlived", "last_day": "2099-01-01", "fallback": "Paper proof"}
        answer = client.post(f"/models/{version.model.reference}/retire/", typed)
        assert answer.status_code == 302
        assert "Outlived" in client.get(answer.url).content.decode()
