"""The pages of a version and its evidence in a real browser, on a model that was really evaluated."""

import pytest
from django.conf import settings
from django.test import Client

from apps.dossiers.services import submit
from apps.evaluations.services import request_evaluation
from apps.inventory.services.versions import add_version
from apps.jobs.running import work_off
from apps.policies.installing import install_defaults
from tests.builders.waiver import a_waiver, artifact, trained
from tests.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def version(own_database, now):
    """1.1.0, submitted and evaluated; 1.0.0 before it had a dry run."""
    olivia, dmitri = person("olivia"), person("dmitri")
    install_defaults(person("rosa"), person("ruth"), now)
    model = trained(most=12_000, max_iter=40)
    first = a_waiver(olivia, dmitri, now, model, segments=["SEX"])
    request_evaluation(actor=dmitri, version=first, now=now, dry_run=True)
    said = {**first.metadata, "version": "1.1.0", "format": "onnx"}
    files = {
        "artifact": artifact(model.onnx, "onnx", now),
        "parity_artifact": artifact(model.skops, "skops", now),
    }
    second = add_version(actor=dmitri, model=first.model, metadata=said, now=now, **files)
    submit(actor=dmitri, version=second, now=now)
    work_off()
    return second


@pytest.fixture
def signed_in(page, site, version):
    client = Client()
    client.force_login(version.created_by)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def test_a_version_s_evidence_is_accessible_in_light_and_dark_on_desk_and_phone(signed_in, site, look_at):
    addresses = {
        "version": "/versions/MDL-0001@1.1.0/",
        "draft": "/versions/MDL-0001@1.0.0/",
        "evaluation": "/evaluations/EVL-0002/?attribute=RAC1P",
        "compare": "/versions/compare/?a=MDL-0001@1.0.0&b=MDL-0001@1.1.0",
        "submit": "/versions/MDL-0001@1.0.0/submit/",
        "withdraw": "/versions/MDL-0001@1.1.0/withdraw/",
        "dry-run": "/versions/MDL-0001@1.0.0/dry-run/",
    }
    assert [fault for name, at in addresses.items() for fault in look_at(site + at, f"evaluations-{name}")] == []


def test_the_attribute_is_switched_and_figures_opened(signed_in, site):
    signed_in.goto(f"{site}/versions/MDL-0001@1.1.0/")
    signed_in.get_by_role("link", name="RAC1P", exact=True).click()
    signed_in.wait_for_url("**attribute=RAC1P*")
    signed_in.locator("#fairness summary").click()
    assert signed_in.get_by_role("region", name="Fairness by RAC1P").is_visible()
