"""A table is taken from its source by a job: once for the same content, and only what is new where asked for."""

from datetime import timedelta

import duckdb
import pyarrow.parquet as pq
import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from apps.audit.models import Entry
from apps.core.errors import BadInput, IllegalTransition
from apps.core.lineage import Node, graph, impact
from apps.datasets.models import DatasetVersion, Extraction
from apps.datasets.selectors.sources import origin_of
from apps.datasets.selectors.tables import arrow_table
from apps.datasets.services.keeping import dispose_version, set_retention
from apps.datasets.services.sources import describe_source, end_source, request_extraction
from apps.files.services import check, path_of
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.datasets import LOANS, a_dataset, a_version
from tests.builders.sources import a_source, extract, sqlite_file

ROWS = [(1, 10.5, "2026-11-01 08:00:00"), (2, 20.0, "2026-11-02 08:00:00"), (3, None, "2026-11-02 08:00:00")]
MORE = [(4, 5.0, "2026-11-02 08:00:00"), (5, 7.5, "2026-11-03 08:00:00")]


@pytest.fixture
def database(folder):
    return sqlite_file(folder / "bank.sqlite3", ROWS)


@pytest.fixture
def source(dmitri, database, now):
    said = {"mode": "incremental", "cursor": "changed"}
    return a_source(dmitri, now, "sqlite", {"path": str(database), "table": "loans"}, **said)


def ids(version):
    return arrow_table(version, ["id"]).column("id").to_pylist()


def test_a_file_becomes_a_version_that_knows_where_it_came_from(dmitri, folder, now):
    (folder / "loans.csv").write_bytes(LOANS)
    source = a_source(
        dmitri, now, "file", {"path": str(folder / "loans.csv")}, metadata={"target": "default", "id_column": "id"}
    )
    made = extract(dmitri, source, now)
    assert (made.reference, made.outcome, made.rows, made.new_rows) == ("SRC-0001@1", "new", 4, 4)
    version = made.version
    assert (version.reference, version.filename, version.created_by) == ("DS-0001@1", "loans.csv", dmitri)
    assert version.metadata == source.metadata and origin_of(version) == made
    assert made.origin == str(folder / "loans.csv")
    assert [(part.name, part.rows, part.blob.size) for part in made.parts.all()] == [("loans.csv", 4, len(LOANS))]
    assert made.schema[0] == {"name": "id", "type": "integer"} and len(made.fingerprint) == 64
    check(made.parts.get().blob_id)


def test_what_was_uploaded_and_what_is_extracted_are_the_same_version(dmitri, folder, now):
    version = a_version(dmitri, now)
    (folder / "loans.csv").write_bytes(LOANS.replace(b",", b";"))
    source = a_source(dmitri, now, "file", {"path": str(folder / "loans.csv")}, version.dataset)
    made = extract(dmitri, source, now)
    assert (made.outcome, made.version, made.rows) == ("unchanged", version, 4)
    assert DatasetVersion.objects.count() == 1


@pytest.mark.parametrize("kind", ["file", "sqlite", "duckdb"])
def test_equal_input_gives_the_same_version_again(dmitri, folder, now, kind):
    path = folder / "loans"
    if kind == "file":
        path.write_bytes(LOANS)
    elif kind == "sqlite":
        sqlite_file(path, ROWS)
    else:
        with duckdb.connect(str(path)) as connection:
            connection.execute("CREATE TABLE loans AS SELECT range AS id, range * 1.5 AS amount FROM range(1000)")
    place = {"path": str(path)} | ({} if kind == "file" else {"table": "loans"})
    source = a_source(dmitri, now, kind, place)
    first, again = extract(dmitri, source, now), extract(dmitri, source, now)
    assert (first.outcome, again.outcome, again.new_rows) == ("new", "unchanged", again.rows if kind != "file" else 0)
    assert again.version == first.version and again.fingerprint == first.fingerprint
    assert not again.parts.exists() and DatasetVersion.objects.count() == 1


def test_rows_in_another_order_are_the_same_version(dmitri, folder, now):
    place = {"path": str(folder / "a.sqlite3"), "table": "loans"}
    sqlite_file(folder / "a.sqlite3", [(None, 1.0, "b"), (None, 1.0, "a")], "id, amount, changed")
    source = a_source(dmitri, now, "sqlite", place)
    first = extract(dmitri, source, now)
    (folder / "a.sqlite3").unlink()
    sqlite_file(folder / "a.sqlite3", [(None, 1.0, "a"), (None, 1.0, "b")], "id, amount, changed")
    assert extract(dmitri, source, now).version == first.version


def test_only_what_is_new_is_put_behind_what_was_there(dmitri, source, database, now):
    first = extract(dmitri, source, now)
    assert (ids(first.version), first.mark["value"]) == ([1, 2, 3], "2026-11-02T08:00:00")
    sqlite_file(database, MORE)
    second = extract(dmitri, source, now)
    assert (second.outcome, second.new_rows, second.rows, second.repeated) == ("new", 2, 5, 2)
    assert ids(second.version) == [1, 2, 3, 4, 5]
    old, new = second.parts.all()
    assert (old.rows, new.rows) == (3, 2) and old.blob == first.parts.get().blob
    assert pq.read_table(path_of(new.blob_id)).column("id").to_pylist() == [4, 5]
    assert second.mark["value"] == "2026-11-03T08:00:00"


def test_nothing_new_is_no_version(dmitri, source, now):
    first, again = extract(dmitri, source, now), extract(dmitri, source, now)
    assert (again.outcome, again.new_rows, again.repeated, again.version) == ("unchanged", 0, 2, first.version)
    assert again.mark == first.mark and again.fingerprint == first.fingerprint


def test_a_true_copy_of_a_row_at_the_mark_is_neither_lost_nor_doubled(dmitri, folder, now):
    place = {"path": str(folder / "a.sqlite3"), "table": "loans"}
    sqlite_file(folder / "a.sqlite3", [(1, 1.0, "2026-11-01"), (1, 1.0, "2026-11-01")], "id, amount, changed")
    source = a_source(dmitri, now, "sqlite", place, mode="incremental", cursor="changed")
    first = extract(dmitri, source, now)
    assert (first.rows, first.copies) == (2, 1) and "1 row says the same as another" in first.version.quality[
        "notes"
    ][-1]
    sqlite_file(folder / "a.sqlite3", [(1, 1.0, "2026-11-01")], "id, amount, changed")
    second = extract(dmitri, source, now)
    assert (second.new_rows, second.repeated, second.rows, second.copies) == (1, 2, 3, 2)


def test_a_row_without_a_cursor_is_said_and_not_lost(dmitri, source, database, now):
    extract(dmitri, source, now)
    sqlite_file(database, [(9, 1.0, None)])
    failed = extract(dmitri, source, now)
    assert failed.outcome == "failed" and "“changed” is empty in 1 row" in failed.error
    assert extract(dmitri, source, now, mode="full").rows == 4


def test_another_place_is_taken_whole_again(dmitri, source, database, folder, now):
    extract(dmitri, source, now)
    sqlite_file(folder / "other.sqlite3", [(7, 1.0, "2026-10-01 00:00:00")])
    describe_source(
        actor=dmitri, source=source, place={"path": str(folder / "other.sqlite3"), "table": "loans"}, now=now
    )
    second = extract(dmitri, source, now)
    assert ids(second.version) == [7] and second.parts.count() == 1


def test_a_changed_schema_is_noticed_and_written_down(dmitri, folder, now):
    path = folder / "loans.csv"
    source = a_source(dmitri, now, "file", {"path": str(path)})
    path.write_text("id,age,score\n1,23,0.5\n2,31,0.25\n")
    assert extract(dmitri, source, now).drift == {}
    path.write_text("id,age,region\n1,23.5,north\n2,31,south\n")
    assert extract(dmitri, source, now).drift == {
        "added": ["region"],
        "removed": ["score"],
        "changed": [{"name": "age", "before": "integer", "now": "number"}],
    }


def test_new_rows_may_bring_columns_and_wider_numbers_but_no_other_types(dmitri, source, database, folder, now):
    extract(dmitri, source, now)
    database.unlink()
    sqlite_file(database, [(4, 2, "2026-11-04 00:00:00", "x")], "id, amount, changed, region")
    second = extract(dmitri, source, now)
    assert second.drift == {"added": ["region"]}
    assert arrow_table(second.version, ["region"]).column(0).to_pylist() == [None, None, None, "x"]
    database.unlink()
    sqlite_file(database, [("five", 2, "2026-11-05 00:00:00")], "id, amount, changed")
    failed = extract(dmitri, source, now)
    assert failed.error == "Column “id” is integer in the version before and string in table loans."
    assert DatasetVersion.objects.count() == 2


def test_a_folder_is_one_table_of_its_files(dmitri, folder, now):
    for month, rows in (("2026-10", "1,a\n2,b\n"), ("2026-11", "3.5,\n")):
        (folder / f"{month}.csv").write_text("id,kind\n" + rows)
    (folder / "readme.txt").write_text("no table")
    source = a_source(dmitri, now, "folder", {"path": str(folder), "pattern": "*.csv"})
    made = extract(dmitri, source, now)
    assert list(made.parts.values_list("name", "rows")) == [("2026-10.csv", 2), ("2026-11.csv", 1)]
    assert arrow_table(made.version).to_pydict() == {"id": [1.0, 2.0, 3.5], "kind": ["a", "b", None]}
    (folder / "2026-12.csv").write_text("id\n1\n2\n")
    assert "Only one column" in extract(dmitri, source, now).error
    (folder / "2026-12.csv").write_text("id,sort\n1,a\n")
    assert "2026-12.csv has no column “kind”, which 2026-10.csv has" in extract(dmitri, source, now).error


def test_the_ledger_knows_what_was_read_and_none_of_the_rows(dmitri, source, database, now):
    sqlite_file(database, [(7, 123.456, "2026-11-09 08:00:00")])
    made = extract(dmitri, source, now)
    verbs = list(Entry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-3:] == ["datasets.extraction_asked", "datasets.version_added", "datasets.extraction_ended"]
    body = Entry.objects.get(verb="datasets.extraction_ended").payload.body
    assert made.fingerprint in body and made.parts.get().blob_id in body and "123.456" not in body


def test_a_failure_is_written_down_with_its_sentence(dmitri, source, database, now):
    database.write_bytes(b"not a database at all, but long enough to be looked at" * 40)
    failed = extract(dmitri, source, now)
    assert (failed.outcome, failed.version, failed.rows) == ("failed", None, None)
    assert "damaged, cut off, or no SQLite database" in failed.error
    job = Job.objects.get(pk=failed.job)
    assert (job.state, job.error) == ("failed", failed.error)
    assert Entry.objects.filter(verb="datasets.extraction_failed").count() == 1
    assert not DatasetVersion.objects.exists()


def test_asking_twice_is_one_job(dmitri, source, now):
    first = request_extraction(actor=dmitri, source=source, now=now)
    assert request_extraction(actor=dmitri, source=source, now=now) == first
    assert Entry.objects.filter(verb="datasets.extraction_asked").count() == 1


def test_who_may_not_asks_for_nothing(dmitri, aisha, oscar, olivia, source, now):
    for person in (aisha, oscar, olivia):
        with pytest.raises(PermissionDenied):
            request_extraction(actor=person, source=source, now=now)
    assert not Job.objects.exists()


def test_a_right_that_was_lost_meanwhile_counts_no_more(dmitri, source, now):
    request_extraction(actor=dmitri, source=source, now=now)
    dmitri.groups.clear()
    work_off()
    assert "may not add versions to DS-0001 any more" in Extraction.objects.get().error


def test_nothing_is_taken_from_what_has_ended(dmitri, source, now):
    job = request_extraction(actor=dmitri, source=source, now=now)
    end_source(actor=dmitri, source=source, reason="The bank has moved.", now=now)
    work_off()
    assert "has ended meanwhile" in Job.objects.get(pk=job.pk).error
    with pytest.raises(IllegalTransition, match="has ended"):
        request_extraction(actor=dmitri, source=source, now=now)
    with pytest.raises(IllegalTransition, match="has ended"):
        describe_source(actor=dmitri, source=source, name="x", now=now)


def test_what_is_new_needs_a_column_that_tells_it(dmitri, folder, now):
    with pytest.raises(BadInput, match="Name the column that tells new rows"):
        a_source(dmitri, now, "file", {"path": "/srv/a.csv"}, mode="incremental")
    source = a_source(dmitri, now, "file", {"path": "/srv/a.csv"}, a_dataset(dmitri, now))
    with pytest.raises(BadInput, match="cursor"):
        request_extraction(actor=dmitri, source=source, mode="incremental", now=now)


def test_parts_go_with_the_last_version_that_is_made_of_them(dmitri, olivia, rosa, source, database, now):
    first = extract(dmitri, source, now)
    sqlite_file(database, MORE)
    second = extract(dmitri, source, now)
    old, new = (path_of(part.blob_id) for part in second.parts.all())
    set_retention(actor=olivia, dataset=source.dataset, days=30, reason="Statute of 2026", now=now)
    later = timezone.now() + timedelta(days=32)
    for version, stays in ((first.version, {old, new}), (second.version, set())):
        dispose_version(actor=rosa, version=version, reason="Past its time", now=later)
        with time_machine.travel(later):
            work_off()
        assert {path for path in (old, new) if path.exists()} == stays
    assert "The same rows are not taken in again" in extract(dmitri, source, now).error


def test_many_parts_become_one(dmitri, source, database, now, monkeypatch):
    monkeypatch.setattr("apps.datasets.services.extractions.MOST_PARTS", 2)
    extract(dmitri, source, now)
    for number in range(4, 7):
        sqlite_file(database, [(number, 1.0, f"2026-11-{number:02d} 08:00:00")])
        made = extract(dmitri, source, now)
    assert list(made.parts.values_list("name", "rows")) == [
        ("DS-0001@3", 5),
        ("table loans, changed from 2026-11-05 08:00:00 on", 1),
    ]


def test_what_was_extracted_came_of_its_source_column_by_column(dmitri, source, now):
    version = extract(dmitri, source, now).version
    walked = graph(Node("source", source.reference), dmitri)
    assert list(walked.nodes) == [Node("datasetversion", version.reference), Node("source", source.reference)]
    assert [(hit.node.reference, set(hit.columns), hit.certain) for hit in impact(walked, ["amount"])] == [
        (version.reference, {"amount"}, True)
    ]
