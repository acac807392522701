import pytest

from tests.builders.world import a_world
from tests.conftest import also


@pytest.fixture
def world(policies_in_force, olivia, dmitri, victor, rosa, ruth, now):
    """Retail credit with a row of everything."""
    petra = also(dmitri, "platform_engineer")
    return a_world(olivia, dmitri, victor, rosa, ruth, now, petra=petra)
