"""What is committed is sealed: into tiles, under a signed checkpoint, also outside the database."""

from datetime import timedelta

import pytest
from django.core import mail

from apps.audit import notes
from apps.audit.keys import signing_key, trusted_keys
from apps.audit.models import Checkpoint, Entry, Leaf, Tile
from apps.audit.proofs import LedgerStore, NotSealed, consistency_proof, inclusion_proof
from apps.audit.sealing import keep_outside, kept_outside, mail_checkpoint, outside, seal
from apps.audit.tree import Tree, leaf_hash, root_of, verify_consistency, verify_inclusion
from apps.core.errors import BadInput
from tests.builders.audit import sealed, some_events

pytestmark = pytest.mark.django_db


def opened(checkpoint):
    return notes.Checkpoint.parse(notes.open_note(checkpoint.note, trusted_keys()))


def leaves():
    return [
        leaf_hash(bytes(digest)) for digest in Entry.objects.order_by("leaf__seq").values_list("digest", flat=True)
    ]


def test_a_checkpoint_signs_how_many_events_there_are_and_their_root(olivia, now):
    some_events(olivia, now, 3)
    said = opened(sealed(now))
    assert (said.origin, said.size, said.root) == (signing_key().name, 3, root_of(leaves()))
    assert said.extension("time") == "2026-11-23T10:00:00Z"


def test_nothing_new_makes_no_checkpoint(olivia, now):
    assert sealed(now) is None
    some_events(olivia, now, 1)
    assert sealed(now) is not None and sealed(now) is None
    assert Checkpoint.objects.count() == 1


def test_later_checkpoints_contain_the_earlier_ones(olivia, now):
    for count in (2, 1, 4):
        some_events(olivia, now, count)
        sealed(now)
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [7, 3, 2]
    head, _, note = consistency_proof(2).partition("\n\n")
    path = [notes.decoded(line) for line in head.split("\n")[1:]]
    old, new = Checkpoint.objects.get(size=2), opened(Checkpoint.objects.first())
    assert verify_consistency(2, 7, bytes(old.root), new.root, path) and note == Checkpoint.objects.first().note


def test_batches_give_the_same_tree_as_one(olivia, now, monkeypatch):
    monkeypatch.setattr("apps.audit.sealing.BATCH", 2)
    some_events(olivia, now, 5)
    assert sealed(now).size == 5
    assert [bytes(c.root) for c in Checkpoint.objects.order_by("size")] == [root_of(leaves()[:n]) for n in (2, 4, 5)]


def test_full_tiles_are_kept_once_and_answer_for_the_tree(olivia, now, monkeypatch):
    monkeypatch.setattr("apps.audit.sealing.BATCH", 100)
    some_events(olivia, now, 300)
    checkpoint = sealed(now)
    assert list(Tile.objects.values_list("level", "number")) == [(0, 0)]
    assert bytes(Tile.objects.get().root) == root_of(leaves()[:256])
    tree = Tree(LedgerStore())
    assert tree.root(300) == bytes(checkpoint.root) == root_of(leaves())
    for seq in (0, 255, 256, 299):
        assert verify_inclusion(leaves()[seq], seq, 300, tree.inclusion(seq, 300), bytes(checkpoint.root))


def test_a_proof_of_an_event_holds_and_carries_the_event(olivia, now):
    some_events(olivia, now, 3)
    sealed(now)
    leaf = Leaf.objects.select_related("entry__payload").get(seq=1)
    proof = notes.InclusionProof.parse(inclusion_proof(leaf).text)
    assert proof.verify(bytes(leaf.entry.digest), trusted_keys()).size == 3
    assert leaf.entry.payload.body.encode()[:20] in proof.extra.replace(b"\\", b"")


def test_an_event_that_is_not_sealed_yet_has_no_proof(olivia, now):
    some_events(olivia, now, 1)
    with pytest.raises(NotSealed):
        inclusion_proof(Leaf.objects.get())
    sealed(now)
    some_events(olivia, now, 1)
    with pytest.raises(NotSealed, match="few seconds"):
        inclusion_proof(Leaf.objects.get(seq=1))


@pytest.mark.parametrize(("old", "new", "field"), [(0, 2, "to"), (4, None, "from"), (-1, None, "from")])
def test_sizes_that_never_were_have_no_consistency_proof(olivia, now, old, new, field):
    some_events(olivia, now, 3)
    sealed(now)
    with pytest.raises(BadInput) as refused:
        consistency_proof(old, new)
    assert field in refused.value.errors


class TestOutsideTheDatabase:
    def test_checkpoints_are_appended_to_a_file(self, olivia, now):
        for _ in range(2):
            some_events(olivia, now, 1)
            sealed(now)
        assert kept_outside() == list(Checkpoint.objects.order_by("size").values_list("note", flat=True))
        assert outside().stat().st_mode & 0o777 == 0o600

    def test_one_that_was_missed_is_made_up_for_and_none_is_doubled(self, olivia, now):
        some_events(olivia, now, 1)
        sealed(now)
        outside().unlink()
        keep_outside()
        keep_outside()
        assert len(kept_outside()) == 1

    def test_a_file_that_cannot_be_written_does_not_stop_sealing(self, olivia, now, settings, tmp_path):
        (tmp_path / "file").touch()
        settings.HOME = tmp_path / "file"
        some_events(olivia, now, 1)
        assert sealed(now).size == 1

    def test_the_days_checkpoint_goes_to_the_witness(self, olivia, now, settings):
        settings.CHECKPOINT_MAIL = "witness@regulator.example"
        some_events(olivia, now, 1)
        sealed(now)
        mail_checkpoint(now + timedelta(hours=1))
        assert Checkpoint.objects.get().note in mail.outbox[0].body
        assert mail.outbox[0].to == ["witness@regulator.example"]

    def test_without_a_witness_nothing_is_sent(self, olivia, now):
        some_events(olivia, now, 1)
        sealed(now)
        mail_checkpoint(now)
        assert mail.outbox == []


def test_a_key_that_was_replaced_still_vouches_for_what_it_signed(olivia, now, settings, home):
    some_events(olivia, now, 1)
    sealed(now)
    before = str(signing_key().verifier)
    settings.LEDGER_SEED = bytes(range(32))
    some_events(olivia, now, 1)
    sealed(now)
    old, new = Checkpoint.objects.order_by("size")
    with pytest.raises(notes.BadNote):
        opened(old)
    (home / "keys").mkdir(parents=True)
    (home / "keys" / "ledger-retired").write_text(before + "\n")
    assert (opened(old).size, opened(new).size) == (1, 2)


def test_sealing_without_a_transaction_of_a_test_is_done_by_one(olivia, now):
    some_events(olivia, now, 1)
    assert seal(now).size == 1 and seal(now) is None
