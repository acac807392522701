"""Versions whose card is worth reading, and what reads a card."""

import json

import pytest

from apps.audit.sealing import seal
from apps.reports.services import compose


@pytest.fixture
def version(approved_version):
    return approved_version


@pytest.fixture
def card(now):
    """card(version) -> its card as JSON, sealed."""

    def composed(version):
        seal(now)
        return json.loads(compose(version, now).content)

    return composed
