import pytest

from tests.jobs.errands.kinds import register_all


@pytest.fixture(autouse=True)
def errands():
    """The kinds of work these tests ask for."""
    register_all()
