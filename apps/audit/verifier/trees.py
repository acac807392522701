"""The ledger's tree and chain (RFC 9162, 2.1), rebuilt and followed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from apps.audit.verifier.signatures import Checkpoint, Wrong


def leaf_hash(digest: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + digest).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def heads(digests: Iterable[bytes], sizes: set[int]) -> dict[int, tuple[bytes, bytes]]:
    """Root and chain after each of `sizes` leaves."""
    stack: list[bytes] = []
    chain, found = bytes(32), {0: (hashlib.sha256(b"").digest(), bytes(32))}
    for seq, digest in enumerate(digests):
        leaf, size = leaf_hash(digest), seq
        chain = hashlib.sha256(chain + leaf).digest()
        while size & 1:
            leaf, size = node(stack.pop(), leaf), size >> 1
        stack.append(leaf)
        if seq + 1 in sizes:
            root = stack[-1]
            for left in reversed(stack[:-1]):
                root = node(left, root)
            found[seq + 1] = root, chain
    return found


def turns(at: int, last: int, steps: int) -> list[bool]:
    """For each step up from `at`, whether the sibling is on the left."""
    found: list[bool] = []
    while last and len(found) <= steps:
        left = bool(at & 1) or at == last
        while left and at and not at & 1:
            at, last = at >> 1, last >> 1
        found.append(left)
        at, last = at >> 1, last >> 1
    if len(found) != steps:
        raise Wrong("the proof has not as many steps as the tree")
    return found


def included(digest: bytes, seq: int, size: int, path: list[bytes]) -> bytes:
    """The root that `path` leads to."""
    if not 0 <= seq < size:
        raise Wrong(f"it is for event {seq}, but the ledger has {size:,} events, numbered from 0")
    found = leaf_hash(digest)
    for sibling, left in zip(path, turns(seq, size - 1, len(path)), strict=False):
        found = node(sibling, found) if left else node(found, sibling)
    return found


def consistent(old: Checkpoint, new: Checkpoint, proof: list[bytes]) -> bool:
    """Whether `proof` shows the old tree to be the beginning of the new one."""
    if old.size in (0, new.size):
        return not proof and (old.size == 0 or old.root == new.root)
    hashes = [old.root, *proof] if old.size & (old.size - 1) == 0 else proof
    height = (old.size & -old.size).bit_length() - 1
    if not hashes or old.size > new.size:
        return False
    was = now = hashes[0]
    steps = turns((old.size - 1) >> height, (new.size - 1) >> height, len(hashes) - 1)
    for sibling, left in zip(hashes[1:], steps, strict=False):
        was, now = (node(sibling, was), node(sibling, now)) if left else (was, node(now, sibling))
    return (was, now) == (old.root, new.root)
