"""The pages of what is kept, compared and erased in a real browser: accessible, and as wide as the screen."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from apps.datasets.services.erasures import request_erasure
from apps.datasets.services.keeping import place_hold, set_retention
from apps.datasets.services.tags import set_tag
from apps.jobs.running import work_off
from tests.builders.datasets import DATA, a_dataset, a_version
from tests.builders.erasures import erase
from tests.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("own_files")]


@pytest.fixture
def people(own_database):
    return {name: person(name) for name in ("dmitri", "olivia", "rosa")}


@pytest.fixture
def signed_in(page, site, people):
    client = Client()
    client.force_login(people["rosa"])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


@pytest.fixture
def data(people, now):
    """German credit twice, with a tag, a hold, a retention, an erasure done and one that waits."""
    dmitri, olivia, rosa = people["dmitri"], people["olivia"], people["rosa"]
    dataset = a_dataset(dmitri, now, name="German credit", description="A row is a loan.")
    lines = (DATA / "german_credit.csv").read_text().splitlines()
    head, rows = f"id,{lines[0]}", [f"{number},{line}" for number, line in enumerate(lines[1:], 1)]
    older = "\n".join([head, *rows[:900]]).encode()
    newer = "\n".join([head, *(row.replace("1169", "1170") for row in rows[50:])]).encode()
    a_version(dmitri, now, older, dataset, "older.csv", id_column="id")
    second = a_version(dmitri, now + timedelta(days=1), newer, dataset, "newer.csv", id_column="id")
    erase(olivia, rosa, dataset, now, "17", "18", "640")
    set_tag(
        actor=dmitri, dataset=dataset, name="golden", version=type(second).objects.last(), note="By hand", now=now
    )
    set_retention(actor=olivia, dataset=dataset, days=3650, reason="Statute of 2026", now=now)
    request_erasure(actor=olivia, dataset=dataset, column="id", keys=["77"], reason="A letter", now=now)
    work_off()
    place_hold(actor=olivia, dataset=dataset, reason="A complaint", now=now)


@pytest.mark.parametrize(
    "address",
    [
        "/datasets/DS-0001/",
        "/datasets/DS-0001/retention/",
        "/datasets/DS-0001/hold/",
        "/datasets/DS-0001/tag/?name=golden",
        "/datasets/DS-0001/erase/",
        "/dataset-versions/DS-0001@1/",
        "/dataset-versions/DS-0001@4/",
        "/dataset-versions/DS-0001@4/dispose/",
        "/dataset-versions/DS-0001@4/diff/",
        "/dataset-versions/DS-0001@4/diff/?against=DS-0001@3",
        "/dataset-versions/DS-0001@4/diff/?against=DS-0009@3&key=nope",
        "/erasures/",
        "/erasures/ERS-0001/",
        "/erasures/ERS-0002/",
        "/erasures/ERS-0002/confirm/",
        "/holds/HLD-0001/",
    ],
)
def test_a_page_is_accessible_and_fits_in_light_and_dark_on_desk_and_phone(signed_in, site, data, look_at, address):
    assert look_at(site + address, f"keeping{address}") == []
