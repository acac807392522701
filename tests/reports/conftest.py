"""Versions whose card is worth reading, and what reads a card."""

import json

import pytest

from apps.audit.sealing import seal
from apps.reports.services import compose
from tests.builders.versions import approved


@pytest.fixture
def version(olivia, dmitri, victor, rosa, ruth, policies_in_force, now):
    """Approved, with the results of the shipped policy's example."""
    return approved(olivia, dmitri, victor, rosa, ruth, now)


@pytest.fixture
def card(now):
    """card(version) -> its card as JSON, sealed."""

    def composed(version):
        seal(now)
        return json.loads(compose(version, now).content)

    return composed
