"""When watching begins, and what another version's release changes."""

from datetime import timedelta

from apps.deployments.services import deploy
from apps.dossiers.services import submit
from apps.monitoring.models import Plan, Window
from apps.monitoring.services.plans import current_plan
from tests.builders.inventory import a_scored_version
from tests.builders.monitoring import closed, people, predictions, send
from tests.builders.versions import approval_of, evaluated, fresh, validated, word


def test_a_release_into_test_watches_nothing(policies_in_force, olivia, petra, now):
    from tests.builders.versions import a_draft

    deploy(actor=petra, version=a_draft(olivia, petra, now), environment="test", now=now)
    assert not Plan.objects.exists()


def test_the_same_version_again_keeps_its_plan(version, petra, now):
    deploy(actor=petra, version=version, environment="production", now=now + timedelta(hours=1))
    assert Plan.objects.count() == 1


def test_another_version_s_release_starts_a_plan_of_its_own(version, model, petra, victor, rosa, ruth, now):
    said = {name: version.metadata[name] for name in ("reference_data", "evaluation_data", "protected")}
    second = a_scored_version(petra, model, now, version="2.0.0", **said)
    submit(actor=petra, version=second, now=now)
    second = validated(evaluated(fresh(second), now), victor, now)
    for person in (rosa, ruth):
        word(person, approval_of(second), now)
    deploy(actor=petra, version=fresh(second), environment="production", now=now)

    before, after = Plan.objects.order_by("pk")
    assert (before.ended_at, after.ended_at) == (now, None)
    assert current_plan(model).version.number == "2.0.0"
    start = now - timedelta(days=5)
    send(petra, model, predictions(people(250, seed=61), start, version="1.0.0"), now)
    send(petra, model, predictions(people(250, seed=62), start, version="2.0.0"), now)
    window = closed(rosa, model, start, now, now)
    assert (window.plan, window.predictions) == (after, 250)
    assert Window.objects.count() == 1
