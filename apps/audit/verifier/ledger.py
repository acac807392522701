"""The files of an export, its checkpoints, and the tree that its leaves give."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from apps.audit.verifier.reading import Export, Report
from apps.audit.verifier.signatures import Checkpoint, Keys, Wrong, open_note, split_notes
from apps.audit.verifier.trees import heads

FILES = (
    "README.txt",
    "checkpoints.txt",
    "counts.json",
    "events.jsonl",
    "key.txt",
    "leaves.txt",
    "manifest.json",
    "manifest.note",
    "proofs/consistency.jsonl",
    "proofs/inclusion.jsonl",
    "quaestor_verify.py",
)
LEAVES = "leaves.txt"
PADDED = 100_000
Named = list[tuple[str, Checkpoint]]


class Ledger:
    """What an export says the ledger was: checked from the signatures down to every leaf."""

    def __init__(self, export: Export, keys: Keys, report: Report) -> None:
        self.export, self.keys, self.report = export, keys, report
        self.checkpoints: list[Checkpoint] = []
        self.digests: list[bytes] = []
        self.manifest: dict[str, Any] = {}

    def check(self, kept: list[tuple[str, str]]) -> None:
        """Args: kept: name and text of files with the auditor's own checkpoints."""
        self.check_files()
        self.check_checkpoints()
        self.check_leaves()
        self.check_tree([*self._opened_all(kept)])

    @property
    def complete(self) -> bool:
        return bool(self.manifest.get("complete", True))

    def check_files(self) -> None:
        before, export = len(self.report.wrong), self.export
        for name in sorted(set(FILES) - set(export.names)):
            self.report.found("missing_file", "the export has no such file", file=name)
        manifest = export.bytes("manifest.json")
        try:
            self.manifest = dict(json.loads(manifest))
            note = open_note(export.text("manifest.note"), self.keys).split("\n")
            if note[1:] != [f"sha256 {hashlib.sha256(manifest).hexdigest()}", ""]:
                raise Wrong("the signature is of another manifest: manifest.json was changed")
        except (ValueError, TypeError, Wrong) as error:
            self.report.found("manifest", f"the manifest is not as it was signed: {error}", file="manifest.json")
        for name in sorted(set(export.names) - {"manifest.json", "manifest.note"}):
            if export.sha256(name) != self.manifest.get("files", {}).get(name):
                self.report.found("changed_file", "the file is not as it was exported (sha256)", file=name)
        self.report.holds(f"All {len(FILES)} files are as they were exported, by the signed manifest.", before)

    def check_checkpoints(self) -> None:
        before = len(self.report.wrong)
        for number, note in enumerate(split_notes(self.export.text("checkpoints.txt")), 1):
            if checkpoint := self._opened(note, f"checkpoints.txt, checkpoint {number}"):
                self.checkpoints.append(checkpoint)
        self.checkpoints.sort(key=lambda checkpoint: checkpoint.size)
        if not self.checkpoints:
            self.report.found("no_checkpoint", "no checkpoint that can be trusted", file="checkpoints.txt")
        self.report.holds(f"{len(self.checkpoints):,} checkpoints are signed with the key.", before)

    def check_leaves(self) -> None:
        before = len(self.report.wrong)
        for line, raw in enumerate(self.export.lines(LEAVES), 1):
            seq, _, digest = raw.decode("ascii", "replace").rstrip("\n").partition(" ")
            if not seq.isdigit() or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
                told, at = "the line can't be read as a number and a sha256", len(self.digests)
                self.report.found("leaf", told, file=LEAVES, line=line, seq=at)
                seq, digest = str(at), "00" * 32
            self.gap(LEAVES, line, len(self.digests), int(seq))
            missing = min(max(0, int(seq) - len(self.digests)), PADDED)
            self.digests += [bytes(32)] * missing  # so that what follows a gap is compared in its own place
            self.digests.append(bytes.fromhex(digest))
        here, signed = len(self.digests), self.checkpoints[-1].size if self.checkpoints else len(self.digests)
        if here != signed:
            told = f"{here:,} events are here, the newest checkpoint has {signed:,}"
            told += f": the last {signed - here:,} were cut off" if here < signed else ""
            self.report.found("cut_tail", told, file=LEAVES)
        self.report.holds(f"{here:,} events follow one another without a gap.", before)

    def gap(self, file: str, line: int, expected: int, seq: int) -> None:
        """Report where numbers do not follow one another."""
        if seq == expected:
            return
        missing = f"event {expected} is" if seq == expected + 1 else f"events {expected} to {seq - 1} are"
        told = f"{missing} missing: a gap" if seq > expected else f"event {seq} where {expected} should be"
        self.report.found("gap", told, file=file, line=line, seq=seq)

    def check_tree(self, kept: Named) -> None:
        """Every checkpoint, the export's and the auditor's own, must be what these leaves give."""
        before = len(self.report.wrong)
        named = sorted(
            [*(("checkpoints.txt", one) for one in self.checkpoints), *kept], key=lambda pair: pair[1].size
        )
        found = heads(self.digests, {checkpoint.size for _, checkpoint in named})
        good = 0
        bad: Named = []
        for name, checkpoint in named:
            if problem := self._differs(checkpoint, found.get(checkpoint.size)):
                self.report.found(*problem, file=name)
            elif found[checkpoint.size][0] != checkpoint.root:
                bad.append((name, checkpoint))
            elif not bad:
                good = checkpoint.size
        if bad:
            name, first = bad[0]
            told = f"the events do not give the tree of the checkpoint with {first}: something among events {good} to"
            told += f" {first.size - 1} differs" + (f" (nor of {len(bad) - 1} later ones)" if bad[1:] else "")
            self.report.found("tree", told, file=name)
        self.report.holds(f"Tree and chain over {len(self.digests):,} events give every signed checkpoint.", before)
        if kept:
            newest = max((checkpoint for _, checkpoint in kept), key=lambda checkpoint: checkpoint.size)
            self.report.holds(f"All that your own checkpoint saw ({newest}) is here, unchanged.", before)

    def _differs(self, checkpoint: Checkpoint, found: tuple[bytes, bytes] | None) -> tuple[str, str] | None:
        if checkpoint.origin != self.manifest.get("ledger", checkpoint.origin):
            return "other_ledger", f"a checkpoint of another ledger, {checkpoint.origin}"
        if found is None:
            lost, here = checkpoint.size - len(self.digests), len(self.digests)
            told = f"this checkpoint saw {checkpoint}; the export ends after {here:,}"
            return "cut_tail", f"{told}: the last {lost:,} were cut off, or more"
        if checkpoint.chain and found[0] == checkpoint.root and found[1] != checkpoint.chain:
            return "chain", f"the chain at {checkpoint} is another"
        return None

    def _opened_all(self, kept: list[tuple[str, str]]) -> Iterator[tuple[str, Checkpoint]]:
        for name, text in kept:
            for note in split_notes(text) or [text]:
                if checkpoint := self._opened(note, name):
                    yield name, checkpoint

    def _opened(self, note: str, file: str) -> Checkpoint | None:
        try:
            return Checkpoint.parse(open_note(note, self.keys))
        except Wrong as error:
            self.report.found("checkpoint", f"{error}", file=file)
            return None
