"""The ledger's tables refuse to be rewritten, by the database itself, whichever way one tries."""

import threading
from functools import partial

import pytest
from django.db import DatabaseError, connection, connections, transaction

from apps.audit.models import Checkpoint, Entry, Leaf, Payload, Tile
from apps.audit.sealing import seal
from apps.audit.services import erase_payload
from apps.audit.verification import verify, verify_and_record
from tests.builders.audit import exported, renamed, sealed, settle, some_events
from tests.builders.inventory import a_model
from tests.conftest import person

pytestmark = pytest.mark.both
COLUMN = {
    "audit_entry": "verb",
    "audit_payload": "body",
    "audit_fieldchange": "field",
    "audit_erasure": "reason",
    "audit_leaf": "seq",
    "audit_tile": "number",
    "audit_checkpoint": "note",
    "audit_verification": "by",
    "audit_export": "reference",
}
KEY = {"audit_payload": "entry_id", "audit_erasure": "entry_id", "audit_leaf": "seq", "audit_checkpoint": "size"}


@pytest.fixture
def ledger(olivia, adam, aisha, now, tmp_path):
    """A row in every table of the ledger."""
    renamed(olivia, some_events(olivia, now, 260)[0], now)
    sealed(now)
    erase_payload(actor=adam, entry=Leaf.objects.get(seq=7).entry, reason="GDPR article 17", now=now)
    exported(aisha, now, tmp_path / "export.zip")
    verify_and_record(by="test", now=now)


def refused(*statements):
    """Each is refused by the database, and leaves every row as it was."""
    with connection.cursor() as cursor:
        for statement in statements:
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement)


def columns(table):
    with connection.cursor() as cursor:
        return [column.name for column in connection.introspection.get_table_description(cursor, table)]


def test_every_table_of_the_ledger_refuses_update_and_delete(ledger):
    for table, column in COLUMN.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] > 0, table
        refused(f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}")
    assert verify().held


def test_every_table_refuses_to_replace_a_row_by_a_conflict(ledger):
    for table, column in COLUMN.items():
        key, names = KEY.get(table, "id"), ", ".join(f'"{name}"' for name in columns(table))
        upsert = f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE true"
        refused(f"{upsert} ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}")
        if connection.vendor == "sqlite":
            refused(f"REPLACE INTO {table} SELECT * FROM {table}", f"UPDATE OR REPLACE {table} SET {key} = {key} + 1")
    assert verify().held


def test_postgresqls_own_ways_round_are_closed(ledger):
    if connection.vendor != "postgresql":
        pytest.skip("on PostgreSQL only")
    for table in COLUMN:
        key = KEY.get(table, "id")
        refused(
            f"TRUNCATE {table} CASCADE",
            f"MERGE INTO {table} t USING (SELECT 1) q ON true WHEN MATCHED THEN DELETE",
            f"SET LOCAL session_replication_role = replica; DELETE FROM {table}",
            f"SET LOCAL session_replication_role = replica; UPDATE {table} SET {key} = {key}",
            f"WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT * FROM gone",
        )
    assert verify().held


def test_a_place_is_given_by_the_database_alone(ledger):
    entry = Entry.objects.order_by("pk").first().pk
    size = Leaf.objects.count()
    refused(
        f"INSERT INTO audit_leaf (seq, entry_id) VALUES ({size + 5}, {entry})",
        f"INSERT INTO audit_leaf (seq, entry_id) VALUES (3, {entry})",
        f"INSERT INTO audit_leaf (seq, entry_id) VALUES ({size}, {entry})",
    )


def test_a_payload_goes_only_where_its_erasure_is_recorded(ledger):
    entry = Leaf.objects.get(seq=3).entry_id
    refused(f"DELETE FROM audit_payload WHERE entry_id = {entry}")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO audit_erasure (entry_id, reason, erased_at) VALUES ({entry}, 'law', '2026-01-01')"
        )
    refused(f"UPDATE audit_payload SET body = 'x' WHERE entry_id = {entry}")
    assert Payload.objects.filter(pk=entry).delete()[0] == 1


def test_the_index_of_an_erased_event_goes_with_it(olivia, adam, now):
    renamed(olivia, a_model(olivia, now), now)
    settle()
    entry = Entry.objects.get(verb="inventory.model_renamed_here")
    assert entry.field_changes.exists()
    erase_payload(actor=adam, entry=entry, reason="GDPR article 17", now=now)
    assert not Entry.objects.get(pk=entry.pk).field_changes.exists()


WRITERS, EACH = 6, 8


def in_a_thread(work, troubles):
    """`work` with a connection of its own, whose trouble is not lost with the thread."""

    def run():
        try:
            work()
        except Exception as error:
            troubles.append(error)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_writers_and_sealers_at_once_leave_one_whole_ledger(own_database, now):
    olivia, troubles, done = person("olivia"), [], threading.Event()

    def write(number):
        for n in range(EACH):
            a_model(olivia, now, name=f"Model {number}-{n}")

    def keep_sealing():
        while not done.wait(0.01):
            seal(now)

    sealers = [in_a_thread(keep_sealing, troubles) for _ in range(2)]
    writers = [in_a_thread(partial(write, number), troubles) for number in range(WRITERS)]
    for writer in writers:
        writer.join()
    done.set()
    for sealer in sealers:
        sealer.join()
    seal(now)
    assert troubles == []
    assert Checkpoint.objects.first().size == WRITERS * EACH and not Tile.objects.exists()
    assert verify().held
