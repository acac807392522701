"""The pages of a version and its evidence in a real browser, on a model that was really evaluated."""

import pytest
from django.conf import settings
from django.test import Client

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def signed_in(page, site, judged_version):
    client = Client()
    client.force_login(judged_version.created_by)
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
