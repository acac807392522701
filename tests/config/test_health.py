"""Is it alive, and could it serve?"""

import pytest
from django.test import Client

from apps.core.health import PROBES


@pytest.fixture
def probes():
    """The registry, as it was again afterwards."""
    before = dict(PROBES)
    yield PROBES
    PROBES.clear()
    PROBES.update(before)


def test_a_process_that_answers_is_alive():
    assert Client().get("/health/live").json() == {"status": "ok"}


@pytest.mark.both
def test_the_database_its_migrations_and_the_key_are_there(db):
    missing = Client().get("/health/ready").json()["missing"]
    assert not {"database", "migrations", "key"} & set(missing)


def test_what_is_missing_is_named(db, probes):
    probes["worker"] = lambda: "No worker has been heard for a minute."
    answer = Client().get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["missing"]["worker"] == "No worker has been heard for a minute."


def test_a_ready_installation_says_so(db, probes):
    for name in set(probes) - {"database", "migrations", "key"}:
        del probes[name]
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "missing": {}})


def test_health_is_never_cached(db):
    assert "no-cache" in Client().get("/health/live")["Cache-Control"]
