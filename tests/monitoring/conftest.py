from datetime import timedelta

import pytest

from tests.conftest import also


@pytest.fixture
def petra(dmitri):
    """Releases what is approved, and sends what it predicts."""
    return also(dmitri, "platform_engineer")


@pytest.fixture
def version(watched_version, petra):
    """A version in production."""
    return watched_version


@pytest.fixture
def model(version):
    return version.model


@pytest.fixture
def month(now):
    """The window that tests close: thirty days that are over."""
    start = now - timedelta(days=30)
    return start, now
