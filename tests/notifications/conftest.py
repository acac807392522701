import pytest

from tests.builders.notifications import only_these_rules, receiver


@pytest.fixture
def no_rules():
    """No room has said yet what concerns whom."""
    with only_these_rules():
        yield


@pytest.fixture
def outside(settings):
    """A system outside that listens, on this machine, which webhooks may reach for once."""
    settings.WEBHOOK_PRIVATE = True
    with receiver() as made:
        yield made
