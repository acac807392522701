"""The auditor's verifier: a script by itself, in a process of its own, that finds whatever was done to an export."""

import base64
import json
import random
import shutil
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.keys import signing_key
from apps.audit.models import Checkpoint, Entry, Leaf
from apps.audit.notes import SigningKey
from apps.audit.proofs import consistency_proof, inclusion_proof
from apps.audit.sealing import outside
from apps.audit.services import erase_payload
from apps.audit.verifier import script
from apps.audit.verifier.command import main
from apps.audit.verifier.ledger import FILES
from apps.audit.verifier.signatures import ORDER, signed
from tests.builders.audit import exported, packed, sealed, settle, some_events, unpacked

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    return str(signing_key().verifier)


@pytest.fixture
def older(olivia, now, tmp_path):
    """A checkpoint that the auditor kept: six events."""
    some_events(olivia, now, 6)
    path = tmp_path / "older.txt"
    path.write_text(sealed(now).note)
    return path


@pytest.fixture
def whole(older, olivia, aisha, now, tmp_path):
    """An export of everything: twelve events."""
    some_events(olivia, now, 5)
    return exported(aisha, now, tmp_path / "export.zip")


def look(capsys, *arguments):
    code = main([*map(str, arguments), "--json"])
    told = capsys.readouterr()
    return code, json.loads(told.out)


def codes(answer):
    return {finding["code"] for finding in answer["wrong"]}


class TestWhatIsTrue:
    def test_a_whole_export_is_true_in_a_process_that_knows_nothing_of_ours(self, whole, older, key, tmp_path):
        (tmp_path / "quaestor_verify.py").write_bytes(unpacked(whole)["quaestor_verify.py"])
        command = [sys.executable, "-I", "-S", "quaestor_verify.py", whole, "--key", key, "--checkpoint", older]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env={})
        assert done.returncode == 0, done.stdout + done.stderr
        assert "12 events are, to the last byte, what the ledger committed to." in done.stdout
        assert "All that your own checkpoint saw (6 events, 2026-11-23T10:00:00Z) is here, unchanged." in done.stdout
        assert done.stdout.endswith("RESULT: all that was checked is true.\n")

    def test_the_script_imports_only_pythons_own(self):
        wanted = {
            line.split()[1].split(".")[0] for line in script().splitlines() if line.startswith(("import ", "from "))
        }
        assert wanted <= set(sys.stdlib_module_names)

    def test_the_same_export_is_the_same_bytes(self, whole, aisha, tmp_path):
        from apps.audit.exporting import build_export
        from apps.audit.models import Export

        build_export(Export.objects.get(), aisha, tmp_path / "again.zip")
        assert (tmp_path / "again.zip").read_bytes() == whole.read_bytes()

    def test_it_may_be_unpacked_or_packed_by_another_program(self, whole, key, tmp_path, capsys):
        shutil.unpack_archive(whole, tmp_path / "folder")
        assert look(capsys, tmp_path / "folder", "--key", key)[0] == 0
        shutil.make_archive(str(tmp_path / "deflated"), "zip", tmp_path / "folder")
        assert look(capsys, tmp_path / "deflated.zip", "--key", key)[0] == 0

    def test_without_a_pinned_key_it_says_so_loudly(self, whole, capsys):
        code, answer = look(capsys, whole)
        assert code == 0 and answer["notes"][0].startswith("NO KEY WAS PINNED")

    def test_a_selection_is_proved_event_by_event(self, older, olivia, aisha, key, now, tmp_path, capsys):
        path = exported(aisha, now, tmp_path / "part.zip", subject="MDL-0003")
        code, answer = look(capsys, path, "--key", key, "--checkpoint", older)
        assert code == 0 and "A selection: 1 of 7 events" in answer["notes"][0]
        assert "1 events are proved one by one against the newest checkpoint." in answer["facts"]

    def test_the_file_outside_the_database_serves_as_older_checkpoints(self, whole, key, capsys):
        assert look(capsys, whole, "--key", key, "--checkpoint", outside())[0] == 0

    def test_one_event_is_proved_by_its_own_file(self, whole, key, tmp_path, capsys):
        path = tmp_path / "event-3.tlog-proof"
        path.write_text(inclusion_proof(Leaf.objects.get(seq=3)).text)
        code, answer = look(capsys, path, "--key", key)
        assert code == 0 and "inventory.model_registered on MDL-0004" in answer["facts"][0]
        path.write_text(path.read_text().replace("index 3", "index 2"))
        assert look(capsys, path, "--key", key)[0] == 1

    def test_a_consistency_proof_is_checked_beside_the_older_checkpoint(self, whole, older, key, tmp_path, capsys):
        path = tmp_path / "consistency.txt"
        path.write_text(consistency_proof(6))
        assert look(capsys, path, "--key", key, "--checkpoint", older)[0] == 0
        assert look(capsys, path, "--key", key)[0] == 1


class TestEveryChangedByteIsFound:
    @pytest.mark.parametrize("name", FILES)
    def test_in_each_file(self, name, whole, key, tmp_path, capsys):
        files, chance = unpacked(whole), random.Random(name)
        for _ in range(12):
            at = chance.randrange(len(files[name]))
            changed = bytearray(files[name])
            changed[at] ^= 1 << chance.randrange(8)
            path = packed({**files, name: bytes(changed)}, tmp_path / "changed.zip")
            code, answer = look(capsys, path, "--key", key)
            assert code == 1, (name, at)
            assert any(name.replace(".note", ".json") in finding["file"] for finding in answer["wrong"]), (at, answer)

    def test_in_the_zip_itself_without_repacking(self, whole, key, tmp_path, capsys):
        raw, chance = whole.read_bytes(), random.Random(1)
        body = raw.index(b'"verb') + 2
        for at in [body, *(chance.randrange(raw.index(b"PK\x01\x02")) for _ in range(15))]:
            (tmp_path / "changed.zip").write_bytes(raw[:at] + bytes([raw[at] ^ 4]) + raw[at + 1 :])
            code, answer = look(capsys, tmp_path / "changed.zip", "--key", key)
            in_a_header = raw.rfind(b"PK\x03\x04", 0, at + 1) + 80 > at
            assert code in ((0, 1, 2) if in_a_header else (1,)), (at, answer)

    def test_and_located_to_the_field(self, whole, key, tmp_path, capsys):
        files = unpacked(whole)
        lines = files["events.jsonl"].splitlines(keepends=True)
        lines[4] = lines[4].replace(b"Model 4", b"Model 8")
        path = packed({**files, "events.jsonl": b"".join(lines)}, tmp_path / "changed.zip")
        _, answer = look(capsys, path, "--key", key)
        found = next(f for f in answer["wrong"] if f["code"] == "changed_event")
        assert (found["seq"], found["line"], found["field"]) == (4, 5, "changes[0].after.name")
        assert found["entry"] == "inventory.model_registered on MDL-0005"
        assert 'it said "Model 4", now it says "Model 8"' in found["sentence"]

    @pytest.mark.parametrize(
        ("field", "code"),
        [("digest", "digest"), ("salt", "changed_event"), ("seq", "gap"), ("body", "changed_event")],
    )
    def test_whatever_field_of_an_event_it_is_in(self, field, code, whole, key, tmp_path, capsys):
        files = unpacked(whole)
        lines = files["events.jsonl"].splitlines(keepends=True)
        event = json.loads(lines[7])
        event[field] = {"seq": 9, "body": event["body"].replace("true", "false").replace("USR", "USA")}.get(
            field, "00" + str(event[field])[2:]
        )
        lines[7] = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        path = packed({**files, "events.jsonl": b"".join(lines)}, tmp_path / "changed.zip")
        _, answer = look(capsys, path, "--key", key)
        assert any(f["code"] == code and f["line"] == 8 for f in answer["wrong"]), answer["wrong"]

    def test_also_when_leaf_and_event_were_changed_together(self, whole, older, key, tmp_path, capsys):
        files = unpacked(whole)
        digest = json.loads(files["events.jsonl"].splitlines()[2])["digest"].encode()
        for name in ("events.jsonl", "leaves.txt"):
            files[name] = files[name].replace(digest, b"ab" * 32)
        code, answer = look(capsys, packed(files, tmp_path / "c.zip"), "--key", key, "--checkpoint", older)
        assert code == 1 and {"tree", "changed_event"} <= codes(answer)
        assert (
            "something among events 0 to 5 differs"
            in next(f for f in answer["wrong"] if f["code"] == "tree")["sentence"]
        )


class TestWhatAnAttackerWouldDo:
    def forged(self, files, key, count, tmp_path):
        """The last events cut off everywhere, and everything that can be made without the ledger's key made anew."""
        files["events.jsonl"] = b"".join(files["events.jsonl"].splitlines(keepends=True)[:count])
        files["leaves.txt"] = b"".join(files["leaves.txt"].splitlines(keepends=True)[:count])
        notes = files["checkpoints.txt"].decode().split("\n\n")
        files["checkpoints.txt"] = "\n\n".join(notes[:2]).encode() + b"\n"
        return packed(files, tmp_path / "cut.zip")

    def test_a_cut_tail_is_found_with_an_older_checkpoint(self, whole, key, now, tmp_path, capsys):
        late = tmp_path / "late.txt"
        late.write_text(Checkpoint.objects.first().note)
        _, answer = look(capsys, self.forged(unpacked(whole), key, 6, tmp_path), "--key", key, "--checkpoint", late)
        cut = next(f for f in answer["wrong"] if f["code"] == "cut_tail")
        assert "saw 12 events" in cut["sentence"] and "the last 6 were cut off" in cut["sentence"]

    def test_a_missing_event_is_a_gap(self, whole, key, tmp_path, capsys):
        files = unpacked(whole)
        for name in ("events.jsonl", "leaves.txt"):
            lines = files[name].splitlines(keepends=True)
            files[name] = b"".join(lines[:4] + lines[6:])
        _, answer = look(capsys, packed(files, tmp_path / "gap.zip"), "--key", key)
        gaps = {f["file"]: f["sentence"] for f in answer["wrong"] if f["code"] == "gap"}
        assert gaps["events.jsonl"] == gaps["leaves.txt"] == "events 4 to 5 are missing: a gap"

    def test_another_key_is_refused(self, whole, capsys):
        code, answer = look(capsys, whole, "--key", SigningKey("quaestor.local/ledger", bytes(32)).verifier)
        assert code == 1 and {"other_key", "checkpoint", "manifest"} <= codes(answer)

    def test_a_replaced_checkpoint_is_refused(self, whole, key, tmp_path, capsys):
        files = unpacked(whole)
        other = SigningKey(signing_key().name, bytes(range(32)))
        text = files["checkpoints.txt"].decode().split("\n\n")[2].lstrip("\n") + "\n"
        files["checkpoints.txt"] = other.sign(text).encode()
        files["key.txt"] = f"{other.verifier}\n".encode()
        code, answer = look(capsys, packed(files, tmp_path / "c.zip"), "--key", key)
        assert code == 1 and {"checkpoint", "other_key"} <= codes(answer)

    def test_a_ledger_rewritten_with_its_key_differs_from_an_older_checkpoint(self, whole, key, tmp_path, capsys):
        said = Checkpoint.objects.get(size=6).note
        text = said.partition("\n\n")[0].replace(said.split("\n")[2], "A" * 43 + "=") + "\n"
        (tmp_path / "other.txt").write_text(signing_key().sign(text))
        code, answer = look(capsys, whole, "--key", key, "--checkpoint", tmp_path / "other.txt")
        assert code == 1 and codes(answer) == {"tree"}

    def test_a_missing_file_is_named(self, whole, key, tmp_path, capsys):
        files = unpacked(whole)
        del files["leaves.txt"]
        code, answer = look(capsys, packed(files, tmp_path / "c.zip"), "--key", key)
        assert code == 1 and any(f["file"] == "leaves.txt" and f["code"] == "missing_file" for f in answer["wrong"])


class TestAProofOfNothing:
    """A proof that names what the export does not have is told of in a sentence, with the event it is for."""

    @pytest.fixture
    def selection(self, older, olivia, aisha, now, tmp_path):
        some_events(olivia, now, 5)
        return unpacked(exported(aisha, now, tmp_path / "export.zip", subject="MDL-0004"))

    def told(self, files, name, change, key, tmp_path, capsys):
        line, *rest = files[name].splitlines(keepends=True)
        files[name] = b"".join([json.dumps({**json.loads(line), **change}).encode() + b"\n", *rest])
        code, answer = look(capsys, packed(files, tmp_path / "c.zip"), "--key", key)
        assert code == 1
        return [(finding["sentence"], finding["seq"]) for finding in answer["wrong"] if finding["code"] == "proof"]

    @pytest.mark.parametrize("seq", [99, -1, 10**30])
    def test_of_an_event_that_is_not_there(self, seq, selection, key, tmp_path, capsys):
        told = self.told(selection, "proofs/inclusion.jsonl", {"seq": seq}, key, tmp_path, capsys)
        assert (
            f"the proof does not hold: it is for event {seq}, but the export has 12 events, numbered from 0",
            seq,
        ) in told

    def test_of_an_event_that_is_no_number(self, selection, key, tmp_path, capsys):
        told = self.told(selection, "proofs/inclusion.jsonl", {"seq": ["3"]}, key, tmp_path, capsys)
        assert "it is for event ['3'], which is no number" in told[0][0]

    def test_without_a_path(self, selection, key, tmp_path, capsys):
        told = self.told(selection, "proofs/inclusion.jsonl", {"path": None}, key, tmp_path, capsys)
        assert told[0][0] == "the proof does not hold: it has no path"

    def test_between_checkpoints_that_are_not_there(self, selection, key, tmp_path, capsys):
        told = self.told(selection, "proofs/consistency.jsonl", {"old": 5}, key, tmp_path, capsys)
        assert told[0][0] == "the proof does not hold: there is no checkpoint of 5 events"

    def test_in_a_file_of_its_own(self, whole, key, tmp_path, capsys):
        path = tmp_path / "event-3.tlog-proof"
        path.write_text(inclusion_proof(Leaf.objects.get(seq=3)).text.replace("index 3", "index 99"))
        code, answer = look(capsys, path, "--key", key)
        assert code == 1 and "it is for event 99, but the ledger has 12 events" in answer["wrong"][0]["sentence"]


class TestErasure:
    def test_an_erased_event_is_told_and_still_proved(self, older, olivia, adam, aisha, key, now, tmp_path, capsys):
        erase_payload(actor=adam, entry=Leaf.objects.get(seq=2).entry, reason="GDPR article 17", now=now)
        settle()
        path = exported(aisha, now, tmp_path / "export.zip")
        code, answer = look(capsys, path, "--key", key, "--checkpoint", older)
        assert code == 0, answer
        assert any("readable part of 1 events was erased" in note for note in answer["notes"])
        assert b"Model 2" not in unpacked(path)["events.jsonl"]

    def test_one_that_no_event_tells_of_is_found(self, whole, key, tmp_path, capsys):
        files = unpacked(whole)
        lines = files["events.jsonl"].splitlines(keepends=True)
        gone = {"seq": 2, "digest": json.loads(lines[2])["digest"], "erased": {"at": "2026", "reason": "none"}}
        lines[2] = json.dumps(gone, sort_keys=True, separators=(",", ":")).encode() + b"\n"
        _, answer = look(capsys, packed({**files, "events.jsonl": b"".join(lines)}, tmp_path / "c.zip"), "--key", key)
        assert "untold_erasure" in codes(answer)


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04" + b"\0" * 40])
    def test_no_zip_at_all(self, content, key, tmp_path, capsys):
        (tmp_path / "x.zip").write_bytes(content)
        assert look(capsys, tmp_path / "x.zip", "--key", key)[0] == 2

    def test_a_file_that_is_not_there(self, key, tmp_path, capsys):
        assert look(capsys, tmp_path / "nowhere.zip", "--key", key)[0] == 2

    def test_a_key_that_is_none(self, whole, capsys):
        assert look(capsys, whole, "--key", "name+00000000+AAAA")[0] == 2


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
@settings(max_examples=40, deadline=None)
def test_its_ed25519_agrees_with_cryptography(message, seed):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert signed(public, signature, message)
    assert not signed(public, signature, message + b"x")
    assert not signed(public, signature[:32] + bytes(32), message)
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    assert not signed(public, signature[:32] + scalar.to_bytes(32, "little"), message), "a second form of s"


def test_its_ed25519_gives_the_published_vectors():
    """Source: RFC 8032, 7.1, TEST 1 and TEST 2."""
    for public, message, signature in [
        (
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ]:
        assert signed(*map(bytes.fromhex, (public, signature, message)))
    assert base64.b64encode(bytes(3)) == b"AAAA"
    assert not Entry.objects.exists()
