"""The ledger's tree: RFC 9162 over tiles of 256 hashes. Pure: it reads hashes from whatever keeps them.

A tile of level L holds 256 neighbouring roots of complete subtrees with 256^L leaves each. Only full tiles are kept,
so that a tile once written never changes; what lies right of the last full tile is read one level below.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

WIDTH = 256
HEIGHT = 8
EMPTY_ROOT = hashlib.sha256(b"").digest()
CHAIN_START = bytes(32)


def leaf_hash(data: bytes) -> bytes:
    """sha256(0x00 || data): RFC 9162, 2.1.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """sha256(0x01 || left || right): RFC 9162, 2.1.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def chained(chain: bytes, leaf: bytes) -> bytes:
    """The chain one leaf hash further; it starts from 32 zero bytes."""
    return hashlib.sha256(chain + leaf).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring subtrees of equal size; the last may stand alone, as in RFC 9162, 2.1.1."""
    if not hashes:
        return EMPTY_ROOT
    row = list(hashes)
    while len(row) > 1:
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        row = above + row[-1:] if len(row) % 2 else above
    return row[0]


class Frontier:
    """A tree that only grows: the roots of its complete subtrees, largest first. O(log n) to hold."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Take one more leaf hash."""
        roots, size = self._roots, self.size
        while size & 1:
            leaf = hashlib.sha256(b"\x01" + roots.pop() + leaf).digest()
            size >>= 1
        roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over everything taken so far."""
        if not self._roots:
            return EMPTY_ROOT
        root = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            root = node_hash(left, root)
        return root


class Store(Protocol):
    """Keeps the hashes of a tree."""

    def read(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """Hashes [start, stop) of a tile level; all lie in one tile and stand for complete subtrees.

        Raises:
            LookupError: some of them are not kept (yet).
        """


@dataclass
class Memory:
    """A store in memory: what an export, a verifier or a test needs."""

    levels: list[list[bytes]] = field(default_factory=lambda: [[]])

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take more leaf hashes, and the roots of the tiles they fill."""
        self.levels[0].extend(leaves)
        level = 0
        while len(self.levels[level]) >= WIDTH:
            if len(self.levels) == level + 1:
                self.levels.append([])
            row, above = self.levels[level], self.levels[level + 1]
            for number in range(len(above), len(row) // WIDTH):
                above.append(root_of(row[number * WIDTH : (number + 1) * WIDTH]))
            level += 1

    def read(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """See `Store`."""
        found = self.levels[level][start:stop]
        if len(found) != stop - start:
            raise LookupError(f"hashes {start} to {stop} of level {level}")
        return found


@dataclass(frozen=True)
class FullTile:
    """256 neighbouring hashes of one level, and the root over them: one hash of the level above."""

    level: int
    number: int
    hashes: bytes
    root: bytes


def filled(store: Store, old: int, new: int) -> Iterator[FullTile]:
    """The tiles that growing from `old` to `new` leaves fills, lowest level first.

    Whoever iterates keeps each tile before asking for the next: higher levels are read from the tiles below.
    """
    level = 0
    while new >> HEIGHT * (level + 1):
        for number in range(old >> HEIGHT * (level + 1), new >> HEIGHT * (level + 1)):
            hashes = store.read(level, number * WIDTH, (number + 1) * WIDTH)
            yield FullTile(level, number, b"".join(hashes), root_of(hashes))
        level += 1


class Tree:
    """Roots and proofs of any size up to what `store` keeps."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def root(self, size: int) -> bytes:
        """The root over the first `size` leaves."""
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, seq: int, size: int) -> list[bytes]:
        """The path from leaf `seq` to the root of `size` leaves, sibling first: RFC 9162, 2.1.3.1.

        Raises:
            ValueError: there is no such leaf in a tree of that size.
        """
        if not 0 <= seq < size:
            raise ValueError(f"There is no leaf {seq} in a tree of {size}.")
        path, start, stop = [], 0, size
        while stop - start > 1:
            middle = start + _split(stop - start)
            if seq < middle:
                path.append(self._range(middle, stop))
                stop = middle
            else:
                path.append(self._range(start, middle))
                start = middle
        return path[::-1]

    def consistency(self, old: int, new: int) -> list[bytes]:
        """What shows that the first `old` leaves are the same in a tree of `new`: RFC 9162, 2.1.4.1.

        Raises:
            ValueError: `old` is greater than `new`, or negative.
        """
        if not 0 <= old <= new:
            raise ValueError(f"A tree of {new} can't contain one of {old}.")
        if old in (0, new):
            return []
        proof, start, stop, whole = [], 0, new, True
        while stop != old:
            middle = start + _split(stop - start)
            if old <= middle:
                proof.append(self._range(middle, stop))
                stop = middle
            else:
                proof.append(self._range(start, middle))
                start, whole = middle, False
        if not whole:
            proof.append(self._range(start, stop))
        return proof[::-1]

    def _range(self, start: int, stop: int) -> bytes:
        """The root over leaves [start, stop), which begins at a multiple of its largest complete subtree."""
        roots = []
        while start < stop:
            height = (stop - start).bit_length() - 1
            roots.append(self._subtree(height, start >> height))
            start += 1 << height
        root = roots.pop()
        while roots:
            root = node_hash(roots.pop(), root)
        return root

    def _subtree(self, height: int, number: int) -> bytes:
        """The root of complete subtree `number` among those of 2^height leaves."""
        level, within = divmod(height, HEIGHT)
        width = 1 << within
        return root_of(self.store.read(level, number * width, (number + 1) * width))


def verify_inclusion(leaf: bytes, seq: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` leads from leaf hash `leaf` at `seq` to `root` over `size` leaves: RFC 9162, 2.1.3.2."""
    turns = _turns(seq, size - 1, len(path)) if 0 <= seq < size else None
    if turns is None:
        return False
    for sibling, on_the_left in zip(path, turns, strict=True):
        leaf = node_hash(sibling, leaf) if on_the_left else node_hash(leaf, sibling)
    return leaf == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows the tree of `old` leaves to be the beginning of that of `new`: RFC 9162, 2.1.4.2."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and old_root == (new_root if old else EMPTY_ROOT)
    # The proof starts at the largest complete subtree that ends where the old tree ends; where that is the whole old
    # tree, its root is known and left out.
    height = (old & -old).bit_length() - 1
    hashes = list(proof) if old & (old - 1) else [old_root, *proof]
    turns = _turns((old - 1) >> height, (new - 1) >> height, len(hashes) - 1)
    if turns is None or not hashes:
        return False
    was = now = hashes[0]
    for sibling, on_the_left in zip(hashes[1:], turns, strict=True):
        was = node_hash(sibling, was) if on_the_left else was
        now = node_hash(sibling, now) if on_the_left else node_hash(now, sibling)
    return was == old_root and now == new_root


def _turns(node: int, last: int, steps: int) -> list[bool] | None:
    """For each step from `node` to the root, whether the sibling is on the left; None if it is not `steps` steps.

    A node that is last in its row and has no sibling there goes up as it is.
    """
    turns: list[bool] = []
    while last and len(turns) <= steps:
        on_the_left = bool(node & 1) or node == last
        while on_the_left and node and not node & 1:
            node, last = node >> 1, last >> 1
        turns.append(on_the_left)
        node, last = node >> 1, last >> 1
    return turns if len(turns) == steps else None


def _split(size: int) -> int:
    """The largest power of two smaller than `size`: where RFC 9162 divides a tree."""
    return 1 << (size - 1).bit_length() - 1
