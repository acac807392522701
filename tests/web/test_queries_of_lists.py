"""Every list asks the database as often for thirty rows as for three, and less than thirty times; the overview, which
draws on every room, less than forty.

The lists are found in the addresses, so that a new room's lists are looked at from their first day.
"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from apps.accounts.models import BusinessUnit, User
from apps.accounts.services.tokens import issue_token
from apps.notifications.reading import read_ledger
from tests.builders.exceptions import proposed
from tests.builders.findings import open_one
from tests.builders.versions import in_approval
from tests.conftest import also

FEW, MANY, MOST_QUERIES = 3, 30, 30
OVERVIEW, MOST_OF_OVERVIEW = "/", 40  # no list: it asks each of a dozen rooms once
OF_ALLAUTH = ("/login/", "/logout/", "/reauthenticate/", "/password/", "/2fa/")  # not ours, and no lists


def addresses(patterns=None, prefix="/"):
    """Every address without arguments that answers GET, as a browser or a program asks for it."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern).replace("^", "").replace("$", "")
        if hasattr(pattern, "url_patterns"):
            yield from addresses(pattern.url_patterns, route)
        elif not set("<(") & set(route) and "get" in getattr(pattern.callback, "actions", ["get"]):
            yield route


LISTS = sorted(
    {address for address in addresses() if not address.startswith(OF_ALLAUTH)} - {"/api/", "/health/ready"}
)


class Portfolio:
    """A bank's models, each with a version, its evidence, an approval, a finding, and all that hangs on them."""

    def __init__(self, people, now):
        self.people, self.now, self.size = people, now, 0

    def grow(self, size):
        while self.size < size:
            self.size += 1
            self._one(self.size)
        read_ledger(self.now)

    def _one(self, number):
        olivia, dmitri, victor, rosa, now = *self.people, self.now
        version = in_approval(olivia, dmitri, victor, now, name=f"Model {number}")
        open_one(olivia, now, version.model)
        proposed(rosa, version, now)
        issue_token(actor=rosa, name=f"Token {number}", now=now)
        BusinessUnit.objects.create(name=f"Unit {number}")
        User.objects.create_user(f"person{number}@demo.example", password="x", name=f"Person {number}")


@pytest.fixture
def portfolio(policies_in_force, olivia, dmitri, victor, rosa, now):
    return Portfolio((olivia, dmitri, victor, rosa), now)


def queries(client, address):
    """The answer's status, and how often it asked the database."""
    with CaptureQueriesContext(connection) as asked:
        status = client.get(address).status_code
    return status, len(asked)


def test_lists_ask_as_often_for_thirty_rows_as_for_three(portfolio, rosa, client):
    client.force_login(also(rosa, "administrator"))
    portfolio.grow(FEW)
    for address in LISTS:
        client.get(address)  # what is read once and kept, as content types are, doesn't count
    few = {address: queries(client, address) for address in LISTS}
    portfolio.grow(MANY)
    many = {address: queries(client, address) for address in LISTS}
    assert [address for address in LISTS if many[address] != few[address]] == []
    _, overview = many.pop(OVERVIEW)
    assert overview < MOST_OF_OVERVIEW
    assert {address: asked for address, (_, asked) in many.items() if asked >= MOST_QUERIES} == {}
    assert sum(status == 200 for status, _ in many.values()) > len(LISTS) / 2
