"""The pages of sources in a real browser: accessible, not too wide, and usable without a mouse."""

import pytest
from django.conf import settings
from django.test import Client

from apps.datasets.services.sources import request_extraction
from tests.builders.datasets import DATA, a_dataset
from tests.builders.sources import a_source, extract, sqlite_file
from tests.conftest import person

pytestmark = pytest.mark.browser


@pytest.fixture
def dmitri(own_database):
    return person("dmitri")


@pytest.fixture
def signed_in(page, site, dmitri):
    client = Client()
    client.force_login(dmitri)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


@pytest.fixture
def source(dmitri, folder, now):
    dataset = a_dataset(dmitri, now, name="Loans of the core bank")
    query = "SELECT id, amount, changed\nFROM loans\nWHERE amount IS NOT NULL"
    place = {"path": str(folder / "bank.sqlite3"), "query": query}
    said = {"mode": "incremental", "cursor": "changed", "schedule": "daily", "sensitive_columns": ["amount"]}
    source = a_source(dmitri, now, "sqlite", place, dataset, description="Each night, as the bank closes it.", **said)
    for day in range(1, 9):
        rows = [(day * 100 + n, 10.0 * n, f"2026-11-{day:02d} 08:00:00") for n in range(day * 3)]
        sqlite_file(folder / "bank.sqlite3", rows)
        extract(dmitri, source, now)
    (folder / "bank.sqlite3").rename(folder / "away.sqlite3")
    extract(dmitri, source, now)
    return source


@pytest.mark.parametrize(
    "address",
    [
        "/sources/",
        "/sources/new/",
        "/sources/new/postgresql/?dataset=DS-0001",
        "/sources/SRC-0001/",
        "/sources/SRC-0001/edit/",
        "/sources/SRC-0001/end/",
        "/datasets/DS-0001/",
        "/dataset-versions/DS-0001@8/",
    ],
)
def test_a_page_is_accessible_and_fits_in_light_and_dark_on_desk_and_phone(signed_in, site, source, look_at, address):
    assert look_at(site + address, f"sources{address}") == []


def test_a_source_is_added_by_keyboard_and_a_table_asked_for(signed_in, site, dmitri, folder, now):
    a_dataset(dmitri, now)
    (folder / "credit.csv").write_bytes((DATA / "german_credit.csv").read_bytes())
    signed_in.goto(f"{site}/sources/new/file/?dataset=DS-0001")
    signed_in.get_by_label("Name").fill("Credits")
    signed_in.get_by_label("Path").fill("credit.csv")
    signed_in.get_by_label("Legal basis").select_option("contract")
    signed_in.get_by_label("Days for which it may be kept").fill("365")
    signed_in.keyboard.press("Enter")
    signed_in.get_by_text("Write the whole path").wait_for()
    signed_in.get_by_label("Path").fill(str(folder / "credit.csv"))
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**/sources/SRC-0001/")
    signed_in.get_by_role("button", name="Take a table now").press("Enter")
    signed_in.get_by_label("Under way").wait_for()
    from apps.datasets.models import Source

    assert request_extraction(actor=dmitri, source=Source.objects.get(), now=now).state == "queued"
