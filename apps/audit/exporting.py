"""Exports: events, leaves, proofs, checkpoints and the verifier in one zip that needs nothing of ours to be checked.

The zip is stored, not deflated: the same export is the same bytes with every zlib, and a changed byte stays one
changed byte, which the verifier can point at.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from apps.audit.keys import signing_key, trusted_keys
from apps.audit.models import Checkpoint, Export, LeafQuerySet
from apps.audit.notes import SigningKey, encoded
from apps.audit.proofs import as_exported, digests
from apps.audit.selectors import places, said, select
from apps.audit.tree import Memory, Tree, leaf_hash
from apps.audit.verifier import NAME as VERIFIER
from apps.audit.verifier import script
from apps.core.canonical import canonical
from apps.core.errors import RuleViolated

FORMAT = "quaestor-export/1"
MOMENT = (2000, 1, 1, 0, 0, 0)
CHECKPOINTS = 100  # of many checkpoints, that many are taken along, evenly over the ledger, the newest always
PROVED = 50_000  # the most events of a whole ledger that get proofs of their own beside all its leaves
Progress = Callable[[float, str], None]


def build_export(export: Export, user: Any, target: Path, progress: Progress | None = None) -> dict[str, Any]:
    """Write the export's zip to `target`; its counts.

    Args:
        user: whoever asked; only what they may see is told, the rest is there as leaves.

    Raises:
        RuleViolated: nothing has been sealed yet.
    """
    checkpoints = thinned(list(Checkpoint.objects.order_by("size")))
    if not checkpoints:
        raise RuleViolated("The ledger has not been sealed yet. Try again in a few seconds.")
    size = checkpoints[-1].size
    rows = select(places(user), export.selection).filter(seq__lt=size)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        return _Writer(archive, rows, checkpoints, export, progress or (lambda share, message: None)).write()


def thinned(checkpoints: list[Checkpoint]) -> list[Checkpoint]:
    step = max(1, -(-len(checkpoints) // CHECKPOINTS))
    return checkpoints[::-1][::step][::-1]


class _Writer:
    def __init__(
        self,
        archive: zipfile.ZipFile,
        rows: LeafQuerySet,
        checkpoints: list[Checkpoint],
        export: Export,
        progress: Progress,
    ) -> None:
        self.archive, self.rows, self.checkpoints, self.export = archive, rows, checkpoints, export
        self.size, self.progress, self.key = checkpoints[-1].size, progress, signing_key()
        self.files: dict[str, str] = {}
        self.seqs: list[int] = []
        self.verbs: Counter[str] = Counter()
        self.memory = Memory()

    def write(self) -> dict[str, Any]:
        self.add("leaves.txt", self.leaves())
        self.add("events.jsonl", self.events())
        complete = len(self.seqs) == self.size
        proved = not complete or self.size <= PROVED
        self.add("proofs/inclusion.jsonl", self.inclusions() if proved else [])
        self.add("proofs/consistency.jsonl", self.consistencies())
        self.add("checkpoints.txt", (f"{checkpoint.note}\n" for checkpoint in self.checkpoints))
        self.add("key.txt", (f"{key}\n" for key in trusted_keys()))
        counts = self.counts()
        self.add("counts.json", [line(counts)])
        self.add(VERIFIER, [script()])
        self.add("README.txt", [readme(self.key, self.size, counts, complete)])
        manifest = line(
            {
                "format": FORMAT,
                "ledger": self.key.name,
                "export": self.export.reference,
                "requested_by": self.export.requested_by,
                "requested_at": self.export.requested_at,
                "selection": self.export.selection,
                "tree_size": self.size,
                "complete": complete,
                "proved": proved,
                "files": self.files,
            }
        )
        self.add("manifest.json", [manifest])
        digest = hashlib.sha256(manifest.encode()).hexdigest()
        self.add("manifest.note", [self.key.sign(f"{self.key.name}/export\nsha256 {digest}\n")])
        return counts

    def add(self, name: str, parts: Iterable[str]) -> None:
        """One file of the zip, written as it comes; its digest goes into the manifest."""
        info = zipfile.ZipInfo(name, MOMENT)
        info.external_attr, info.create_system = 0o644 << 16, 3
        found = hashlib.sha256()
        with self.archive.open(info, "w", force_zip64=True) as file:
            for part in parts:
                found.update(part.encode())
                file.write(part.encode())
        self.files[name] = found.hexdigest()

    def leaves(self) -> Iterator[str]:
        batch = []
        for seq, digest in enumerate(digests(0, self.size)):
            batch.append(leaf_hash(digest))
            yield f"{seq} {digest.hex()}\n"
        self.memory.extend(batch)

    def events(self) -> Iterator[str]:
        for place in self.rows.iterator(chunk_size=2000):
            content = said(place.entry)
            self.seqs.append(place.seq)
            self.verbs.update([content["verb"]] if content else [])
            if not len(self.seqs) % 1000:
                self.progress(0.1 + 0.6 * place.seq / self.size, f"{len(self.seqs):,} events")
            yield line(as_exported(place.seq, place.entry))

    def inclusions(self) -> Iterator[str]:
        tree = Tree(self.memory)
        for number, seq in enumerate(self.seqs):
            if not number % 1000:
                self.progress(0.7 + 0.3 * number / len(self.seqs), f"{number:,} proofs")
            yield line({"seq": seq, "path": list(map(encoded, tree.inclusion(seq, self.size)))})

    def consistencies(self) -> Iterator[str]:
        tree, sizes = Tree(self.memory), [checkpoint.size for checkpoint in self.checkpoints]
        for old, new in pairwise(sizes):
            yield line({"old": old, "new": new, "path": list(map(encoded, tree.consistency(old, new)))})

    def counts(self) -> dict[str, Any]:
        readable = self.verbs.total()
        return {
            "tree_size": self.size,
            "events": len(self.seqs),
            "readable": readable,
            "erased": len(self.seqs) - readable,
            "not_exported": self.size - len(self.seqs),
            "first": self.seqs[0] if self.seqs else None,
            "last": self.seqs[-1] if self.seqs else None,
            "by_verb": dict(self.verbs),
        }


def line(value: Any) -> str:
    return canonical(value).decode() + "\n"


def make_file(run: Any) -> dict[str, Any]:
    """The job: build the export that the run names and put its file where downloads are read from."""
    from django.contrib.auth import get_user_model
    from django.core.files import File
    from django.core.files.storage import default_storage
    from django.urls import reverse
    from django.utils import timezone

    from apps.audit.sealing import seal

    export = Export.objects.get(reference=run.parameters["export"])
    user = get_user_model().objects.get(pk=run.parameters["person"])
    seal(timezone.now())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.zip"
        counts = build_export(export, user, path, run.progress)
        if default_storage.exists(export.file):  # an earlier attempt that was cut short
            default_storage.delete(export.file)
        with path.open("rb") as file:
            default_storage.save(export.file, File(file))
    return {"export": export.reference, "file": reverse("audit-export-file", args=[export.reference]), **counts}


def readme(key: SigningKey, size: int, counts: dict[str, Any], complete: bool) -> str:
    part = "all of them" if complete else f"a selection of {counts['events']} of them"
    return f"""An export of the ledger {key.name}: {size} events, {part}.

To verify it you need Python 3.10 or later, nothing else, and no connection:

    python quaestor_verify.py EXPORT.zip --key KEY --checkpoint OLDER.txt

Take the verifier from where you trust it; this one came with what it verifies. KEY is the ledger's verifier key, got
on another way than this export: in a letter, from a colleague, on your last visit. The one in key.txt is only to be
compared with it. OLDER.txt is any checkpoint that you kept from an earlier time: with it, a ledger that was rewritten
or cut off since then is found out.

events.jsonl      one event a line, in the ledger's order: its place, its salt, its body, the digest of both
leaves.txt        the digests of all events of the ledger, also of those that are not told here
checkpoints.txt   what the ledger said of itself over time, signed
proofs/           inclusion: of each event in the newest checkpoint; consistency: of each checkpoint in the next
counts.json       how many events of which kind, to be compared with the tree
manifest.json     the sha256 of every file; manifest.note is its signature
key.txt           the ledger's verifier keys, the present one first

The answers mean: 0, all that was checked is true; 1, something is wrong, and it says where; 2, it can't be read.
"""
