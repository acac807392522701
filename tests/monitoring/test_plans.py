"""When watching begins, and what another version's release changes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.deployments.services import deploy
from apps.dossiers.services import submit
from apps.inventory.services.registering import add_use
from apps.jobs.running import work_off
from apps.monitoring.models import Alert, Plan, Window
from apps.monitoring.services.periods import close_due
from apps.monitoring.services.plans import current_plan
from apps.monitoring.services.windows import close_window
from tests.builders.inventory import a_scored_version, a_table
from tests.builders.monitoring import as_csv, closed, people, predictions, send
from tests.builders.versions import approval_of, evaluated, fresh, validated, word


def test_a_release_into_test_watches_nothing(policies_in_force, olivia, petra, now):
    from tests.builders.versions import a_draft

    deploy(actor=petra, version=a_draft(olivia, petra, now), environment="test", now=now)
    assert not Plan.objects.exists()


def test_the_same_version_again_keeps_its_plan(version, petra, now):
    deploy(actor=petra, version=version, environment="production", now=now + timedelta(hours=1))
    assert Plan.objects.count() == 1


@pytest.fixture
def second(version, model, petra, victor, rosa, ruth, now):
    """Another version, approved for whatever uses the model has."""

    def make(**more):
        said = {name: version.metadata[name] for name in ("reference_data", "evaluation_data", "protected")} | more
        made = a_scored_version(petra, model, now, version="2.0.0", **said)
        submit(actor=petra, version=made, now=now)
        made = validated(evaluated(fresh(made), now), victor, now)
        for person in (rosa, ruth):
            word(person, approval_of(made), now)
        return fresh(made)

    return make


def test_a_version_that_still_decides_for_another_use_is_watched_on(second, version, model, olivia, petra, now):
    add_use(actor=olivia, model=model, name="Home equity release", now=now)
    deploy(actor=petra, version=second(), environment="production", use="Home equity release", now=now)
    assert [plan.version.number for plan in Plan.objects.filter(ended_at=None).order_by("pk")] == ["1.0.0", "2.0.0"]


def test_another_version_s_release_starts_a_plan_of_its_own(second, model, petra, rosa, now):
    deploy(actor=petra, version=second(), environment="production", now=now)

    before, after = Plan.objects.order_by("pk")
    assert (before.ended_at, after.ended_at) == (now, None)
    assert current_plan(model).version.number == "2.0.0"
    start = now - timedelta(days=5)
    send(petra, model, predictions(people(250, seed=61), start, version="1.0.0"), now)
    send(petra, model, predictions(people(250, seed=62), start, version="2.0.0"), now)
    window = closed(rosa, model, start, now, now)
    assert (window.plan, window.predictions) == (after, 250)
    assert Window.objects.count() == 1


def test_an_alert_of_the_replaced_version_is_not_the_new_one_s(second, model, petra, rosa, now):
    for day, number in ((9, "1.0.0"), (4, "2.0.0")):
        start = now - timedelta(days=day)
        older = predictions(people(250, seed=day, ages=(60, 74)), start, version=number)
        send(petra, model, older, now)
        closed(rosa, model, start, start + timedelta(days=2), now)
        if number == "1.0.0":
            deploy(actor=petra, version=second(), environment="production", now=now)
    found = Alert.objects.filter(indicator="Population").order_by("pk")
    assert [(alert.version.number, alert.windows) for alert in found] == [("1.0.0", 1), ("2.0.0", 1)]


def test_versions_that_know_a_column_by_different_types_are_each_measured(second, model, olivia, petra, rosa, now):
    add_use(actor=olivia, model=model, name="Home equity release", now=now)
    words = [{**row, "age": "old" if row["age"] > 40 else "young"} for row in people()]
    table = a_table(petra, now, content=as_csv(words), id_column="id", score="score", target="default")
    made = second(reference_data=table.reference, evaluation_data=table.reference, protected=["age"])
    deploy(actor=petra, version=made, environment="production", use="Home equity release", now=now)
    start = now - timedelta(days=5)
    numbers = predictions(people(250, seed=61), start)
    named = [{**row, "age": "old" if row["age"] > 40 else "young"} for row in people(250, seed=62)]
    for rows in (
        numbers[:100],
        numbers[100:] + predictions(named, start, version="2.0.0", use="Home equity release"),
    ):
        batch = send(petra, model, rows, now)
        assert (batch.accepted, batch.rejections) == (len(rows), [])
    for plan in Plan.objects.order_by("pk"):
        close_window(actor=rosa, model=model, start=start, end=now, now=now, plan=plan)
        work_off()
    drift = [window.results.get(measure="psi", attribute="age") for window in Window.objects.order_by("pk")]
    assert [row.n for row in drift] == [250, 250] and all(row.value < 0.2 for row in drift)


@pytest.fixture
def replaced(second, version, model, petra, now):
    """Version 1.0.0 in use for ten days, with rows of them, then replaced."""
    send(petra, model, predictions(people(250, seed=61), now + timedelta(minutes=1)), now)
    deploy(actor=petra, version=second(), environment="production", now=now + timedelta(days=10))
    return Plan.objects.get(version=version)


def test_the_last_period_of_a_replaced_version_is_closed_too(replaced, now):
    (job,) = close_due(now=timezone.now() + timedelta(days=31))
    assert job.parameters["plan"] == replaced.reference


def test_a_window_of_a_replaced_version_is_closed_by_naming_its_plan(
    replaced, model, rosa, client, now, time_machine
):
    time_machine.move_to(now + timedelta(days=20), tick=False)
    client.force_login(rosa)
    url, span = (
        "/api/v1/models/MDL-0001/monitoring/",
        {"start": now.isoformat(), "end": (now + timedelta(days=5)).isoformat()},
    )
    closing = f"{url}windows/"
    strange = client.post(closing, {**span, "plan": "PLN-0099"}, content_type="application/json")
    assert (strange.status_code, strange.json()["errors"]) == (422, {"plan": ["MDL-0001 has no plan “PLN-0099”."]})
    assert client.post(closing, {**span, "plan": "PLN-0001"}, content_type="application/json").status_code == 202
    work_off()
    assert [row["predictions"] for row in client.get(f"{url}?plan=PLN-0001").json()["windows"]] == [250]
    assert client.get(url).json()["windows"] == []
    page = client.get("/monitoring/MDL-0001/?plan=PLN-0001").content.decode()
    assert "WIN-0001" in page and "?plan=PLN-0002" in page
    form = {"plan": "PLN-0001", "start": now.date(), "end": (now + timedelta(days=6)).date()}
    assert client.post("/monitoring/MDL-0001/close/", form).status_code == 302
