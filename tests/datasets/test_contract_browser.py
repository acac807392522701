"""Contracts and checks in a real browser: accessible, not too wide, drawn, and usable without a script."""

import pytest
from django.conf import settings
from django.test import Client

from apps.datasets.models import CheckResult
from apps.jobs.running import work_off
from tests.builders.contracts import contract, drafted, in_force, ours
from tests.builders.datasets import a_dataset, a_version
from tests.conftest import person

pytestmark = pytest.mark.browser

HEAD = "loan_id,amount,state,iban,opened"
QUALITY = [
    {"name": "enough rows", "metric": "rowCount", "mustBeBetween": [5, 100]},
    {
        "name": "one loan a day",
        "metric": "duplicateValues",
        "arguments": {"properties": ["loan_id", "opened"]},
        "mustBe": 0,
    },
    {
        "name": "no loan above half a million",
        "description": "The credit line ends there.",
        "type": "sql",
        "query": "SELECT count(*) FROM ${object} WHERE amount > 500000",
        "mustBe": 0,
    },
    ours("distribution", column="amount", against="DS-0001@1", measure="psi", atMost=0.5)
    | {"name": "amounts as in the first version", "severity": "warning"},
    {"type": "text", "description": "The branch confirms the states by telephone."},
]
COLUMNS = [
    {"name": "loan_id", "logicalType": "integer", "primaryKey": True, "description": "Number of the loan"},
    {"name": "amount", "logicalType": "number", "required": True, "logicalTypeOptions": {"minimum": 0}},
    {"name": "state", "logicalType": "string", "enum": [{"value": "BY"}, {"value": "BE"}, {"value": "HH"}]},
    {"name": "iban", "logicalType": "string", "logicalTypeOptions": {"pattern": "^DE[0-9]{4}$"}},
    {"name": "opened", "logicalType": "date"},
]


def rows(start, count, bad=0):
    """Loans as CSV, `bad` of them without an amount and of an unknown state."""
    told = [("", "XX") if n < bad else (1000 + 37 * n, "BY") for n in range(count)]
    lines = [
        f"{start + n},{amount},{state},DE{1000 + n},2026-11-{1 + n % 20:02}" for n, (amount, state) in enumerate(told)
    ]
    return "\n".join([HEAD, *lines, ""]).encode()


@pytest.fixture
def people(own_database):
    return person("dmitri"), person("olivia")


@pytest.fixture
def signed_in(page, site, people):
    client = Client()
    client.force_login(people[0])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site}])
    return page


@pytest.fixture
def checked(people, now):
    """Five versions under a contract, the fourth of which breaks it, and a next contract that waits."""
    dmitri, olivia = people
    dataset = a_dataset(dmitri, now, name="Retail loans", description="A row is a loan as it stood that night.")
    a_version(dmitri, now, rows(1, 20), dataset)
    sla = [{"property": "latency", "value": 30, "unit": "d", "element": "opened"}]
    text = contract(COLUMNS, quality=QUALITY, slaProperties=sla)
    in_force(dmitri, olivia, dataset, now, text, note="Agreed with the branch")
    for number, (count, bad) in enumerate([(24, 0), (28, 1), (40, 9), (31, 0)]):
        a_version(dmitri, now, rows(100 * (number + 1), count, bad), dataset)
    work_off()
    drafted(
        dmitri,
        dataset,
        now,
        contract([*COLUMNS[:4], {"name": "opened", "logicalType": "timestamp"}], version="2.0.0"),
    )
    return dataset


ADDRESSES = [
    "/datasets/DS-0001/",
    "/datasets/DS-0001/contracts/",
    "/contracts/CTR-0001/",
    "/contracts/CTR-0002/",
    "/contracts/CTR-0002/edit/",
    "/contracts/CTR-0002/withdraw/",
    "/dataset-versions/DS-0001@4/",
    "/dataset-versions/DS-0001@4/failing/{failing}/",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_accessible_and_fits_in_light_and_dark_on_desk_and_phone(
    signed_in, site, checked, look_at, address
):
    failing = CheckResult.objects.filter(name="state in its set", outcome="failed").order_by("-pk").first()
    name = address.strip("/").replace("/", "-")
    assert look_at(site + address.format(failing=failing.pk), f"contracts-{name}") == []


def test_a_contract_is_mended_line_by_line(signed_in, site, people, now, look_at):
    page = signed_in
    a_version(people[0], now, rows(1, 20), a_dataset(people[0], now))
    page.goto(f"{site}/datasets/DS-0001/contracts/new/")
    text = page.locator("textarea[name=text]")
    text.fill(text.input_value().replace("logicalType: date", "logicalType: dates"))
    page.get_by_role("button", name="Save the draft").click()
    assert page.get_by_role("heading", name="One line has to be mended").is_visible()
    assert "isn't a type of a column here" in page.locator(".listing").inner_text()
    text.fill(text.input_value().replace("logicalType: dates", "logicalType: date"))
    page.get_by_role("button", name="Check without saving").click()
    assert page.get_by_role("heading", name="It can be read").is_visible()
    page.get_by_role("button", name="Save the draft").click()
    assert page.url.endswith("/contracts/CTR-0001/")
