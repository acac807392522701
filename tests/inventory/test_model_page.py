"""A model's page shows what hangs on its versions, too, and says of which."""

import pytest

from apps.findings.services import open_finding
from tests.builders.findings import open_one
from tests.builders.inventory import a_model, a_scored_version

pytestmark = pytest.mark.usefixtures("policies_in_force")
LIMIT = "Not to be relied upon below 500 euros"


@pytest.fixture
def read(client, olivia):
    def page(row):
        client.force_login(olivia)
        return client.get(row.get_absolute_url()).content.decode()

    return page


def test_findings_of_a_version_stand_on_its_model_with_their_version(olivia, dmitri, now, read):
    model = a_model(olivia, now)
    version = a_scored_version(dmitri, model, now)
    finding = open_one(olivia, now, version)
    page = read(model)
    assert finding.title in page and "No findings" not in page
    assert f'data-label="About" class="nowrap">{version.reference}<' in page
    assert finding.title in read(version) and 'data-label="About"' not in read(version)


def test_what_is_left_out_is_counted(olivia, now, read, monkeypatch):
    model = a_model(olivia, now)
    for number in range(3):
        open_finding(actor=olivia, subject=model, title=f"Finding {number}", now=now)
    monkeypatch.setattr("apps.findings.panels.SHOWN", 2)
    assert f'2 of 3 · <a href="/findings/?subject={model.reference}">All</a>' in read(model)


def test_limitations_of_versions_stand_once_with_the_versions_that_state_them(olivia, dmitri, now, read):
    model = a_model(olivia, now)
    for number in ("1.0.0", "1.1.0"):
        a_scored_version(dmitri, model, now, version=number, limitations=[LIMIT])
    page = read(model)
    assert page.count(LIMIT) == 1 and "None stated" not in page
    said = page.partition("Limitation of")[2].partition(LIMIT)[0]
    assert "1.1.0" in said and "1.0.0" in said
