"""What runs and how it fares, in a real browser: accessible, not too wide, in light and dark."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from apps.monitoring.models import Alert
from apps.policies.installing import install_defaults
from tests.builders.monitoring import closed, outcomes, people, predictions, send, watched
from tests.conftest import also, person

pytestmark = pytest.mark.browser


@pytest.fixture
def story(own_database, now):
    """Three quiet windows, and one with older people for another use."""
    named = {name: person(name) for name in ("olivia", "dmitri", "victor", "rosa", "ruth")}
    install_defaults(named["rosa"], named["ruth"], now)
    petra = also(named["dmitri"], "platform_engineer")
    model = watched(**named, now=now, petra=petra).model
    for week in range(4, 0, -1):
        start = now - timedelta(weeks=week)
        use, ages = ("home equity release", (55, 74)) if week == 1 else ("Waive the paper proof", (18, 64))
        rows = people(400, seed=50 + week, ages=ages)
        send(petra, model, predictions(rows, start + timedelta(days=1), use=use), now)
        send(petra, model, outcomes(rows, now - timedelta(hours=1)), now, "outcomes")
        closed(named["rosa"], model, start, start + timedelta(weeks=1), now)
    return named["rosa"]


@pytest.fixture
def signed_in(page, site, story):
    client = Client()
    client.force_login(story)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def test_the_pages_are_accessible_and_fit_in_light_and_dark_on_desk_and_phone(signed_in, site, look_at):
    alert = Alert.objects.get(indicator="Drift").reference
    faults = []
    for address in (
        "/deployments/",
        "/deployments/DPL-0001/",
        "/monitoring/",
        "/monitoring/alerts/",
        "/monitoring/MDL-0001/",
        "/monitoring/MDL-0001/close/",
        "/monitoring/windows/WIN-0004/",
        f"/monitoring/alerts/{alert}/",
        f"/monitoring/alerts/{alert}/finding/",
    ):
        assert signed_in.goto(site + address).ok, address
        faults += look_at(site + address, f"watching{address}")
    assert faults == []
