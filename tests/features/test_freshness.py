"""How old a view's newest event may grow: a duty that comes round says when it has, and tells its owner."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from apps.audit.models import Entry
from apps.features.models import FeatureView
from apps.features.services.freshness import watch
from apps.features.services.views import archive_view
from apps.jobs.running import work_off
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.features import ACCOUNTS, accounts, in_force, view_yaml

DAY = timedelta(days=1)
NEWEST = datetime(2026, 3, 31, tzinfo=UTC)
LATER = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def version(dmitri, rosa):
    source = accounts(dmitri, LATER)
    text = view_yaml(source.dataset.reference, ttl="45d\nfreshness: 5d")
    version = in_force(dmitri, rosa, LATER, source, text)
    work_off()
    return version


def test_a_view_is_too_old_once_its_newest_event_is(version):
    assert watch(NEWEST + 5 * DAY) == [] and FeatureView.objects.get().stale_since is None
    (view,) = watch(NEWEST + 5 * DAY + timedelta(seconds=1))
    assert view.stale_since == NEWEST + 5 * DAY
    assert watch(NEWEST + 6 * DAY) == []
    assert Entry.objects.filter(verb="features.freshness_lost").count() == 1


def test_news_makes_it_fresh_again(version, dmitri):
    watch(NEWEST + 9 * DAY)
    news = ACCOUNTS + b"1,2026-04-08 00:00:00,2026-04-08 06:00:00,700,1000,f\n"
    accounts(dmitri, NEWEST + 9 * DAY, news, dataset=version.view.source)
    work_off()
    (view,) = watch(NEWEST + 9 * DAY)
    assert view.stale_since is None
    assert Entry.objects.filter(verb="features.freshness_regained").count() == 1


def test_its_owner_is_told(version, dmitri):
    watch(NEWEST + 9 * DAY)
    read_ledger(NEWEST + 9 * DAY)
    told = Notification.objects.filter(recipient=dmitri).latest("pk")
    assert told.sentence == "FV-0001 Account behaviour has grown too old: its next event was due by 5 April 2026."


def test_a_view_that_may_grow_old_or_is_archived_never_is(version, dmitri, rosa):
    in_force(dmitri, rosa, LATER, version.view.source.versions.get(), name="No limit")
    archive_view(actor=rosa, view=version.view, now=LATER)
    assert watch(NEWEST + 999 * DAY) == []


def test_pages_and_api_say_so(version, dmitri):
    watch(NEWEST + 9 * DAY)
    client = Client()
    client.force_login(dmitri)
    for address in ("/feature-views/FV-0001/", "/features/FV-0001/balance/"):
        assert "older than the view allows" in client.get(address).content.decode()
    assert client.get("/api/v1/features/FV-0001:balance/statistics/").json()["stale_since"].startswith("2026-04-05")
