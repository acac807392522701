import pytest

from tests.conftest import also


@pytest.fixture
def petra(dmitri):
    """Releases and stops what runs."""
    return also(dmitri, "platform_engineer")
