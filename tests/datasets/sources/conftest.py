import pytest


@pytest.fixture
def folder(settings, tmp_path):
    """A folder that sources may read from, of the test's own."""
    place = tmp_path / "data"
    place.mkdir()
    settings.DATA_ROOTS = [place]
    return place
