"""The pages of data in a real browser: accessible, not too wide, and usable without a mouse."""

import pytest
from django.conf import settings
from django.test import Client

from apps.datasets.services.lineage import take_in_event
from tests.builders.datasets import DATA, a_dataset, a_version
from tests.builders.lineage import an_event, columns, table
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
def version(dmitri, now):
    dataset = a_dataset(dmitri, now, name="Employment in Massachusetts", description="A row is a resident.")
    said = {"target": "employed", "id_column": "id", "protected": ["SEX", "RAC1P"], "time_column": "year"}
    version = a_version(
        dmitri, now, DATA / "employment_ma/reference.parquet", dataset, "employment_2015.parquet", **said
    )
    made = [
        table("quaestor", version.reference, columns(AGEP=("persons", "AGEP"), SEX=("persons", "SEX"))),
        table("lake", "monthly report"),
    ]
    take_in_event(
        actor=dmitri, body=an_event("COMPLETE", inputs=[table("warehouse", "persons")], outputs=made), now=now
    )
    return version


@pytest.mark.parametrize(
    "address",
    [
        "/datasets/",
        "/datasets/new/",
        "/datasets/DS-0001/",
        "/datasets/DS-0001/upload/",
        "/dataset-versions/DS-0001@1/",
        "/lineage/",
        "/lineage/?of=warehouse+persons&columns=AGEP",
        "/lineage/runs/LIN-0001/",
    ],
)
def test_a_page_is_accessible_and_fits_in_light_and_dark_on_desk_and_phone(
    signed_in, site, version, look_at, address
):
    assert look_at(site + address, f"datasets{address}") == []


def test_a_table_is_taken_in_by_keyboard(signed_in, site, dmitri, now):
    a_dataset(dmitri, now)
    signed_in.goto(f"{site}/datasets/DS-0001/upload/")
    signed_in.get_by_label("File").set_input_files(DATA / "german_credit.csv")
    signed_in.get_by_label("Target column").fill("credit_riks")
    signed_in.keyboard.press("Enter")
    signed_in.get_by_text("There is no column “credit_riks” in this file.").wait_for()
    assert signed_in.get_by_label("Target column").input_value() == "credit_riks"
    signed_in.get_by_label("File").set_input_files(DATA / "german_credit.csv")
    signed_in.get_by_label("Target column").fill("credit_risk")
    signed_in.keyboard.press("Enter")
    signed_in.wait_for_url("**/dataset-versions/DS-0001@1/")
    assert signed_in.get_by_role("row", name="credit_amount").first.is_visible()
