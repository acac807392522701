"""The latest values by key: made by a job when there is news, read in one go, forgotten when a view is archived."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.core.errors import BadInput, IllegalTransition, NotYet, Unavailable
from apps.features.models import Materialisation, OnlineValue
from apps.features.online import stores
from apps.features.selectors.online import read_online, wanted
from apps.features.services.materialising import request_materialisation
from apps.features.services.views import archive_view, draft_version, publish_version
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.jobs.supervisor import free_port
from tests.builders.erasures import erase
from tests.builders.features import ACCOUNTS, accounts, built, in_force, proposed, view_yaml

LATER = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def redis(tmp_path):
    """A Redis of the test's own."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("there is no redis-server on this machine")
    port = free_port(0)
    arguments = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/1", process
    process.kill()
    process.wait()


@pytest.fixture(params=["table", "redis"])
def kept(request, settings):
    """Where values are kept: each test is of both stores."""
    settings.FEATURES_URL = "table:" if request.param == "table" else request.getfixturevalue("redis")[0]
    stores._store.cache_clear()
    yield request.param
    stores._store.cache_clear()


def values(user, keys, now, **asked):
    """{customer: value of the first feature} for customers by number."""
    found = read_online(wanted(asked or {"FV-0001": ["balance"]}, user), [{"customer_id": key} for key in keys], now)
    return {row["key"]["customer_id"]: next(iter(row["values"].values())) for row in found}


def test_a_version_in_force_is_read_as_soon_as_its_job_is_done(kept, dmitri, rosa):
    in_force(dmitri, rosa, LATER)
    with pytest.raises(NotYet, match="have not been made yet"):
        values(dmitri, [1], LATER)
    work_off()
    made = Materialisation.objects.get()
    assert (made.status, made.keys, made.written, made.removed, made.error) == ("done", 3, 3, 0, "")
    assert values(dmitri, [1, 2, 3, 9], LATER) == {1: 500.0, 2: None, 3: None, 9: None}


def test_what_is_read_says_how_old_it_is(kept, dmitri, rosa):
    in_force(dmitri, rosa, LATER, ttl="30d")
    work_off()
    first, second = read_online(wanted({"FV-0001@1": []}, dmitri), [{"customer_id": 1}, {"customer_id": 2}], LATER)
    assert first["values"] == {"FV-0001@1:balance": 500.0, "FV-0001@1:utilisation": 0.5, "FV-0001@1:sex": "f"}
    assert first["views"]["FV-0001@1"] == {
        "found": True,
        "event_time": datetime(2026, 3, 31, tzinfo=UTC),
        "created_time": datetime(2026, 4, 1, 6, tzinfo=UTC),
        "materialised_at": LATER,
        "age_seconds": 2 * 86_400,
        "expired": False,
    }
    told = second["views"]["FV-0001@1"]  # March's row came on the ninth of April
    assert (told["event_time"], told["expired"]) == (datetime(2026, 1, 31, tzinfo=UTC), True)
    assert set(second["values"].values()) == {None}


def test_the_last_moment_of_the_time_to_live_still_counts(kept, dmitri, rosa):
    in_force(dmitri, rosa, LATER, ttl="30d")
    work_off()
    end = datetime(2026, 4, 30, tzinfo=UTC)
    assert values(dmitri, [1], end) == {1: 500.0}
    assert values(dmitri, [1], end + timedelta(microseconds=1)) == {1: None}


def test_news_of_the_source_writes_what_differs_and_nothing_else(kept, dmitri, rosa):
    version = in_force(dmitri, rosa, LATER)
    work_off()
    content = ACCOUNTS.replace(b"3,2026-02-28 00:00:00,2026-03-01 06:00:00,,500,m\n", b"")
    news = content + b"1,2026-04-01 00:00:00,2026-04-01 06:00:00,700,1000,f\n7,2026-04-01,2026-04-01,9,10,m\n"
    accounts(dmitri, LATER, news, dataset=version.view.source)
    work_off()
    made = Materialisation.objects.latest("pk")
    assert (made.status, made.source.reference, made.error) == ("done", "DS-0001@2", "")
    assert (made.keys, made.written, made.removed) == (3, 2, 1)
    assert values(dmitri, [1, 2, 3, 7], LATER) == {1: 700.0, 2: None, 3: None, 7: 9.0}
    work_off()
    request_materialisation(actor=dmitri, version=version, now=LATER)
    work_off()
    assert Materialisation.objects.latest("pk").written == 0


def test_what_is_older_never_overwrites_what_is_newer(kept, dmitri, rosa):
    version, store = in_force(dmitri, rosa, LATER), stores.store()
    row = stores.Row("1:1", 5, 5, "{}", "new")
    store.write(version.pk, [row], as_of=9)
    store.write(version.pk, [stores.Row("1:1", 4, 4, "{}", "old")], as_of=8)
    store.remove(version.pk, ["1:1"], as_of=8)
    (known,) = store.read([version.pk], ["1:1"])
    assert (known.row, known.as_of) == (row, 9)
    store.remove(version.pk, ["1:1"], as_of=9)
    assert list(store.read([version.pk], ["1:1"])) == [] == list(store.read([version.pk], []))


def test_an_archived_view_has_no_values(kept, dmitri, rosa):
    version = in_force(dmitri, rosa, LATER)
    work_off()
    archive_view(actor=rosa, view=version.view, now=LATER)
    with pytest.raises(BadInput, match="no FV-0001 in force"):
        values(dmitri, [1], LATER)
    work_off()
    assert list(stores.store().marks(version.pk)) == []
    version.refresh_from_db()
    version.view.refresh_from_db()
    with pytest.raises(IllegalTransition, match="archived"):
        request_materialisation(actor=dmitri, version=version, now=LATER)


def test_a_version_that_a_training_set_rests_on_is_kept_up_beside_the_next(kept, dmitri, rosa):
    first = in_force(dmitri, rosa, LATER)
    built(dmitri, LATER, first)
    text = view_yaml(first.view.source.reference, ttl="400d")
    second = draft_version(actor=dmitri, view=first.view, text=text, now=LATER)
    publish_version(actor=rosa, version=second, now=LATER)
    work_off()
    news = ACCOUNTS + b"1,2026-04-01 00:00:00,2026-04-01 06:00:00,700,1000,f\n"
    accounts(dmitri, LATER, news, dataset=first.view.source)
    work_off()
    assert values(dmitri, [1], LATER, **{"FV-0001@1": ["balance"]}) == {1: 700.0}
    assert values(dmitri, [2], LATER, **{"FV-0001": ["balance"]}) == {2: 50.0}


def test_a_view_that_is_not_online_is_counted_only(kept, dmitri, rosa):
    source = accounts(dmitri, LATER)
    text = view_yaml(source.dataset.reference, ttl="45d\nonline: false")
    in_force(dmitri, rosa, LATER, source, text)
    work_off()
    made = Materialisation.objects.get()
    assert (made.keys, made.written, made.statistics.details["balance"]["rows"]) == (3, 0, 3)
    with pytest.raises(BadInput, match="not kept online"):
        values(dmitri, [1], LATER)


def test_sql_over_many_rows_is_materialised_too(kept, dmitri, rosa):
    source = accounts(dmitri, LATER)
    text = view_yaml(source.dataset.reference).replace(
        "expression: balance / nullif(credit_limit, 0)",
        "expression: balance - lag(balance) OVER (PARTITION BY customer_id ORDER BY observed_at)",
    )
    in_force(dmitri, rosa, LATER, source, text)
    work_off()
    assert values(dmitri, [1], LATER, **{"FV-0001": ["utilisation"]}) == {1: 200.0}


def test_keys_of_several_parts_and_types(kept, dmitri, rosa):
    content = (
        b"branch,day,flag,observed_at,loaded_at,balance,credit_limit,sex\n"
        b"x:1,2026-01-01,true,2026-01-31,2026-02-01,1.5,2,f\n"
        b'"\xc3\xa9""\\",2026-01-02,false,2026-01-31,2026-02-01,2.5,2,m\n'
    )
    source = accounts(dmitri, LATER, content)
    text = view_yaml(source.dataset.reference, keys="[branch, day, flag]", ttl="400d")
    in_force(dmitri, rosa, LATER, source, text)
    work_off()
    keys = [
        {"branch": "x:1", "day": "2026-01-01", "flag": True},
        {"branch": 'é"\\', "day": "2026-01-02", "flag": False},
        {"branch": "x", "day": "2026-01-01", "flag": True},
    ]
    found = read_online(wanted({"FV-0001": ["balance"]}, dmitri), keys, LATER)
    assert [row["values"]["FV-0001:balance"] for row in found] == [1.5, 2.5, None]


def test_statistics_are_evidence_named_by_digest(dmitri, rosa):
    in_force(dmitri, rosa, LATER)
    work_off()
    made = Materialisation.objects.get()
    details = made.statistics.details
    assert len(made.statistics_digest) == 64
    assert (details["balance"]["nulls"], details["balance"]["mean"], details["balance"]["max"]) == (1, 275.0, 500.0)
    assert details["sex"]["top"] == [["m", 2], ["f", 1]]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([{"customer_id": "1"}], "is an integer"),
        ([{"customer_id": True}], "is an integer"),
        ([{"customer_id": 2**70}], "beyond 64 bits"),
        ([{"customer": 1}], "A key here is customer_id"),
        ([{}], "A key here is customer_id"),
        ([{"customer_id": 1}, 5], "A key here is customer_id"),
    ],
)
def test_what_is_no_key_is_told_by_its_place(dmitri, rosa, keys, said):
    in_force(dmitri, rosa, LATER)
    work_off()
    with pytest.raises(BadInput) as refused:
        read_online(wanted({"FV-0001": []}, dmitri), keys, LATER)
    ((place, sentences),) = refused.value.errors.items()
    assert place == f"keys[{len(keys) - 1}]" and said in sentences[0]


def test_reading_asks_the_database_twice_however_much(dmitri, rosa, django_assert_num_queries):
    source = accounts(dmitri, LATER)
    for name in ("One", "Two", "Three"):
        in_force(dmitri, rosa, LATER, source, name=name)
    work_off()
    dmitri = type(dmitri).objects.get(pk=dmitri.pk)
    dmitri.has_perm("features.read_values"), dmitri.unit_ids, dmitri.granted_ids(type(source.dataset))
    with CaptureQueriesContext(connection) as counted:
        asked = wanted({"FV-0001": [], "FV-0002": [], "FV-0003": []}, dmitri)
        read_online(asked, [{"customer_id": key} for key in range(500)], LATER)
    assert len(counted) <= 3


def test_people_who_may_not(dmitri, rosa, olivia, oscar):
    in_force(dmitri, rosa, LATER)
    work_off()
    with pytest.raises(PermissionDenied):
        wanted({"FV-0001": []}, olivia)
    with pytest.raises(BadInput, match="or you may not see it"):
        wanted({"FV-0001": []}, oscar)


def test_what_was_never_reviewed_is_not_made(dmitri, now):
    with pytest.raises(IllegalTransition, match="is draft"):
        request_materialisation(actor=dmitri, version=proposed(dmitri, now).versions.get(), now=now)


class TestFaults:
    def test_a_redis_that_is_gone_is_said_and_the_job_tries_again(self, redis, settings, dmitri, rosa):
        settings.FEATURES_URL, process = redis
        stores._store.cache_clear()
        version = in_force(dmitri, rosa, LATER)
        work_off()
        process.kill()
        process.wait()
        with pytest.raises(Unavailable, match="can't be reached"):
            values(dmitri, [1], LATER)
        made = request_materialisation(actor=dmitri, version=version, now=LATER)
        work_off()
        assert Job.objects.get(pk=made.job).state == "retrying"
        stores._store.cache_clear()

    def test_two_of_one_version_are_made_one_after_the_other(self, dmitri, rosa):
        version = in_force(dmitri, rosa, LATER)
        first, second = (
            Materialisation.objects.get(),
            request_materialisation(actor=dmitri, version=version, now=LATER),
        )
        from apps.jobs.running import carry_out

        carry_out(second.job)
        assert Job.objects.get(pk=second.job).state == "retrying" and not OnlineValue.objects.exists()
        carry_out(first.job)
        assert Job.objects.get(pk=first.job).state == "done"


def test_who_is_erased_from_the_source_has_no_values_any_more(kept, dmitri, rosa, ruth):
    version = in_force(dmitri, rosa, LATER)
    work_off()
    erase(rosa, ruth, version.view.source, LATER, "1", column="customer_id")
    work_off()
    assert Materialisation.objects.latest("pk").removed == 1
    assert {key for key, _ in stores.store().marks(version.pk)} == {"1:2", "1:3"}
    erase(rosa, ruth, version.view.source, LATER, "2", "3", column="customer_id")
    work_off()
    assert list(stores.store().marks(version.pk)) == []
