"""Verifying takes a while, and does not stand in the way of who works meanwhile."""

import pytest
from django.db import connection

from apps.audit.verification import verify
from tests.builders.audit import some_events
from tests.conftest import person


@pytest.mark.both
def test_how_far_it_is_gets_known_before_it_has_ended(own_database, now, monkeypatch):
    """A job's row written in the view would stay locked to the end: nobody could renew its lease or cancel it."""
    monkeypatch.setattr("apps.audit.verification.WIDTH", 2)
    some_events(person("olivia"), now, 2)
    inside = []
    assert verify(lambda share, told: inside.append(connection.in_atomic_block)).size == 2
    assert inside == [False]
