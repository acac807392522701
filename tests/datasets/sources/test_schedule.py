"""A source that has a calendar is extracted from when its moment comes, once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from apps.audit.models import Entry
from apps.core.errors import BadInput
from apps.datasets.models import Extraction
from apps.datasets.services.sources import describe_source, end_source, extract_due
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.datasets import LOANS
from tests.builders.sources import a_source

DUE = datetime(2026, 11, 24, 3, tzinfo=UTC)


@pytest.fixture
def source(dmitri, folder, now):
    (folder / "loans.csv").write_bytes(LOANS)
    return a_source(dmitri, now, "file", {"path": f"{folder}/loans.csv"}, schedule="0 3 * * *")


def test_it_is_done_when_its_moment_comes_and_once(source):
    assert source.due_at == DUE
    assert extract_due(DUE - timedelta(seconds=1)) == [] == list(Job.objects.all())
    assert extract_due(DUE) == [source]
    assert extract_due(DUE + timedelta(minutes=1)) == []
    with time_machine.travel(DUE):
        work_off()
    made = Extraction.objects.get()
    assert (made.outcome, made.asked_by.name, made.version.created_by.name) == ("new", "Quaestor", "Quaestor")
    source.refresh_from_db()
    assert source.due_at == DUE + timedelta(days=1)


def test_what_fell_due_while_the_machine_was_off_is_done_once(source):
    assert extract_due(DUE + timedelta(days=9)) == [source]
    assert extract_due(DUE + timedelta(days=9)) == [] and Job.objects.count() == 1


def test_one_that_is_under_way_is_not_begun_again(source):
    extract_due(DUE)
    assert extract_due(DUE + timedelta(days=1)) == [source] and Job.objects.count() == 1


def test_without_a_calendar_or_after_its_end_nothing_is_done(source, dmitri, now):
    source = describe_source(actor=dmitri, source=source, schedule="", now=now)
    assert source.due_at is None and extract_due(DUE) == []
    source = describe_source(actor=dmitri, source=source, schedule="daily", now=now)
    end_source(actor=dmitri, source=source, reason="The bank has moved.", now=now)
    assert extract_due(DUE + timedelta(days=2)) == []


def test_too_often_is_refused(source, dmitri, now):
    with pytest.raises(BadInput, match="Once an hour at most"):
        describe_source(actor=dmitri, source=source, schedule="0,30 * * * *", now=now)


def test_its_owner_hears_of_a_failure_and_of_a_changed_schema(source, olivia, dmitri, folder, now):
    describe_source(actor=dmitri, source=source, owner=olivia, now=now)
    for number, content in enumerate((LOANS, b"id,age,region\n1,2,x\n2,3,y\n", b"")):
        (folder / "loans.csv").write_bytes(content)
        extract_due(DUE + timedelta(days=number))
        with time_machine.travel(DUE + timedelta(days=number)):
            work_off()
    assert Entry.objects.filter(verb="datasets.extraction_failed").count() == 1
    read_ledger(DUE)
    told = list(Notification.objects.filter(recipient=olivia).order_by("pk").values_list("sentence", flat=True))
    assert told == [
        "Loans (SRC-0001) changed its columns: region is new, score is gone, default is gone.",
        "Nothing was taken from Loans (SRC-0001): loans.csv: The file is empty: it has neither column names nor "
        "rows.",
    ]
