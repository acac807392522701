"""What a card says of a version after its approval."""

from datetime import timedelta

import pytest

from apps.deployments.services import stop
from apps.reports.markdown import markdown
from tests.builders.monitoring import closed, people, predictions, send
from tests.builders.versions import fresh
from tests.conftest import also


@pytest.fixture
def petra(dmitri):
    """Releases what is approved, and sends what it predicts."""
    return also(dmitri, "platform_engineer")


@pytest.fixture
def released(watched_version):
    return watched_version


def test_where_it_runs_and_under_which_approval(released, card):
    (release,) = card(released)["deployments"]
    assert (release["environment"], release["approval"], release["status"]) == ("Production", "APR-0001", "Live")
    assert card(released)["standing"]["approved"]


def test_a_release_that_ended_stays_on_the_card(released, card, petra, now):
    stop(actor=petra, deployment=released.deployments.get(), reason="Replaced", now=now + timedelta(days=1))
    (release,) = card(fresh(released))["deployments"]
    assert release["stopped_at"] and release["stop_reason"] == "Replaced"


def test_its_windows_and_what_they_raised(released, card, petra, now):
    start = now - timedelta(days=30)
    send(petra, released.model, predictions(people(seed=1, ages=(55, 80)), start, use="Home equity release"), now)
    window = closed(petra, released.model, start, now, now)
    said = card(released)
    (told,) = said["monitoring"]["windows"]
    assert (told["reference"], told["predictions"]) == (window.reference, 600)
    assert "Home equity release" in " ".join(alert["sentence"] for alert in said["monitoring"]["alerts"])
    assert "a use that is not approved" in markdown(said)


def test_a_version_that_is_not_watched_says_so(version, card):
    assert card(version)["monitoring"] is None and "Nothing watches this version" in markdown(card(version))
