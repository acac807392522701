"""Data is kept for as long as was said; a legal hold keeps it longer; what goes leaves its record behind."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from apps.audit.models import Entry
from apps.core.errors import BadInput, Gone, IllegalTransition, RuleViolated, Stale
from apps.datasets.models import DatasetVersion, Hold
from apps.datasets.selectors.tables import arrow_table, table_path
from apps.datasets.services.keeping import (
    announce_retention,
    dispose_version,
    lift_hold,
    place_hold,
    set_retention,
)
from apps.datasets.services.tags import set_tag
from apps.files.services import path_of
from apps.jobs.running import work_off
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.datasets import LOANS, a_version
from tests.builders.inventory import a_model, a_scored_version

pytestmark = pytest.mark.usefixtures("own_files")
LATER = timedelta(days=31)


@pytest.fixture
def version(dmitri, olivia, now):
    """A version that has to be kept for thirty days, as olivia says."""
    version = a_version(dmitri, now)
    set_retention(actor=olivia, dataset=version.dataset, days=30, reason="Statute of 2026", now=now)
    return version


def disposed(rosa, version, now, reason="Past its time"):
    version = dispose_version(actor=rosa, version=version, reason=reason, now=now)
    with time_machine.travel(now):
        work_off()
    return version


def fresh(row):
    return type(row).objects.get(pk=row.pk)


class TestRetention:
    def test_nobody_needs_to_say_how_long(self, dmitri, rosa, now):
        version = a_version(dmitri, now)
        with pytest.raises(RuleViolated, match="kept for good"):
            dispose_version(actor=rosa, version=version, reason="Old", now=now + timedelta(days=9_999))

    def test_for_good_is_something_to_say_too(self, version, olivia, rosa, now):
        set_retention(actor=olivia, dataset=version.dataset, days=None, reason="A golden set", now=now)
        with pytest.raises(RuleViolated, match="kept for good"):
            dispose_version(actor=rosa, version=version, reason="Old", now=now + LATER)

    @pytest.mark.parametrize("days", [0, -1, 36_526])
    def test_days_are_days(self, version, olivia, days, now):
        with pytest.raises(BadInput, match="Choose from 1"):
            set_retention(actor=olivia, dataset=version.dataset, days=days, reason="Why", now=now)

    def test_who_saw_an_older_one_is_told(self, version, olivia, now):
        with pytest.raises(Stale):
            set_retention(actor=olivia, dataset=version.dataset, days=1, reason="Why", now=now, revision=7)

    def test_a_developer_does_not_say_how_long(self, version, dmitri, now):
        with pytest.raises(PermissionDenied):
            set_retention(actor=dmitri, dataset=version.dataset, days=1, reason="Why", now=now)

    def test_its_end_is_announced_once_and_again_where_it_moves(self, version, olivia, now):
        assert announce_retention(now=now + timedelta(days=30)) == []
        assert announce_retention(now=now + LATER) == [version]
        assert announce_retention(now=now + LATER + LATER) == []
        set_retention(actor=olivia, dataset=version.dataset, days=60, reason="Longer", now=now)
        assert announce_retention(now=now + LATER) == []
        assert announce_retention(now=now + LATER + LATER) == [version]

    def test_who_answers_for_the_data_is_told(self, version, olivia, dmitri, now):
        announce_retention(now=now + LATER)
        read_ledger(now + LATER)
        told = Notification.objects.filter(sentence__contains="past its retention")
        assert {notification.recipient for notification in told} == {olivia, dmitri}

    def test_what_is_held_is_not_announced_before_the_hold_is_lifted(self, version, olivia, rosa, now):
        hold = place_hold(actor=olivia, dataset=version.dataset, reason="A complaint", now=now)
        assert announce_retention(now=now + LATER) == []
        lift_hold(actor=rosa, hold=hold, reason="Settled", now=now + LATER)
        assert announce_retention(now=now + LATER) == [version]


class TestDisposal:
    def test_the_rows_go_and_the_record_stays(self, version, rosa, now):
        table, source = path_of(version.table_id), path_of(version.source_id)
        gone = disposed(rosa, version, now + LATER)
        assert not table.exists() and not source.exists()
        assert (gone.status, gone.gone_because) == ("disposed", "Past its time")
        assert (gone.digest, gone.rows, len(gone.columns)) == (version.digest, 4, 4)
        assert Entry.objects.get(verb="datasets.version_disposed").subject_reference == version.reference
        for read in (table_path, arrow_table):
            with pytest.raises(Gone, match="were disposed of on 24 Dec 2026"):
                read(gone)

    def test_not_before_its_last_day_is_over(self, version, rosa, now):
        with pytest.raises(RuleViolated, match="kept until 23 Dec 2026"):
            dispose_version(actor=rosa, version=version, reason="Old", now=now + timedelta(days=30))

    def test_not_by_who_said_how_long(self, version, olivia, now):
        with pytest.raises(RuleViolated, match="somebody else has to dispose"):
            dispose_version(actor=olivia, version=version, reason="Old", now=now + LATER)

    def test_not_by_who_may_not(self, version, dmitri, adam, now):
        for actor in (dmitri, adam):
            with pytest.raises(PermissionDenied):
                dispose_version(actor=actor, version=version, reason="Old", now=now + LATER)

    def test_not_twice(self, version, rosa, now):
        disposed(rosa, version, now + LATER)
        with pytest.raises(IllegalTransition, match="disposed of, so"):
            dispose_version(actor=rosa, version=version, reason="Old", now=now + LATER)

    def test_not_while_a_tag_points_to_it(self, version, dmitri, rosa, now):
        set_tag(actor=dmitri, dataset=version.dataset, name="golden", version=version, now=now)
        with pytest.raises(RuleViolated, match="The tag “golden” points to it"):
            dispose_version(actor=rosa, version=version, reason="Old", now=now + LATER)

    def test_a_table_that_another_version_needs_stays_where_it_is(self, version, dmitri, rosa, now):
        other = a_version(dmitri, now + LATER, dataset=version.dataset, target="default")
        disposed(rosa, version, now + LATER)
        assert path_of(version.table_id).exists() and table_path(other).exists()
        with pytest.raises(Gone):
            table_path(fresh(version))

    def test_the_same_rows_do_not_come_back_by_an_upload(self, version, dmitri, rosa, now):
        disposed(rosa, version, now + LATER)
        with pytest.raises(RuleViolated, match="not taken in again"):
            a_version(dmitri, now + LATER, dataset=version.dataset)
        with pytest.raises(RuleViolated, match="not taken in again"):
            a_version(dmitri, now + LATER, LOANS.replace(b"\n", b"\r\n"), dataset=version.dataset)

    def test_another_dataset_may_have_them(self, version, dmitri, rosa, now):
        disposed(rosa, version, now + LATER)
        again = a_version(dmitri, now + LATER)
        assert again.table_id == version.table_id and arrow_table(again).num_rows == 4


class TestUses:
    def test_not_while_a_live_model_rests_on_it(self, approved_version, rosa, olivia, ruth, now):
        table = DatasetVersion.objects.get(reference=approved_version.metadata["evaluation_data"])
        set_retention(actor=olivia, dataset=table.dataset, days=1, reason="Short", now=now)
        with pytest.raises(RuleViolated, match=r"MDL-0001@1.0.0 \(approved\) rests on it"):
            dispose_version(actor=rosa, version=table, reason="Old", now=now + LATER)

    def test_a_draft_is_in_nobody_s_way(self, policies_in_force, dmitri, olivia, rosa, now):
        draft = a_scored_version(dmitri, a_model(olivia, now), now)
        table = DatasetVersion.objects.get(reference=draft.metadata["evaluation_data"])
        set_retention(actor=olivia, dataset=table.dataset, days=1, reason="Short", now=now)
        assert disposed(rosa, table, now + LATER).gone


class TestHolds:
    def test_it_stops_disposal_until_another_person_lifts_it(self, version, rosa, ruth, now):
        hold = place_hold(actor=rosa, dataset=version.dataset, reason="A complaint", now=now)
        assert hold.reference == "HLD-0001"
        with pytest.raises(RuleViolated, match="HLD-0001 holds it"):
            dispose_version(actor=rosa, version=version, reason="Old", now=now + LATER)
        with pytest.raises(RuleViolated, match="You are its placer"):
            lift_hold(actor=rosa, hold=hold, reason="Settled", now=now)
        lift_hold(actor=ruth, hold=hold, reason="Settled", now=now)
        assert disposed(rosa, version, now + LATER).gone

    def test_on_one_version_it_leaves_the_others_alone(self, version, dmitri, olivia, rosa, now):
        other = a_version(dmitri, now, b"id,x\n1,2\n", dataset=version.dataset)
        place_hold(actor=olivia, dataset=version.dataset, version=other, reason="A complaint", now=now)
        assert disposed(rosa, version, now + LATER).gone
        with pytest.raises(RuleViolated, match="HLD-0001"):
            dispose_version(actor=rosa, version=other, reason="Old", now=now + LATER)

    def test_there_has_to_be_something_to_hold(self, version, olivia, rosa, dmitri, now):
        with pytest.raises(BadInput, match="no version of"):
            place_hold(actor=olivia, dataset=version.dataset, version=a_version(dmitri, now), reason="Why", now=now)
        disposed(rosa, version, now + LATER)
        with pytest.raises(Gone):
            place_hold(actor=olivia, dataset=version.dataset, version=version, reason="Why", now=now + LATER)

    def test_it_is_lifted_once(self, version, olivia, rosa, now):
        hold = place_hold(actor=olivia, dataset=version.dataset, reason="A complaint", now=now)
        lift_hold(actor=rosa, hold=hold, reason="Settled", now=now)
        with pytest.raises(IllegalTransition):
            lift_hold(actor=rosa, hold=hold, reason="Settled", now=now)

    def test_an_owner_places_one_and_does_not_lift_it(self, version, olivia, rosa, now):
        hold = place_hold(actor=rosa, dataset=version.dataset, reason="A complaint", now=now)
        with pytest.raises(PermissionDenied):
            lift_hold(actor=olivia, hold=hold, reason="Settled", now=now)

    @pytest.mark.both
    def test_the_database_knows_that_another_lifts_it(self, version, rosa, now):
        hold = place_hold(actor=rosa, dataset=version.dataset, reason="A complaint", now=now)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE datasets_hold SET lifted_by_id = placed_by_id WHERE id = %s", [hold.pk])


@pytest.mark.both
def test_of_a_hold_and_a_disposal_at_once_one_comes_first(own_database, now):
    from tests.conftest import person

    dmitri, olivia, rosa = (person(name) for name in ("dmitri", "olivia", "rosa"))
    version = a_version(dmitri, now)
    set_retention(actor=olivia, dataset=version.dataset, days=30, reason="Statute", now=now)
    start, told = threading.Barrier(2), {}

    def racing(name, deed):
        try:
            start.wait(20)
            told[name] = deed()
        except (Gone, RuleViolated) as refusal:
            told[name] = refusal
        finally:
            connection.close()

    deeds = {
        "hold": lambda: place_hold(
            actor=olivia, dataset=version.dataset, version=version, reason="A complaint", now=now
        ),
        "disposal": lambda: dispose_version(actor=rosa, version=version, reason="Old", now=now + LATER),
    }
    threads = [threading.Thread(target=racing, args=deed) for deed in deeds.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    held, gone = Hold.objects.exists(), fresh(version).gone
    assert held != gone, told
    assert isinstance(told["disposal" if held else "hold"], RuleViolated if held else Gone)
