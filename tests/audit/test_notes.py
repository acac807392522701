"""Notes, checkpoints and proofs are those of C2SP, and refuse whatever is not."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.notes import (
    BadNote,
    Checkpoint,
    InclusionProof,
    SigningKey,
    VerifierKey,
    consistency_text,
    open_note,
    split_notes,
)
from apps.audit.tree import Memory, Tree, leaf_hash

KEY = SigningKey("ledger.example/one", bytes(range(32)))
OTHER = SigningKey("ledger.example/other", bytes(32))
TEXT = "ledger.example/one\n3\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\ntime 2026-11-23T10:00:00Z\n"


class TestTheVectorOfTheFormat:
    """Source: c2sp.org/signed-note, its example."""

    key = VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
    note = (
        "This is an example message.\n\n\N{EM DASH} example.com/foo "
        "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
    )

    def test_it_opens(self):
        assert open_note(self.note, [self.key]) == "This is an example message.\n"

    def test_the_key_is_written_as_it_was_read(self):
        assert str(self.key) == "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

    def test_another_text_does_not(self):
        with pytest.raises(BadNote, match="does not hold"):
            open_note(self.note.replace("example message", "exemple message"), [self.key])


def test_a_note_opens_with_its_key_among_others():
    assert open_note(KEY.sign(TEXT), [OTHER.verifier, KEY.verifier]) == TEXT


def test_a_note_of_an_unknown_key_does_not_open():
    with pytest.raises(BadNote, match="None of the keys"):
        open_note(KEY.sign(TEXT), [OTHER.verifier])


def test_a_second_signature_by_someone_unknown_is_no_obstacle():
    note = KEY.sign(TEXT) + OTHER.sign(TEXT).rpartition("\n\n")[2]
    assert open_note(note, [KEY.verifier]) == TEXT


def test_a_key_of_the_same_name_is_another_key():
    with pytest.raises(BadNote, match="None of the keys"):
        open_note(KEY.sign(TEXT), [SigningKey(KEY.name, bytes(32)).verifier])


@given(st.data())
@settings(deadline=None)
def test_no_changed_byte_of_a_note_goes_unseen(data):
    note = KEY.sign(TEXT).encode()
    at = data.draw(st.integers(0, len(note) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != note[at]))
    changed = note[:at] + bytes([byte]) + note[at + 1 :]
    with pytest.raises((BadNote, UnicodeDecodeError)):
        open_note(changed.decode(), [KEY.verifier])


@pytest.mark.parametrize("text", ["no line break", "a\tb\n", "a\0b\n"])
def test_a_text_that_is_no_note_is_not_signed(text):
    with pytest.raises(BadNote):
        KEY.sign(text)


@pytest.mark.parametrize("note", ["", "text\n", "text\n\n", "text\n\nno dash\n", "text\n\n\N{EM DASH} a !!!\n"])
def test_what_is_no_note_does_not_open(note):
    with pytest.raises(BadNote):
        open_note(note, [KEY.verifier])


class TestKeys:
    def test_the_secret_is_read_as_it_was_written_and_never_shown(self):
        key = SigningKey.generate("ledger.example/new")
        assert SigningKey.parse(key.written()) == key
        assert key.seed.hex() not in repr(key) and repr(key.seed) not in repr(key)

    @pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
    def test_a_name_that_would_break_the_format_is_refused(self, name):
        with pytest.raises(BadNote, match="name"):
            SigningKey.generate(name)

    @pytest.mark.parametrize(
        "text",
        ["", "name", "a+b+c", str(KEY.verifier)[:-4], str(KEY.verifier).replace("one", "two"), KEY.written()],
    )
    def test_what_is_no_verifier_key_is_refused(self, text):
        with pytest.raises(BadNote):
            VerifierKey.parse(text)

    @pytest.mark.parametrize("text", ["", "PRIVATE+KEY", str(KEY.verifier), KEY.written().replace("one", "two")])
    def test_what_is_no_ledger_key_is_refused(self, text):
        with pytest.raises(BadNote):
            SigningKey.parse(text)


class TestCheckpoints:
    def test_a_checkpoint_is_read_as_it_was_written(self):
        checkpoint = Checkpoint("ledger.example/one", 3, bytes(32), ("chain abc", "time 2026-11-23T10:00:00Z"))
        assert Checkpoint.parse(checkpoint.text) == checkpoint
        assert checkpoint.extension("time") == "2026-11-23T10:00:00Z"
        assert checkpoint.extension("place") == ""

    @pytest.mark.parametrize("text", ["", "a\n1\n", "a\n01\nAA==\n", "a\n-1\nAA==\n", "a\nx\nAA==\n", "a\n1\nAA==\n"])
    def test_what_is_no_checkpoint_is_refused(self, text):
        with pytest.raises(BadNote):
            Checkpoint.parse(text)

    def test_a_file_of_many_falls_into_single_notes(self):
        notes = [KEY.sign(TEXT), OTHER.sign(TEXT), KEY.sign(TEXT)]
        assert list(split_notes("\n".join(notes))) == notes


class TestProofs:
    digests = [hashlib.sha256(b"%d" % i).digest() for i in range(300)]

    def proof(self, seq, extra=b""):
        store = Memory()
        store.extend(map(leaf_hash, self.digests))
        tree = Tree(store)
        note = KEY.sign(Checkpoint(KEY.name, 300, tree.root(300)).text)
        return InclusionProof(seq, tuple(tree.inclusion(seq, 300)), note, extra)

    @given(st.integers(0, 299), st.binary(max_size=40))
    @settings(max_examples=20, deadline=None)
    def test_a_proof_is_read_as_it_was_written_and_holds(self, seq, extra):
        proof = InclusionProof.parse(self.proof(seq, extra).text)
        assert proof == self.proof(seq, extra)
        assert proof.verify(self.digests[seq], [KEY.verifier]).size == 300

    def test_it_does_not_hold_for_another_event_place_or_key(self):
        proof = self.proof(77)
        with pytest.raises(BadNote, match="does not lead"):
            proof.verify(self.digests[78], [KEY.verifier])
        with pytest.raises(BadNote, match="does not lead"):
            InclusionProof(78, proof.path, proof.checkpoint).verify(self.digests[77], [KEY.verifier])
        with pytest.raises(BadNote, match="None of the keys"):
            proof.verify(self.digests[77], [OTHER.verifier])

    @pytest.mark.parametrize(
        "text", ["", "c2sp.org/tlog-proof@v1\n\n", "c2sp.org/tlog-proof@v1\nindex 01\n\n", "x\ny"]
    )
    def test_what_is_no_proof_is_refused(self, text):
        with pytest.raises(BadNote):
            InclusionProof.parse(text)

    def test_a_short_hash_in_the_path_is_refused(self):
        with pytest.raises(BadNote, match="sha256"):
            InclusionProof.parse("c2sp.org/tlog-proof@v1\nindex 1\nAA==\n\nnote")

    def test_a_consistency_proof_is_written_as_a_witness_reads_it(self):
        assert consistency_text(2, [bytes(32)], "note") == f"old 2\n{'A' * 43}=\n\nnote"
