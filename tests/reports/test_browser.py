"""The card's page in a real browser, on a model that was really evaluated."""

import pytest
from django.conf import settings
from django.test import Client

from apps.jobs.running import work_off

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]


@pytest.fixture
def version(judged_version):
    return judged_version


@pytest.fixture
def signed_in(page, site, version):
    client = Client()
    client.force_login(version.created_by)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def test_the_card_is_accessible_in_light_and_dark_on_desk_and_phone(signed_in, site, look_at, version):
    assert look_at(f"{site}/versions/{version.reference}/card/", "reports-card") == []


def test_the_pdf_is_asked_for_and_its_progress_shown(signed_in, site, version):
    signed_in.goto(f"{site}/versions/{version.reference}/")
    signed_in.get_by_role("link", name="Model card").click()
    signed_in.get_by_role("link", name="Make the PDF").click()
    signed_in.get_by_text("Make the model card").wait_for()
    work_off()
    signed_in.get_by_role("link", name="PDF", exact=True).wait_for()
