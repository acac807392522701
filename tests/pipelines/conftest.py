import pytest

from tests.builders.inventory import a_model


@pytest.fixture
def model(olivia, dmitri, now):
    """Olivia's model, which dmitri develops."""
    return a_model(olivia, now, developers=[dmitri])
