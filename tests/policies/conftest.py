import pytest

from tests.builders.policies import draft


@pytest.fixture
def drafted(rosa, now):
    """Rosa's first draft of a gate policy for tier 1."""
    return draft(rosa, now)
