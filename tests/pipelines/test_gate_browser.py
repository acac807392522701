"""The gate's pages in a real browser: both themes, both widths, no violation."""

import pytest
from django.test import Client

from apps.inventory.models import ModelVersion
from apps.pipelines.services.gate import check_gate, report_tests
from tests.conftest import NOW, person

pytestmark = pytest.mark.browser

TESTS = [
    {"name": "tests/test_data.py::test_contract", "kind": "data_contract", "outcome": "passed", "seconds": 0.4},
    {
        "name": "tests/test_model.py::test_sex_does_not_matter",
        "kind": "invariance",
        "outcome": "failed",
        "seconds": 1.25,
        "message": "test_sex_does_not_matter: 3 of 4,000 failed.",
        "figures": {"cases": 4000, "failures": 3, "at_most": 0.0},
    },
]


@pytest.fixture
def evaluated_version(own_database):
    """Where a browser sees it."""
    return ModelVersion.objects.get()


def test_what_the_author_of_a_pull_request_reads(evaluated_version, site, page, look_at):
    dmitri = person("dmitri")
    said = {
        "commit": "4a6f0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b",
        "branch": "retrain",
        "ci_url": "https://ci.example/7",
    }
    report_tests(actor=dmitri, version=evaluated_version, tool="quaestor-client 0.1.0", tests=TESTS, now=NOW, **said)
    check_gate(actor=dmitri, version=evaluated_version, now=NOW, **said)
    check_gate(actor=dmitri, version=evaluated_version, now=NOW, tests=True, **said)
    client = Client()
    client.force_login(dmitri)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    faults = []
    for name in ("gate-checks/GTC-0001", "gate-checks/GTC-0002", "gate-checks", "test-reports/TRP-0001"):
        faults += look_at(f"{site}/{name}/", name)
    faults += look_at(f"{site}/versions/MDL-0001@1.0.0/", "version-with-gate-checks")
    assert faults == []
