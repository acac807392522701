"""Sealing: new leaves go into the tree, and a signed checkpoint says what the ledger is now."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction

from apps.audit import notes
from apps.audit.keys import signing_key
from apps.audit.models import Checkpoint, Leaf, Tile
from apps.audit.notes import encoded
from apps.audit.proofs import LedgerStore, digests
from apps.audit.tree import CHAIN_START, Tree, chained, filled, leaf_hash

SEALER = 7002  # the advisory lock that one sealer holds; 7001 is the ledger's places
BATCH = 20_000
log = structlog.get_logger()


def seal(now: datetime) -> Checkpoint | None:
    """Seal what has been committed since the last checkpoint, in batches; the last one made, or None.

    May be called at any time by any number of processes: one seals, the others leave it to that one.
    """
    made = None
    while _unsealed():
        checkpoint = _seal_batch(now)
        if checkpoint is None:
            break
        made = checkpoint
    if made is not None:
        keep_outside()
    return made


def seal_at_once(now: datetime) -> None:
    """Seal as soon as the open transaction has committed: for what must not wait for the beat, as a signature."""
    transaction.on_commit(partial(seal, now), robust=True)


def _unsealed() -> bool:
    newest = Checkpoint.objects.values_list("size", flat=True).first() or 0
    return Leaf.objects.filter(seq__gte=newest).exists()


@transaction.atomic
def _seal_batch(now: datetime) -> Checkpoint | None:
    if not _alone():
        return None
    newest = Checkpoint.objects.first()
    old = newest.size if newest else 0
    chain, size = bytes(newest.chain) if newest else CHAIN_START, old
    for digest in digests(old, old + BATCH):
        chain = chained(chain, leaf_hash(digest))
        size += 1
    if size == old:
        return None
    store = LedgerStore()
    for tile in filled(store, old, size):
        store.keep(tile)
    Tile.objects.bulk_create(
        [Tile(level=tile.level, number=tile.number, hashes=tile.hashes, root=tile.root) for tile in store.filled],
        batch_size=200,
    )
    root, key = Tree(store).root(size), signing_key()
    moment = now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    said = notes.Checkpoint(key.name, size, root, (f"chain {encoded(chain)}", f"time {moment}"))
    return Checkpoint.objects.create(size=size, root=root, chain=chain, note=key.sign(said.text), sealed_at=now)


def _alone() -> bool:
    """Whether this transaction is the sealer; SQLite's one writer is by itself."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEALER])
        return bool(cursor.fetchone()[0])


def outside() -> Path:
    """The file beside the database that every checkpoint is appended to."""
    return Path(settings.HOME) / "checkpoints" / "checkpoints.txt"


def kept_outside() -> list[str]:
    """The checkpoints in the file outside the database, oldest first."""
    return list(notes.split_notes(outside().read_text())) if outside().exists() else []


def keep_outside() -> None:
    """Append the checkpoints that the file does not have yet. A file that can't be written stops nothing."""
    try:
        last = _last_kept()
        newer = Checkpoint.objects.filter(size__gt=last).order_by("size").values_list("note", flat=True)
        outside().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(outside(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a") as file:
            file.writelines(f"{note}\n" for note in newer)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        log.error("checkpoints.not_kept_outside", path=str(outside()), error=str(error))


def _last_kept() -> int:
    """The size of the last checkpoint in the file, read from its end."""
    if not outside().exists():
        return 0
    with outside().open("rb") as file:
        file.seek(max(0, outside().stat().st_size - 4096))
        tail = file.read().decode(errors="replace")
    sizes = [int(line) for line in tail.split("\n") if notes.whole_number(line)]
    return max(sizes, default=0)


def mail_checkpoint(now: datetime) -> None:
    """Send the newest checkpoint to the witness outside, if the installation names one."""
    newest = Checkpoint.objects.first()
    if settings.CHECKPOINT_MAIL and newest is not None:
        subject = f"Checkpoint of {settings.LEDGER_NAME}: {newest.size} events"
        told = f"Keep this. It shows later whether the ledger was rewritten (docs/verify.md).\n\n{newest.note}"
        send_mail(subject, told, None, [settings.CHECKPOINT_MAIL])
