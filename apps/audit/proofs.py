"""Reading the ledger's tree from the tables: roots and proofs of what has been sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.audit.models import Checkpoint, Entry, Leaf, Tile
from apps.audit.notes import InclusionProof, consistency_text
from apps.audit.tree import WIDTH, FullTile, Tree, leaf_hash
from apps.core.canonical import canonical
from apps.core.errors import BadInput

HASH = 32


class NotSealed(LookupError):
    """There is no checkpoint over it yet; there will be one in a few seconds."""


class LedgerStore:
    """The tree's hashes from full tiles, and right of the last one from the leaves and the roots of tiles."""

    def __init__(self) -> None:
        self._tiles: dict[tuple[int, int], list[bytes]] = {}
        self.filled: list[FullTile] = []

    def keep(self, tile: FullTile) -> None:
        """Take a tile that is not in its table yet."""
        self.filled.append(tile)
        self._tiles[tile.level, tile.number] = pieces(tile.hashes)

    def read(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """See `apps.audit.tree.Store`."""
        number = start // WIDTH
        if (level, number) not in self._tiles:
            self._tiles[level, number] = self._load(level, number)
        found = self._tiles[level, number][start - number * WIDTH : stop - number * WIDTH]
        if len(found) != stop - start:
            raise LookupError(f"hashes {start} to {stop} of level {level}")
        return found

    def _load(self, level: int, number: int) -> list[bytes]:
        tile = Tile.objects.filter(level=level, number=number).values_list("hashes", flat=True).first()
        if tile is not None:
            return pieces(bytes(tile))
        first, last = number * WIDTH, (number + 1) * WIDTH
        if level == 0:
            return [leaf_hash(digest) for digest in digests(first, last)]
        rows = Tile.objects.filter(level=level - 1, number__gte=first, number__lt=last).order_by("number")
        roots = {n: bytes(root) for n, root in rows.values_list("number", "root")}
        roots |= {t.number: t.root for t in self.filled if t.level == level - 1 and first <= t.number < last}
        return [roots[n] for n in sorted(roots)]


def digests(start: int, stop: int) -> Iterator[bytes]:
    """The digests of events [start, stop), in the ledger's order."""
    rows = Leaf.objects.filter(seq__gte=start, seq__lt=stop).order_by("seq")
    return map(bytes, rows.values_list("entry__digest", flat=True).iterator(chunk_size=5000))


def pieces(hashes: bytes) -> list[bytes]:
    """A tile's bytes as its hashes."""
    return [hashes[i : i + HASH] for i in range(0, len(hashes), HASH)]


def newest_checkpoint() -> Checkpoint:
    """Raises NotSealed: nothing has been sealed yet."""
    newest = Checkpoint.objects.first()
    if newest is None:
        raise NotSealed("The ledger has not been sealed yet.")
    return newest


def inclusion_proof(leaf: Leaf) -> InclusionProof:
    """A tlog-proof of the event against the newest checkpoint; its extra data is the event itself.

    Raises:
        NotSealed: the event is younger than the newest checkpoint.
    """
    newest = newest_checkpoint()
    if leaf.seq >= newest.size:
        raise NotSealed("This event will be sealed in a few seconds.")
    path = Tree(LedgerStore()).inclusion(leaf.seq, newest.size)
    return InclusionProof(leaf.seq, tuple(path), newest.note, canonical(as_exported(leaf.seq, leaf.entry)))


def consistency_proof(old: int, new: int | None = None) -> str:
    """That the ledger of `old` events is the beginning of the one sealed with `new` (the newest, unless told).

    Raises:
        BadInput: no checkpoint has `new` events, or `old` is not between 0 and `new`.
        NotSealed: nothing has been sealed yet.
    """
    newest = newest_checkpoint()
    checkpoint = newest if new is None else Checkpoint.objects.filter(size=new).first()
    if checkpoint is None:
        raise BadInput("", errors={"to": [f"No checkpoint has {new} events. The newest has {newest.size}."]})
    if not 0 <= old <= checkpoint.size:
        raise BadInput("", errors={"from": [f"Give a number from 0 to {checkpoint.size}."]})
    note: str = checkpoint.note
    return consistency_text(old, Tree(LedgerStore()).consistency(old, checkpoint.size), note)


def as_exported(seq: int, entry: Entry) -> dict[str, object]:
    """One event as exports and proofs carry it: enough to compute its digest again, or word of its erasure."""
    shown: dict[str, object] = {"seq": seq, "digest": bytes(entry.digest).hex()}
    if hasattr(entry, "payload"):
        return {**shown, "salt": bytes(entry.payload.salt).hex(), "body": entry.payload.body}
    if hasattr(entry, "erasure"):
        return {**shown, "erased": {"at": entry.erasure.erased_at, "reason": entry.erasure.reason}}
    return shown
