import pytest

from tests.builders.versions import approved
from tests.conftest import also


@pytest.fixture
def petra(dmitri):
    """Releases and stops what runs."""
    return also(dmitri, "platform_engineer")


@pytest.fixture
def approved_version(policies_in_force, olivia, dmitri, victor, rosa, ruth, now):
    return approved(olivia, dmitri, victor, rosa, ruth, now)
