"""What every act carries out on its row is the mapper's own work, only spelt out."""

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError

from apps.audit.acts import act, lock
from apps.core.statements import locked
from apps.findings import events
from apps.findings.models import Finding
from apps.inventory.models import Model
from tests.builders.audit import renamed
from tests.builders.findings import in_verification, open_one
from tests.builders.inventory import a_model

pytestmark = pytest.mark.both


@pytest.fixture
def finding(policies_in_force, olivia, now):
    return open_one(olivia, now)


def told(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_locked_row_is_the_one_the_mapper_reads(policies_in_force, olivia, dmitri, now):
    in_verification(olivia, dmitri, now)
    for row in (Finding.objects.get(), Model.objects.get()):
        again = locked(type(row), row.pk)
        assert told(again) == told(row) and again._known == row._known
        assert [type(value) for value in told(again).values()] == [type(value) for value in told(row).values()]
        assert not again._state.adding and again == row


def test_a_lock_reads_again_what_others_have_written_since(finding, olivia, now):
    stale = Finding.objects.get()
    with act(events.PLAN_AGREED, actor=olivia, subject=finding, now=now) as row:
        row.title, row.evidence = "Another's", [{"note": "100 %", "references": ['"DS-0001"']}]
        row.save()
    assert told(lock(stale)) == told(Finding.objects.get()) == told(row)


def test_a_row_that_is_not_there_cannot_be_locked(db):
    with pytest.raises(Finding.DoesNotExist):
        locked(Finding, 404)


def test_a_lock_outside_a_transaction_is_refused(own_database):
    with pytest.raises(TransactionManagementError):
        locked(Finding, 1)


def test_a_save_writes_what_moved_and_no_more(finding, olivia, now, django_assert_num_queries):
    with act(events.PLAN_AGREED, actor=olivia, subject=finding, now=now) as row:
        row.plan = "Retrain"
        with django_assert_num_queries(1) as written:
            row.save()
    assert '"plan" = ' in written.captured_queries[0]["sql"]
    assert '"title"' not in written.captured_queries[0]["sql"]


def test_an_act_asks_three_statements_of_postgresql(olivia, now, django_assert_num_queries):
    if connection.vendor != "postgresql":
        pytest.skip("on PostgreSQL only")
    model = renamed(olivia, a_model(olivia, now), now, name="Once, so that what she may is known")
    with django_assert_num_queries(3 + 2):  # the act is a savepoint here, in the test's own transaction
        renamed(olivia, model, now)
