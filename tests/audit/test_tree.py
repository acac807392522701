"""The ledger's tree keeps RFC 9162, whatever its size and however it grew."""

import hashlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.audit.tree import (
    EMPTY_ROOT,
    WIDTH,
    Frontier,
    FullTile,
    Memory,
    Tree,
    filled,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

MOST = 1500
LEAVES = [leaf_hash(b"%d" % i) for i in range(MOST)]
sizes = st.integers(1, MOST)


def mth(leaves):
    """The definition in RFC 9162, 2.1.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:half]) + mth(leaves[half:])).digest()


@cache
def the_tree():
    store = Memory()
    store.extend(LEAVES)
    return Tree(store)


@cache
def root(size):
    return the_tree().root(size)


def test_roots_of_the_published_example():
    """Source: the test vectors of Certificate Transparency (RFC 6962's reference implementation)."""
    data = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    hashes = [leaf_hash(bytes.fromhex(d)) for d in data]
    assert root_of(hashes[:1]).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root_of(hashes[:3]).hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert root_of(hashes).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(sizes)
@settings(max_examples=60, deadline=None)
def test_tiles_lists_and_a_growing_frontier_agree_with_the_definition(size):
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    assert mth(LEAVES[:size]) == root_of(LEAVES[:size]) == root(size) == frontier.root()


def test_an_empty_tree_has_the_hash_of_nothing_as_root():
    assert EMPTY_ROOT == root(0) == Frontier().root() == root_of([]) == mth([])


@given(sizes, st.data())
@settings(max_examples=150, deadline=None)
def test_every_leaf_is_proved_in_every_tree_and_in_no_other_place(size, data):
    seq = data.draw(st.integers(0, size - 1))
    path = the_tree().inclusion(seq, size)
    assert verify_inclusion(LEAVES[seq], seq, size, path, root(size))
    assert len(path) <= (size - 1).bit_length()
    other = data.draw(st.integers(0, size).filter(lambda n: n != seq))
    assert not verify_inclusion(LEAVES[seq], other, size, path, root(size))
    assert not verify_inclusion(LEAVES[seq], seq, size, path, root(size - 1))
    assert not verify_inclusion(leaf_hash(b"another"), seq, size, path, root(size))
    assert not verify_inclusion(LEAVES[seq], seq, size, [*path, bytes(32)], root(size))
    if path:
        assert not verify_inclusion(LEAVES[seq], seq, size, path[:-1], root(size))


@given(sizes, st.data())
@settings(max_examples=150, deadline=None)
def test_a_tree_contains_every_one_it_grew_from(new, data):
    old = data.draw(st.integers(0, new))
    proof = the_tree().consistency(old, new)
    assert verify_consistency(old, new, root(old), root(new), proof)
    if 0 < old < new:
        assert not verify_consistency(old, new, leaf_hash(b"another"), root(new), proof)
        assert not verify_consistency(old, new, root(old), leaf_hash(b"another"), proof)
        assert not verify_consistency(old, new, root(old), root(new), [*proof, bytes(32)])
        assert not verify_consistency(old, new, root(old), root(new), proof[:-1])


@given(st.lists(st.integers(1, 400), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_full_tiles_are_the_same_however_the_tree_grew(steps):
    store, kept, size = Memory(), [], 0
    for step in steps:
        step = min(step, MOST - size)
        store.extend(LEAVES[size : size + step])
        kept += filled(store, size, size + step)
        size += step
    assert sorted(kept, key=lambda t: (t.level, t.number)) == list(filled(store, 0, size))
    assert all(len(t.hashes) == 32 * WIDTH for t in kept)


def test_a_tree_of_three_levels_keeps_tiles_of_tiles():
    store = Memory()
    store.extend(leaf_hash(b"%d" % i) for i in range(WIDTH * WIDTH + 3))
    tiles = list(filled(store, 0, WIDTH * WIDTH + 3))
    assert [(t.level, t.number) for t in tiles] == [(0, n) for n in range(WIDTH)] + [(1, 0)]
    assert tiles[-1] == FullTile(1, 0, b"".join(t.root for t in tiles[:-1]), store.levels[2][0])
    proof = Tree(store).inclusion(WIDTH * WIDTH + 1, WIDTH * WIDTH + 3)
    root = Tree(store).root(WIDTH * WIDTH + 3)
    assert verify_inclusion(store.levels[0][-2], WIDTH * WIDTH + 1, WIDTH * WIDTH + 3, proof, root)


@pytest.mark.parametrize(("seq", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_what_is_not_there_has_no_proof(seq, size):
    with pytest.raises(ValueError, match="no leaf"):
        the_tree().inclusion(seq, size)
    assert not verify_inclusion(LEAVES[0], seq, size, [], root(size))


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_a_tree_does_not_contain_a_greater_one(old, new):
    with pytest.raises(ValueError, match="can't contain"):
        the_tree().consistency(old, new)
    assert not verify_consistency(old, new, root(3), root(3), [])


def test_what_is_not_kept_is_said():
    with pytest.raises(LookupError):
        the_tree().root(MOST + 1)
