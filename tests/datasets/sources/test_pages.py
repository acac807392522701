"""The pages of sources work without a script, and lose nothing that was typed."""

import pytest
from django.test.utils import CaptureQueriesContext

from apps.datasets.models import Source
from apps.jobs.running import work_off
from tests.builders.datasets import a_dataset
from tests.builders.sources import a_source, extract, sqlite_file


@pytest.fixture
def client(client, dmitri):
    client.force_login(dmitri)
    return client


@pytest.fixture
def source(dmitri, folder, now):
    rows = [(1, 1.0, "2026-11-01"), (2, 2.0, "2026-11-02")]
    place = {"path": str(sqlite_file(folder / "bank.sqlite3", rows)), "table": "loans"}
    return a_source(dmitri, now, "sqlite", place, mode="incremental", cursor="changed", sensitive_columns=["amount"])


def text(answer):
    return answer.content.decode()


def typed(dataset, user, **more):
    return {
        "dataset": dataset.pk,
        "name": "Core bank",
        "mode": "full",
        "owner": user.pk,
        "classification": "confidential",
        "legal_basis": "contract",
        "retention_days": 730,
        **more,
    }


def test_a_source_is_added_from_its_dataset_s_page(client, dmitri, now):
    dataset = a_dataset(dmitri, now)
    page = text(client.get("/datasets/DS-0001/"))
    assert "Where it comes from" in page and "/sources/new/?dataset=DS-0001" in page
    assert "/sources/new/postgresql/?dataset=DS-0001" in text(client.get("/sources/new/?dataset=DS-0001"))
    form = client.get("/sources/new/file/?dataset=DS-0001").context["form"]
    assert form.initial["dataset"] == dataset
    said = {"place.path": "/srv/loans.csv", "sensitive_columns": "age, name", "metadata.target": "default"}
    made = client.post("/sources/new/file/?dataset=DS-0001", typed(dataset, dmitri, **said))
    assert (made.status_code, made.url) == (302, "/sources/SRC-0001/")
    source = Source.objects.get()
    assert (source.place, source.sensitive_columns, source.metadata, source.credentials) == (
        {"path": "/srv/loans.csv"},
        ["age", "name"],
        {"target": "default"},
        {},
    )
    for address in ("/sources/", "/datasets/DS-0001/", "/sources/SRC-0001/"):
        assert "Core bank" in text(client.get(address))


def test_a_refused_form_keeps_what_was_typed_and_says_where(client, dmitri, now):
    said = {
        "place.host": "db.internal",
        "place.port": "5432",
        "place.database": "risk",
        "place.user": "reader",
        "place.tls": "require",
        "place.query": "DROP TABLE loans",
        "credentials.password": "hunter2",
        "schedule": "now and then",
    }
    sent = typed(a_dataset(dmitri, now), dmitri, **said)
    refused = client.post("/sources/new/postgresql/", sent)
    assert refused.status_code == 422
    page = text(refused)
    assert "begin it with SELECT or WITH, not with DROP" in page and "DROP TABLE loans</textarea>" in page
    sent["place.query"] = "SELECT 1 AS a"
    refused = client.post("/sources/new/postgresql/", sent)
    assert refused.context["form"].errors == {
        "place.host": [
            "postgresql://db.internal:5432 is not among the hosts that data is read from (QUAESTOR_DATA_HOSTS)."
        ]
    }
    assert not Source.objects.exists()


def test_a_table_is_taken_by_a_button_and_its_history_is_drawn(client, source, folder):
    assert "Nothing taken yet" in text(client.get("/sources/SRC-0001/"))
    assert client.get("/sources/SRC-0001/extract/").status_code == 405
    assert client.post("/sources/SRC-0001/extract/").url == "/sources/SRC-0001/"
    page = text(client.get("/sources/SRC-0001/"))
    assert "Under way" in page and "Take a table now" not in page
    work_off()
    sqlite_file(folder / "bank.sqlite3", [(3, 2.0, "2026-11-02")])
    client.post("/sources/SRC-0001/extract/")
    work_off()
    page = text(client.get("/sources/SRC-0001/"))
    assert "New version" in page and "DS-0001@2" in page and "1 known" in page and 'role="img"' in page
    assert "What DS-0001@2 is made of" in page and "Take everything anew" in page
    version = text(client.get("/dataset-versions/DS-0001@2/"))
    assert "Where it came from" in version and "SRC-0001@2" in version and "2 parts" in version
    assert "What is new: 1 of 3 rows" in version


def test_what_failed_says_so_first(client, dmitri, source, folder, now):
    (folder / "bank.sqlite3").unlink()
    extract(dmitri, source, now)
    page = text(client.get("/sources/SRC-0001/"))
    assert "The last time, nothing was taken." in page and "There is no" in page


def test_a_source_is_edited_and_a_stale_one_is_not(client, dmitri, source):
    form = client.get("/sources/SRC-0001/edit/").context["form"]
    sent = {name: value for name, value in form.initial.items() if value is not None} | {"name": "Other bank"}
    assert client.post("/sources/SRC-0001/edit/", sent).status_code == 302
    source.refresh_from_db()
    assert source.name == "Other bank" and source.cursor == "changed" and source.sensitive_columns == ["amount"]
    stale = client.post("/sources/SRC-0001/edit/", sent | {"name": "Third bank"})
    assert stale.status_code == 422 and "Somebody changed this" in text(stale) and "Third bank" in text(stale)


def test_it_ends_with_a_reason(client, source):
    assert client.post("/sources/SRC-0001/end/", {"reason": "", "revision": 1}).status_code == 422
    assert client.post("/sources/SRC-0001/end/", {"reason": "The bank has moved.", "revision": 1}).status_code == 302
    page = text(client.get("/sources/SRC-0001/"))
    assert "Nothing is taken from it any more." in page and "The bank has moved." in page and "Edit" not in page


def test_an_auditor_is_offered_nothing_to_do(client, source, aisha):
    client.force_login(aisha)
    for address in ("/sources/", "/sources/SRC-0001/", "/datasets/DS-0001/"):
        page = text(client.get(address))
        assert not [word for word in ("Add a source", "Take a table", "/edit/", "/end/") if word in page], address
    for address in ("new/", "new/file/", "SRC-0001/edit/", "SRC-0001/end/"):
        assert client.get(f"/sources/{address}").status_code == 403
    assert client.post("/sources/SRC-0001/extract/").status_code == 403


def test_another_units_pages_do_not_exist(client, source, oscar):
    client.force_login(oscar)
    for address in ("SRC-0001/", "SRC-0001/edit/", "SRC-0001/end/"):
        assert client.get(f"/sources/{address}").status_code == 404
    assert "Loans" not in text(client.get("/sources/"))


def test_names_from_outside_are_never_markup(client, dmitri, now):
    place = {"path": "/srv/a.db", "query": "SELECT '<script>alert(1)</script>' AS a, 1 AS b"}
    a_source(dmitri, now, "sqlite", place, description="<b>x</b>")
    page = text(client.get("/sources/SRC-0001/"))
    assert "<script>alert(1)" not in page and "<b>x</b>" not in page


def test_more_rows_ask_no_more_queries(client, dmitri, source, folder, now):
    from django.db import connection

    def asked(address):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    extract(dmitri, source, now)
    sqlite_file(folder / "bank.sqlite3", [(3, 2.0, "2026-11-03")])
    extract(dmitri, source, now)
    addresses = ("/sources/", "/sources/SRC-0001/", "/datasets/DS-0001/")
    before = [asked(address) for address in addresses]
    for number in range(4, 8):
        sqlite_file(folder / "bank.sqlite3", [(number, 2.0, f"2026-11-{number:02d}")])
        extract(dmitri, source, now)
        a_source(dmitri, now, "file", {"path": "/srv/a.csv"}, source.dataset)
    assert [asked(address) for address in addresses] == before
