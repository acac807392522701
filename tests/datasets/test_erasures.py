"""A person's rows are erased by key: found, confirmed by another, gone from every version, and the record says so."""

import json
import threading
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Entry, Payload
from apps.core import lineage
from apps.core.errors import BadInput, Gone, IllegalTransition, RuleViolated, Stale
from apps.core.lineage import Link, Node
from apps.datasets.models import DatasetVersion, Erasure, Returned
from apps.datasets.selectors.erasures import shown_record
from apps.datasets.selectors.tables import arrow_table, table_path
from apps.datasets.services import erasing
from apps.datasets.services.erasures import confirm_erasure, decline_erasure, request_erasure
from apps.datasets.services.keeping import lift_hold, place_hold, set_retention
from apps.datasets.services.tags import set_tag
from apps.files.models import Blob
from apps.files.services import path_of
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.jobs.services import cancel
from apps.monitoring.models import Batch
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.datasets import LOANS, a_version
from tests.builders.inventory import a_model
from tests.conftest import person

pytestmark = pytest.mark.usefixtures("own_files")
THIRD = b"id,age,score,default\n7,31,0.6,no\n8,52,0.3,yes\n"
WITHOUT_KEY = b"age,score\n23,0.9\n47,0.2\n"


@pytest.fixture
def versions(dmitri, now):
    """Three versions: two hold person 2, who is also 2 in the third table by row, but not by key."""
    first = a_version(dmitri, now, id_column="id")
    later = now + timedelta(days=1)
    second = a_version(dmitri, later, LOANS + b"5,29,0.5,no\n", dataset=first.dataset, id_column="id")
    third = a_version(dmitri, later, THIRD, dataset=first.dataset, id_column="id")
    return [first, second, third]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def asked(olivia, versions, now, *keys, column="id", reason="Article 17, asked for by letter"):
    erasure, _ = request_erasure(
        actor=olivia, dataset=versions[0].dataset, column=column, keys=keys or ["2"], reason=reason, now=now
    )
    work_off()
    return fresh(erasure)


def erased(olivia, rosa, versions, now, *keys, **said):
    confirm_erasure(actor=rosa, erasure=asked(olivia, versions, now, *keys, **said), now=now)
    work_off()
    return Erasure.objects.latest("pk")


class TestAsking:
    def test_the_versions_are_searched_first(self, versions, olivia, now):
        erasure = asked(olivia, versions, now)
        assert (erasure.reference, erasure.status, erasure.rows_found) == ("ERS-0001", "found", 2)
        assert erasure.found == [
            {"version": "DS-0001@1", "rows": 1},
            {"version": "DS-0001@2", "rows": 1},
            {"version": "DS-0001@3", "rows": 0},
        ]

    def test_versions_without_the_column_are_named(self, versions, olivia, dmitri, now):
        a_version(dmitri, now, WITHOUT_KEY, dataset=versions[0].dataset)
        assert asked(olivia, versions, now).not_searched == ["DS-0001@4"]

    def test_nothing_found_is_an_end(self, versions, olivia, rosa, now):
        erasure = asked(olivia, versions, now, "99")
        assert erasure.status == "nothing"
        with pytest.raises(IllegalTransition):
            confirm_erasure(actor=rosa, erasure=erasure, now=now)

    @pytest.mark.parametrize(
        ("column", "sentence"),
        [("nope", "has rows and a column “nope”"), ("ID", "a column “ID”"), ("flag", "“flag” is boolean; a key is")],
    )
    def test_a_column_that_names_nobody_is_refused(self, versions, dmitri, olivia, now, column, sentence):
        a_version(dmitri, now, b"flag,x\ntrue,1\nfalse,2\n", dataset=versions[0].dataset)
        with pytest.raises(BadInput, match=sentence):
            asked(olivia, versions, now, column=column)

    def test_a_key_in_the_reason_is_refused(self, versions, olivia, now):
        with pytest.raises(BadInput, match="leave the keys out"):
            asked(olivia, versions, now, "4711-0815", reason="For person 4711-0815")

    def test_the_keys_are_in_no_table_and_not_in_the_ledger(self, dmitri, olivia, rosa, now):
        version = a_version(dmitri, now, b"id,x\nMargarethe-1871,1\nother,2\n", id_column="id")
        erased(olivia, rosa, [version], now, "Margarethe-1871")
        for model in (Payload, Erasure, Job, Entry, DatasetVersion):
            for row in model.objects.all():
                told = {field.name: str(getattr(row, field.attname)) for field in model._meta.concrete_fields}
                assert "Margarethe" not in json.dumps(told), model
        salt = Erasure.objects.get().salt.salt
        assert not [payload for payload in Payload.objects.all() if salt in str(payload.body)]

    def test_who_may_not_ask_is_told(self, versions, dmitri, adam, aisha, now):
        for actor in (dmitri, adam, aisha):
            with pytest.raises(PermissionDenied):
                asked(actor, versions, now)


class TestDeciding:
    def test_another_person_confirms(self, versions, olivia, rosa, ruth, now):
        erasure = asked(rosa, versions, now)
        with pytest.raises(RuleViolated, match="You are its requester"):
            confirm_erasure(actor=rosa, erasure=erasure, now=now)
        with pytest.raises(PermissionDenied):
            confirm_erasure(actor=olivia, erasure=erasure, now=now)
        assert confirm_erasure(actor=ruth, erasure=erasure, now=now)[0].status == "erasing"

    @pytest.mark.both
    def test_the_database_knows_that_another_confirms(self, versions, rosa, now):
        erasure = asked(rosa, versions, now)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE datasets_erasure SET confirmed_by_id = requested_by_id WHERE id = %s", [erasure.pk]
            )

    def test_it_is_declined_or_taken_back(self, versions, olivia, rosa, now):
        declined = decline_erasure(actor=rosa, erasure=asked(olivia, versions, now), reason="Not hers", now=now)
        assert (declined.status, declined.declined_because) == ("declined", "Not hers")
        taken_back = decline_erasure(actor=olivia, erasure=asked(olivia, versions, now), reason="Typing", now=now)
        assert taken_back.status == "declined" and arrow_table(versions[0]).num_rows == 4

    def test_somebody_else_of_the_first_line_does_not_decline_it(self, versions, olivia, dmitri, now):
        from tests.conftest import also

        erasure = asked(olivia, versions, now)
        with pytest.raises(RuleViolated, match="takes it back"):
            decline_erasure(actor=also(dmitri, "data_engineer"), erasure=erasure, reason="No", now=now)

    def test_who_saw_an_older_state_is_told(self, versions, olivia, rosa, now):
        with pytest.raises(Stale):
            confirm_erasure(actor=rosa, erasure=asked(olivia, versions, now), now=now, revision=0)

    def test_a_legal_hold_stops_it_and_its_end_lets_it_go_on(self, versions, olivia, rosa, ruth, now):
        erasure = asked(olivia, versions, now)
        hold = place_hold(actor=rosa, dataset=versions[0].dataset, version=versions[1], reason="Court", now=now)
        with pytest.raises(RuleViolated, match="HLD-0001 holds it"):
            confirm_erasure(actor=rosa, erasure=erasure, now=now)
        lift_hold(actor=ruth, hold=hold, reason="Settled", now=now)
        confirm_erasure(actor=rosa, erasure=erasure, now=now)
        place_hold(actor=rosa, dataset=versions[0].dataset, reason="Another court", now=now)
        work_off()
        erasure = fresh(erasure)
        assert (erasure.status, erasure.failure) == (
            "found",
            "HLD-0002 holds it: nothing goes until the hold is lifted.",
        )
        assert not fresh(versions[0]).gone and DatasetVersion.objects.count() == 3

    def test_a_hold_on_a_version_without_such_rows_is_in_nobody_s_way(self, versions, olivia, rosa, now):
        place_hold(actor=rosa, dataset=versions[0].dataset, version=versions[2], reason="Court", now=now)
        assert erased(olivia, rosa, versions, now).status == "done"

    def test_cancelled_it_waits_again(self, versions, olivia, rosa, now):
        erasure, job = confirm_erasure(actor=rosa, erasure=asked(olivia, versions, now), now=now)
        cancel(actor=rosa, job=job, now=now)
        erasure = fresh(erasure)
        assert (erasure.status, erasure.failure, erasure.confirmed_by) == ("found", "Somebody cancelled it.", None)


class TestErasing:
    def test_each_version_that_had_the_rows_goes_on_without_them(self, versions, olivia, rosa, now):
        old = [path_of(digest) for version in versions[:2] for digest in (version.table_id, version.source_id)]
        erasure = erased(olivia, rosa, versions, now)
        first, second, third = map(fresh, versions)
        assert [v.status for v in (first, second, third)] == ["erased", "erased", "kept"]
        assert (first.successor.reference, second.successor.reference) == ("DS-0001@4", "DS-0001@5")
        assert arrow_table(first.successor, ["id"]).column("id").to_pylist() == [1, 3, 4]
        assert arrow_table(second.successor, ["id"]).column("id").to_pylist() == [1, 3, 4, 5]
        assert not any(path.exists() for path in old) and table_path(third).exists()
        assert first.digest == versions[0].digest and first.successor.metadata == {"id_column": "id"}
        assert (erasure.status, erasure.confirmed_by, erasure.done_at) == ("done", rosa, erasure.done_at)
        assert erasure.record["versions"] == [
            {"version": "DS-0001@1", "digest": first.digest, "rows": 1, "left": 3, "successor": "DS-0001@4"},
            {"version": "DS-0001@2", "digest": second.digest, "rows": 1, "left": 4, "successor": "DS-0001@5"},
        ]

    def test_a_successor_is_what_an_upload_of_the_rest_would_be(self, versions, olivia, rosa, dmitri, now):
        erased(olivia, rosa, versions, now)
        rest = a_version(dmitri, now, LOANS.replace(b"2,47,0.2,no\n", b""), id_column="id")
        assert rest.digest == fresh(versions[0]).successor.digest

    def test_a_successor_stands_in_the_place_of_what_it_goes_on_from(self, versions, olivia, rosa, now):
        erased(olivia, rosa, versions, now)
        order = versions[0].dataset.versions.kept().in_order().values_list("reference", flat=True)
        assert list(order) == ["DS-0001@5", "DS-0001@3", "DS-0001@4"]
        assert fresh(versions[0]).successor.rows_since == versions[0].created_at

    def test_reading_what_was_erased_says_where_the_rest_is(self, versions, olivia, rosa, now):
        erased(olivia, rosa, versions, now)
        with pytest.raises(Gone, match=r"were erased on .*DS-0001@4 has those that stayed"):
            table_path(fresh(versions[0]))

    def test_nothing_left_has_no_successor(self, versions, olivia, rosa, now):
        erasure = erased(olivia, rosa, versions, now, "7", "8")
        assert erasure.record["versions"][0] | {"digest": ""} == {
            "version": "DS-0001@3", "digest": "", "rows": 2, "left": 0, "successor": None,
        }  # fmt: skip

    def test_versions_that_become_the_same_have_one_successor(self, dmitri, olivia, rosa, now):
        first = a_version(dmitri, now, b"id,x\n1,1\n2,2\n")
        second = a_version(dmitri, now, b"id,x\n1,1\n3,2\n", dataset=first.dataset)
        erased(olivia, rosa, [first, second], now, "2", "3")
        assert fresh(first).successor == fresh(second).successor

    def test_the_same_table_with_other_metadata_goes_too(self, versions, dmitri, olivia, rosa, now):
        twin = a_version(dmitri, now, dataset=versions[0].dataset, target="default")
        erased(olivia, rosa, versions, now)
        assert fresh(twin).gone and fresh(twin).successor.metadata == {"target": "default"}
        assert not path_of_blob_exists(versions[0].table_id)

    def test_tags_follow(self, versions, olivia, rosa, dmitri, now):
        set_tag(actor=dmitri, dataset=versions[0].dataset, name="golden", version=versions[0], now=now)
        erased(olivia, rosa, versions, now)
        tag = versions[0].dataset.tags.get()
        assert (tag.version.reference, tag.note) == (
            "DS-0001@4",
            "Followed DS-0001@1, whose rows ERS-0001 erased.",
        )

    def test_a_second_erasure_goes_on_from_the_successors(self, versions, olivia, rosa, now):
        erased(olivia, rosa, versions, now)
        second = erased(olivia, rosa, versions, now, "1")
        assert [each["version"] for each in second.record["versions"]] == ["DS-0001@4", "DS-0001@5"]

    def test_who_asked_and_who_owns_is_told_and_the_second_line_asked(
        self, versions, olivia, rosa, ruth, dmitri, now
    ):
        asked(olivia, versions, now)
        read_ledger(now)
        waiting = Notification.objects.filter(sentence__contains="waits for confirmation: 2 rows found")
        assert {each.recipient for each in waiting} == {rosa, ruth}
        confirm_erasure(actor=rosa, erasure=Erasure.objects.get(), now=now)
        work_off()
        read_ledger(now)
        told = Notification.objects.filter(sentence__startswith="Erased:")
        assert {each.recipient for each in told} == {olivia, rosa, dmitri}

    def test_the_ledger_tells_of_each_version(self, versions, olivia, rosa, now):
        erased(olivia, rosa, versions, now)
        told = Entry.objects.filter(verb="datasets.version_erased").values_list("subject_reference", "cause")
        assert list(told) == [
            ("DS-0001@1", "datasets.erasure_confirmed"),
            ("DS-0001@2", "datasets.erasure_confirmed"),
        ]


def path_of_blob_exists(digest):
    try:
        return path_of(digest).exists()
    except Gone:
        return False


class TestWhatItTouches:
    def test_the_same_table_elsewhere_is_named_to_who_may_see_it(self, versions, olivia, rosa, oscar, now):
        elsewhere = a_version(oscar, now)
        erasure = erased(olivia, rosa, versions, now)
        assert erasure.record["same"] == [{"reference": elsewhere.reference, "root": "DS-0002"}]
        seen = shown_record(erasure, olivia)
        assert (seen["same"], seen["hidden"]) == ([], 1)
        assert table_path(elsewhere).exists()

    def test_what_was_made_of_it_is_named(self, versions, olivia, rosa, dmitri, now, monkeypatch):
        made = a_version(dmitri, now, THIRD)
        link = Link(Node("datasetversion", "DS-0001@1"), Node("datasetversion", made.reference), "was joined into")

        def links(nodes, direction, user):
            return [link] if direction == "forward" and link.source in nodes else []

        monkeypatch.setattr(lineage, "_links", [*lineage._links, links])
        assert erased(olivia, rosa, versions, now).record["derived"] == [
            {"reference": "DS-0002@1", "root": "DS-0002"}
        ]

    def test_who_still_needs_the_bytes_is_named(self, versions, policies_in_force, olivia, rosa, dmitri, now):
        model = a_model(olivia, now)
        said = {"sort": "predictions", "form": "json", "sent_by": dmitri, "received_at": now}
        Batch(model=model, source=versions[0].source, **said).save()
        record = erased(olivia, rosa, versions, now).record
        assert [(each["kind"], each["root"]) for each in record["held"]] == [("batch", model.reference)]
        assert path_of_blob_exists(versions[0].source_id) and not path_of_blob_exists(versions[0].table_id)

    def test_retention_counts_on(self, versions, olivia, rosa, now):
        set_retention(actor=rosa, dataset=versions[0].dataset, days=30, reason="Statute", now=now)
        erased(olivia, rosa, versions, now)
        from apps.datasets.selectors.keeping import kept_until, retention_of

        successor = fresh(versions[0]).successor
        assert kept_until(successor, retention_of(successor.dataset)) == now.date() + timedelta(days=30)


class TestReturning:
    def test_rows_that_come_back_are_said_once(self, versions, olivia, rosa, dmitri, now):
        erased(olivia, rosa, versions, now)
        back = a_version(dmitri, now, LOANS + b"9,29,0.5,no\n", dataset=versions[0].dataset, id_column="id")
        work_off()
        assert list(Returned.objects.values_list("erasure__reference", "version__reference", "rows")) == [
            ("ERS-0001", back.reference, 1)
        ]
        read_ledger(now)
        told = Notification.objects.filter(sentence__contains="Erased rows are back")
        assert {each.recipient for each in told} == {olivia, dmitri}

    def test_a_version_without_them_says_nothing(self, versions, olivia, rosa, dmitri, now):
        erased(olivia, rosa, versions, now)
        a_version(dmitri, now, b"id,x\n77,1\n78,2\n", dataset=versions[0].dataset)
        work_off()
        assert not Returned.objects.exists() and not Entry.objects.filter(verb="datasets.rows_returned").exists()

    def test_a_dataset_without_erasures_is_not_searched(self, versions):
        assert not Job.objects.filter(kind="datasets.look_for_erased").exists()


class TestFaults:
    def test_a_version_that_comes_between_is_searched_too(self, versions, olivia, rosa, dmitri, now, monkeypatch):
        erasure = asked(olivia, versions, now)
        confirm_erasure(actor=rosa, erasure=erasure, now=now)
        real, came = erasing._derived, []

        def slow(dataset, affected):
            if not came:
                came.append(a_version(dmitri, now, LOANS + b"6,1,0.5,no\n", dataset=dataset, id_column="id"))
            return real(dataset, affected)

        monkeypatch.setattr(erasing, "_derived", slow)
        work_off()
        job = Job.objects.get(kind="datasets.erase_rows")
        assert job.state == "retrying" and "a version came" in job.error
        Job.objects.filter(pk=job.pk).update(run_after=now)
        work_off()
        assert fresh(erasure).status == "done" and fresh(came[0]).gone
        assert DatasetVersion.objects.count() == 7

    def test_nothing_half_done_is_left_by_a_fault(self, versions, olivia, rosa, now, monkeypatch):
        confirm_erasure(actor=rosa, erasure=asked(olivia, versions, now), now=now)
        monkeypatch.setattr(erasing, "_same", lambda versions: 1 / 0)
        work_off()
        assert not any(fresh(version).gone for version in versions) and DatasetVersion.objects.count() == 3
        assert all(table_path(version).exists() for version in versions)
        assert Erasure.objects.get().status == "found"

    def test_a_search_that_was_given_up_says_so(self, versions, olivia, now):
        erasure, job = request_erasure(
            actor=olivia, dataset=versions[0].dataset, column="id", keys=["2"], reason="Letter", now=now
        )
        cancel(actor=olivia, job=job, now=now)
        assert (fresh(erasure).status, fresh(erasure).failure) == ("failed", "Somebody cancelled it.")


@pytest.mark.both
def test_two_who_confirm_at_once_erase_once(own_database, now):
    dmitri, olivia, rosa, ruth = (person(name) for name in ("dmitri", "olivia", "rosa", "ruth"))
    version = a_version(dmitri, now, id_column="id")
    erasure = asked(olivia, [version], now)
    start, told = threading.Barrier(2), []

    def confirm(actor):
        try:
            start.wait(20)
            told.append(confirm_erasure(actor=actor, erasure=erasure, now=now)[0].status)
        except IllegalTransition as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm, args=[actor]) for actor in (rosa, ruth)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told, key=len) == ["erasing", "This is being erased, so that can't be done now."]
    work_off()
    assert fresh(erasure).status == "done" and DatasetVersion.objects.count() == 2
    assert not path_of_blob_exists(version.table_id) and Blob.objects.filter(pk=version.table_id).exists()
