"""A bank with many risk officers asks the database no more than a bank with a few."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.holdings import read_along
from apps.accounts.models import Membership, User
from apps.approvals.seats import Deciders, closed
from apps.approvals.telling import tell_of_shortages
from apps.notifications.services import remind_all
from tests.builders.versions import approval_of, in_approval

MOST_QUERIES = 40
pytestmark = pytest.mark.usefixtures("policies_in_force")


@pytest.fixture
def version(olivia, dmitri, victor, rosa, ruth, now):
    more_officers(1, rosa)
    return in_approval(olivia, dmitri, victor, now)


def more_officers(count, like):
    here, role = User.objects.count(), Group.objects.get(name="risk_officer")
    for number in range(here, here + count):
        officer = User.objects.create_user(f"officer{number}@demo.example", name=f"Officer {number}")
        Membership.objects.create(user=officer, unit=like.units.get())
        officer.groups.add(role)


def asked_by(look):
    look()  # what is read once and kept, as content types are, doesn't count
    with CaptureQueriesContext(connection) as queries:
        look()
    return len(queries)


@pytest.mark.parametrize("address", ["/approvals/{0}/", "/api/v1/approvals/{0}/", "/versions/{1}/"])
def test_of_pages_and_the_api(address, version, client, rosa):
    client.force_login(rosa)

    address = address.format(approval_of(version).reference, version.reference)

    def look():
        assert client.get(address).status_code == 200

    few = asked_by(look)
    more_officers(20, rosa)
    assert asked_by(look) == few
    if address.startswith("/approvals/"):
        assert few < MOST_QUERIES


@pytest.mark.parametrize("duty", [remind_all, tell_of_shortages])
def test_of_what_is_looked_at_as_time_goes_by(duty, version, rosa, now):
    late = now + timedelta(days=60)
    few = asked_by(lambda: duty(now=late))
    more_officers(20, rosa)
    assert asked_by(lambda: duty(now=late)) == few


def test_many_at_once_are_told_what_each_is_told(version, olivia, rosa, ruth, victor, oscar, aisha, now):
    approval, people = approval_of(version), [olivia, rosa, ruth, victor, oscar, aisha]
    together = Deciders(people, [approval], now)
    read_along(together.people)
    told = [found and found.sentence for found in (together.seat(person, approval).obstacle for person in people)]
    assert told == [closed(User.objects.get(pk=person.pk), approval, now) for person in people]
    assert told.count(None) == 2
