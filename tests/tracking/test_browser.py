"""Experiments and runs in a real browser: accessible, not too wide, in light and dark."""

import pytest
from django.conf import settings
from django.test import Client

from apps.tracking.facts import Data
from apps.tracking.services.selecting import select_run
from tests.builders.tracking import a_run, a_search
from tests.conftest import person

pytestmark = pytest.mark.browser


@pytest.fixture
def dmitri_s(own_database, now):
    """A search of six runs, one of which read data, and a choice among them."""
    dmitri = person("dmitri")
    experiment, runs = a_search(dmitri, now)
    data = [Data("loans", "1f2e3d4c", "http", '{"url": "https://example.org/loans.parquet"}', tags={"team": "risk"})]
    commit = {
        "mlflow.source.git.commit": "9f3b5a7c1d2e4f60718293a4b5c6d7e8f90a1b2c",
        "mlflow.source.name": "train.py",
    }
    runs.append(a_run(dmitri, experiment, now, "with data", metrics={"auc": 0.71}, data=data, tags=commit))
    constraints = "metrics.ratio >= 0.8 AND metrics.inputs <= 50"
    said = {"objective": "auc", "direction": "highest", "constraints": constraints, "reason": "As the use asks."}
    return dmitri, experiment, runs, select_run(actor=dmitri, experiment=experiment, now=now, **said)


@pytest.fixture
def signed_in(page, site, dmitri_s):
    client = Client()
    client.force_login(dmitri_s[0])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


def test_the_pages_are_accessible_and_fit_in_light_and_dark_on_desk_and_phone(signed_in, dmitri_s, site, look_at):
    _, experiment, runs, selection = dmitri_s
    here = experiment.get_absolute_url()
    faults = []
    for name, address in (
        ("experiments", "/experiments/"),
        ("experiment", f"{here}?filter=metrics.auc+%3E+0.6&order=metrics.auc+DESC"),
        ("columns", f"{here}columns/"),
        ("compare", f"{here}compare/?run={runs[0].reference}&run={runs[3].reference}&run={runs[4].reference}"),
        ("select", f"{here}select/"),
        ("run", runs[0].get_absolute_url()),
        ("run with data", runs[6].get_absolute_url()),
        ("selection", selection.get_absolute_url()),
        ("promote", f"{selection.get_absolute_url()}promote/"),
    ):
        assert signed_in.goto(site + address).ok, address
        faults += look_at(site + address, f"tracking {name}")
    assert faults == []
