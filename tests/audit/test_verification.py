"""Verifying the ledger's tables finds what was done to them past the triggers, and says where."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit.keys import signing_key
from apps.audit.models import Checkpoint, Leaf, Verification
from apps.audit.notes import SigningKey
from apps.audit.sealing import outside
from apps.audit.services import erase_payload
from apps.audit.verification import verify, verify_and_record
from tests.builders.audit import exported, sealed, settle, some_events

pytestmark = pytest.mark.django_db
TABLES = ("entry", "payload", "leaf", "tile", "checkpoint", "erasure", "fieldchange")


@pytest.fixture
def ledger(olivia, now):
    """Six events, sealed in twos."""
    for _ in range(3):
        some_events(olivia, now, 2)
        sealed(now)


def forge(*statements):
    """Change the tables as their owner can: with the triggers gone."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in TABLES:
                cursor.execute(f"ALTER TABLE audit_{table} DISABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            cursor.execute(statement)


def findings():
    return [(finding["code"], finding["seq"]) for finding in verify().findings]


def test_an_untouched_ledger_is_whole(ledger):
    result = verify()
    assert result.held and (result.size, result.sealed, result.erased) == (6, 6, 0)


def test_an_empty_ledger_is_whole(db):
    assert verify().held


def test_events_that_are_not_sealed_yet_are_looked_at_as_well(ledger, olivia, now):
    some_events(olivia, now, 1)
    assert verify().size == 7
    forge("UPDATE audit_payload SET body = replace(body, 'Model 0', 'Model 9')")
    assert findings() == [("changed", 0)]


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE audit_payload SET body = replace(body, 'Model 2', 'Model 7') WHERE entry_id = {third}", "changed"),
        ("UPDATE audit_payload SET salt = {zeros16} WHERE entry_id = {third}", "changed"),
        ("DELETE FROM audit_payload WHERE entry_id = {third}", "no_body"),
        ("UPDATE audit_entry SET actor = 'USR-999' WHERE id = {third}", "columns"),
        ("UPDATE audit_entry SET subject_reference = 'MDL-9999' WHERE id = {third}", "columns"),
        ("UPDATE audit_entry SET occurred_at = '2020-01-01 00:00:00+00:00' WHERE id = {third}", "columns"),
        ("UPDATE audit_entry SET verb = 'inventory.nothing' WHERE id = {third}", "columns"),
        ("UPDATE audit_entry SET digest = {zeros32} WHERE id = {third}", "changed"),
    ],
)
def test_a_changed_event_is_found_in_its_place(statement, code, ledger):
    third = Leaf.objects.get(seq=2).entry_id
    zeros = "'\\x{}'" if connection.vendor == "postgresql" else "x'{}'"
    forge(statement.format(third=third, zeros16=zeros.format("00" * 16), zeros32=zeros.format("00" * 32)))
    assert (code, 2) in findings()


def test_a_missing_place_is_a_gap(ledger):
    forge("DELETE FROM audit_leaf WHERE seq = 2")
    found = findings()
    assert found[0] == ("gap", 2) and ("stray", None) in found and "tree" in {code for code, _ in found}


def test_a_cut_tail_is_found_by_the_checkpoints(ledger):
    forge("DELETE FROM audit_leaf WHERE seq > 3")
    assert ("cut_tail", 4) in findings()


def test_a_tail_cut_off_with_its_checkpoints_is_found_by_the_file_outside(ledger):
    forge(
        "DELETE FROM audit_leaf WHERE seq > 3",
        "DELETE FROM audit_payload WHERE entry_id NOT IN (SELECT entry_id FROM audit_leaf)",
        "DELETE FROM audit_fieldchange",
        "DELETE FROM audit_entry WHERE id NOT IN (SELECT entry_id FROM audit_leaf)",
        "DELETE FROM audit_checkpoint WHERE size > 4",
    )
    result = verify()
    assert [finding["code"] for finding in result.findings] == ["cut_tail"]
    assert "kept outside the database over 6 events: 4 events are left" in result.findings[0]["sentence"]


def test_a_replaced_checkpoint_is_found(ledger):
    note = SigningKey(signing_key().name, bytes(32)).sign(
        Checkpoint.objects.get(size=4).note.partition("\n\n")[0] + "\n"
    )
    forge(f"UPDATE audit_checkpoint SET note = '{note}' WHERE size = 4")
    assert {code for code, _ in findings()} == {"checkpoint"}


def test_a_checkpoint_that_its_own_note_does_not_say_is_found(ledger):
    forge("UPDATE audit_checkpoint SET root = chain WHERE size = 4")
    assert findings() == [("checkpoint", None)]


def test_a_changed_or_missing_tile_is_found(olivia, now):
    some_events(olivia, now, 260)
    sealed(now)
    forge("UPDATE audit_tile SET root = (SELECT root FROM audit_checkpoint)")
    assert findings() == [("tile", 0)]
    forge("DELETE FROM audit_tile")
    assert findings() == [("tile", 0)]


def test_an_erased_event_is_no_fault_but_one_half_erased_is(ledger, adam, now):
    erase_payload(actor=adam, entry=Leaf.objects.get(seq=2).entry, reason="GDPR article 17", now=now)
    settle()
    result = verify()
    assert (result.held, result.erased, result.size) == (True, 1, 7)
    erasure = "INSERT INTO audit_erasure (entry_id, reason, erased_at)"
    forge(f"{erasure} SELECT entry_id, 'x', '2026-01-01' FROM audit_leaf WHERE seq = 4")
    assert findings() == [("not_erased", 4)]


def test_an_erasure_that_no_event_tells_of_is_found(ledger):
    forge(
        "INSERT INTO audit_erasure (entry_id, reason, erased_at)"
        " SELECT entry_id, 'x', '2026-01-01' FROM audit_leaf WHERE seq = 4",
        "DELETE FROM audit_payload WHERE entry_id = (SELECT entry_id FROM audit_leaf WHERE seq = 4)",
    )
    assert findings() == [("untold_erasure", 4)] and verify().erased == 0


def test_very_many_faults_are_counted_not_listed(olivia, now, monkeypatch):
    monkeypatch.setattr("apps.audit.verification.AT_MOST", 3)
    some_events(olivia, now, 5)
    forge("UPDATE audit_payload SET body = body || ' '")
    kept = verify_and_record(by="test", now=now)
    assert len(kept.findings) == 4 and "more" in kept.findings[-1]["sentence"]


class TestTheCommand:
    def test_says_that_the_ledger_is_whole_and_keeps_that_it_was_looked_at(self, ledger, capsys):
        call_command("audit", "verify")
        assert "The ledger is whole" in capsys.readouterr().out
        assert (Verification.objects.get().by, Verification.objects.get().held) == ("command line", True)

    def test_fails_and_says_where(self, ledger, capsys):
        forge("UPDATE audit_payload SET body = replace(body, 'Model 1', 'Model 7')")
        with pytest.raises(CommandError, match="not what it was"):
            call_command("audit", "verify")
        assert "WRONG  event 1:" in capsys.readouterr().out

    def test_prints_key_checkpoint_and_verifier(self, ledger, capsys):
        for part in ("key", "checkpoint", "verifier"):
            call_command("audit", part)
        printed = capsys.readouterr().out
        assert str(signing_key().verifier) in printed and Checkpoint.objects.first().note in printed
        assert "def main(" in printed

    def test_seals_and_exports(self, olivia, aisha, now, tmp_path, capsys):
        some_events(olivia, now, 2)
        settle()
        call_command("audit", "seal")
        call_command("audit", "export", str(tmp_path / "export.zip"), "--as", aisha.email)
        assert "Sealed 2 events." in capsys.readouterr().out and (tmp_path / "export.zip").exists()

    def test_exports_for_nobody_who_may_not(self, ledger, olivia, tmp_path):
        with pytest.raises(CommandError, match="Nobody here"):
            call_command("audit", "export", str(tmp_path / "x.zip"), "--as", "nobody@demo.example")
        with pytest.raises(CommandError, match="do not allow"):
            call_command("audit", "export", str(tmp_path / "x.zip"), "--as", olivia.email)
        assert not (tmp_path / "x.zip").exists()


def test_a_checkpoint_file_that_was_scribbled_on_is_told(ledger):
    outside().write_text("scribble\n\nmore\n")
    assert findings() == [("checkpoint", None)]


def test_an_export_by_someone_with_one_unit_is_a_selection(ledger, rosa, oscar, now, tmp_path):
    import json

    from tests.builders.audit import unpacked

    of_rosa = unpacked(exported(rosa, now, tmp_path / "rosa.zip"))
    of_oscar = unpacked(exported(oscar, now, tmp_path / "oscar.zip"))
    assert b"Model 1" in of_rosa["events.jsonl"] and b"Model 1" not in of_oscar["events.jsonl"]
    assert json.loads(of_oscar["manifest.json"])["complete"] is False
