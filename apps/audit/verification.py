"""Verifying the whole ledger from its tables: every commitment, place, tile and checkpoint, in one stream."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from apps.audit import notes
from apps.audit.events import PAYLOAD_ERASED
from apps.audit.keys import trusted_keys
from apps.audit.models import Checkpoint, Entry, Tile, Verification
from apps.audit.notes import BadNote, open_note
from apps.audit.sealing import kept_outside
from apps.audit.tree import CHAIN_START, HEIGHT, WIDTH, Frontier, chained, leaf_hash, root_of

AT_MOST = 100  # findings written out; the rest is counted
CHUNK = 5000
Progress = Callable[[float, str], None]
POSTGRES_MOMENT = """to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
SQLITE_MOMENT = "replace(substr(e.occurred_at || '.000000', 1, 26), ' ', 'T') || 'Z'"
# Beside each event stands how its canonical body must begin and end, if the columns that lists show say the same as
# the body. Names in them need no escapes in JSON; a moment and a reference never do.
EVENTS = """
SELECT l.seq, e.digest, p.salt, p.body, x.entry_id,
  '{"actor":"' || e.actor || '","cause":"' || e.cause || '","changes":[',
  ',"occurred_at":"' || %s || '","root":"' || e.root_reference || '","subject":{"kind":"' || e.subject_kind
    || '","reference":"' || e.subject_reference || '"},"v":1,"verb":"' || e.verb || '"}'
FROM audit_leaf l
LEFT JOIN audit_entry e ON e.id = l.entry_id
LEFT JOIN audit_payload p ON p.entry_id = l.entry_id
LEFT JOIN audit_erasure x ON x.entry_id = l.entry_id
ORDER BY l.seq
"""
STRAYS = "SELECT count(*) FROM audit_entry e LEFT JOIN audit_leaf l ON l.entry_id = e.id WHERE l.seq IS NULL"


@dataclass
class Result:
    """What a verification found."""

    size: int = 0
    erased: int = 0
    sealed: int = 0
    seconds: float = 0.0
    findings: list[dict[str, Any]] = field(default_factory=list)
    more: int = 0

    @property
    def held(self) -> bool:
        return not self.findings

    def found(self, code: str, sentence: str, seq: int | None = None) -> None:
        if len(self.findings) >= AT_MOST:
            self.more += 1
        else:
            self.findings.append({"code": code, "seq": seq, "sentence": sentence})


def verify(progress: Progress | None = None) -> Result:
    """Look at everything in the ledger's tables; changes nothing."""
    result, started = Result(), time.perf_counter()
    with _one_view() as outside:
        _Pass(result, progress and outside(progress)).run()
    result.seconds = time.perf_counter() - started
    return result


def verify_and_record(*, by: str, now: datetime, progress: Progress | None = None) -> Verification:
    """Verify, and keep the outcome for the page's banner and for whoever asks when that was last done."""
    result = verify(progress)
    kept = asdict(result)
    if result.more:
        kept["findings"].append({"code": "more", "seq": None, "sentence": f"And {result.more:,} more."})
    wanted = ("size", "erased", "seconds", "findings")
    return Verification.objects.create(verified_at=now, by=by, **{name: kept[name] for name in wanted})


class _Pass:
    """One run over the leaves, with everything that is compared on the way."""

    def __init__(self, result: Result, progress: Progress | None) -> None:
        self.result, self.progress = result, progress
        self.frontier, self.chain = Frontier(), CHAIN_START
        self.heads: dict[int, tuple[bytes, bytes]] = {}
        self.hashes: list[bytes] = []
        self.roots: list[bytes] = []
        self.erased: list[int] = []
        self.keys = trusted_keys()

    def run(self) -> None:
        # Checkpoints are read before the leaves, so that whatever they cover is there to be read.
        checkpoints = list(Checkpoint.objects.order_by("size").values_list("size", "root", "chain", "note"))
        outer = self._outer()
        self.result.sealed = checkpoints[-1][0] if checkpoints else 0
        self._leaves({size for size, *_ in checkpoints} | {size for size, *_ in outer})
        self._tiles()
        for size, root, chain, note in checkpoints:
            self._checkpoint(size, note, "The checkpoint", (bytes(root), bytes(chain)))
        for size, note in outer:
            self._checkpoint(size, note, "The checkpoint kept outside the database")
        self._erasures()
        self._strays()

    def _leaves(self, sizes: set[int]) -> None:
        result, expected = self.result, 0
        append, hashes = self.frontier.append, self.hashes
        for seq, digest, salt, body, erased, head, tail in _rows():
            if seq != expected:
                result.found("gap", f"Events {expected} to {seq - 1} are missing.", expected)
                expected = seq
            expected += 1
            if digest is None:
                result.found("no_entry", "A place without an event.", seq)
                digest = b""
            elif body is None or not (body.startswith(head) and body.endswith(tail)) or erased is not None:
                self._odd(seq, body, erased)
            if body is not None and hashlib.sha256(salt + body.encode()).digest() != digest:
                result.found("changed", "The event is not the one that was committed to.", seq)
            leaf = leaf_hash(digest)
            self.chain = chained(self.chain, leaf)
            append(leaf)
            hashes.append(leaf)
            if expected in sizes:
                self.heads[expected] = self.frontier.root(), self.chain
            if not expected % WIDTH:
                self._tile(expected)
        result.size = expected

    def _odd(self, seq: int, body: str | None, erased: int | None) -> None:
        if body is None and erased is not None:
            self.erased.append(seq)
        elif body is None:
            self.result.found("no_body", "What the event said is gone, and no erasure tells why.", seq)
        elif erased is not None:
            self.result.found("not_erased", "An erasure is recorded, but what the event said is still there.", seq)
        else:
            self.result.found("columns", "The entry's columns say something else than the event.", seq)

    def _tile(self, expected: int) -> None:
        self.roots.append(root_of(self.hashes))
        number = expected // WIDTH - 1
        if expected <= self.result.sealed:
            self._compare(0, number, b"".join(self.hashes), self.roots[-1])
        self.hashes.clear()
        if self.progress and number % 40 == 0:
            self.progress(expected / max(self.result.sealed, expected + 1), f"{expected:,} events")

    def _compare(self, level: int, number: int, hashes: bytes, root: bytes) -> None:
        kept = Tile.objects.filter(level=level, number=number).values_list("hashes", "root").first()
        if kept is None:
            self.result.found("tile", f"Tile {number} of level {level} is missing.", number * WIDTH ** (level + 1))
        elif (bytes(kept[0]), bytes(kept[1])) != (hashes, root):
            told = f"Tile {number} of level {level} is not the one that the events give."
            self.result.found("tile", told, number * WIDTH ** (level + 1))

    def _tiles(self) -> None:
        """The levels above: each tile holds the roots of 256 below."""
        level, roots = 1, self.roots
        while full := self.result.sealed >> HEIGHT * (level + 1):
            rows = [roots[n * WIDTH : (n + 1) * WIDTH] for n in range(full)]
            roots = [root_of(row) for row in rows]
            for number, row in enumerate(rows):
                self._compare(level, number, b"".join(row), roots[number])
            level += 1

    def _checkpoint(self, size: int, note: str, name: str, kept: tuple[bytes, bytes] | None = None) -> None:
        name = f"{name} over {size:,} events"
        try:
            said = notes.Checkpoint.parse(open_note(note, self.keys))
        except BadNote as error:
            self.result.found("checkpoint", f"{name}: {error}")
            return
        found = self.heads.get(size)
        if found is None:
            lost = size - self.result.size
            told = f"{self.result.size:,} events are left: the last {lost:,} were cut off"
            self.result.found("cut_tail", f"{name}: {told}.", self.result.size)
        elif (said.size, said.root) != (size, found[0]) or said.extension("chain") != notes.encoded(found[1]):
            self.result.found("tree", f"{name} is not what the events give.")
        elif kept not in (None, found):
            self.result.found("checkpoint", f"{name} differs from its signed note.")

    def _outer(self) -> list[tuple[int, str]]:
        outer = []
        for note in kept_outside():
            try:
                outer.append((notes.Checkpoint.parse(note.partition("\n\n")[0] + "\n").size, note))
            except BadNote as error:
                self.result.found("checkpoint", f"The file outside the database holds something else: {error}")
        return outer

    def _erasures(self) -> None:
        """Each is an event too: who deletes a payload past the triggers can write the row, and not the event."""
        told = Entry.objects.filter(verb=PAYLOAD_ERASED.verb).values_list("subject_reference", flat=True)
        known = set(told) if self.erased else set()
        for seq in self.erased:
            if f"EVT-{seq}" in known:
                self.result.erased += 1
            else:
                self.result.found("untold_erasure", "What the event said was erased, and no event tells of it.", seq)

    def _strays(self) -> None:
        """Entries without a place: someone wrote them past the ledger's triggers."""
        with connection.cursor() as cursor:
            cursor.execute(STRAYS)
            strays = cursor.fetchone()[0]
        if strays:
            self.result.found("stray", f"{strays:,} events have no place in the ledger.")


@contextmanager
def _one_view() -> Iterator[Callable[[Progress], Progress]]:
    """All reads see one moment. SQLite's SELECT over the leaves does by itself; a transaction would stop writers.

    Yields:
        What takes a function out of the view: called in it, a job's progress would stay unsaid, and its row locked,
        until the end.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield lambda progress: progress
        return
    with transaction.atomic(), ThreadPoolExecutor(1) as beside:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield lambda progress: lambda share, told: beside.submit(_alone, progress, share, told).result()


def _alone(progress: Progress, share: float, told: str) -> None:
    """Say it over the connection of a thread of its own."""
    try:
        progress(share, told)
    finally:
        connection.close()


def _rows() -> Iterator[tuple[Any, ...]]:
    if connection.vendor == "postgresql":
        with connection.connection.cursor(name="audit_verify", binary=True) as cursor:
            cursor.itersize = CHUNK
            cursor.execute(EVENTS % POSTGRES_MOMENT)
            yield from cursor
    else:
        with connection.cursor() as cursor:
            cursor.execute(EVENTS % SQLITE_MOMENT)
            while rows := cursor.fetchmany(CHUNK):
                yield from rows
