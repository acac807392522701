"""The command, and what it makes of a single proof."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path

from apps.audit.verifier.events import Events
from apps.audit.verifier.ledger import Ledger
from apps.audit.verifier.reading import Export, Report
from apps.audit.verifier.signatures import (
    Checkpoint,
    Keys,
    Unreadable,
    Wrong,
    open_note,
    read_keys,
    split_notes,
    unbase64,
)
from apps.audit.verifier.trees import consistent, included

PROOF = b"c2sp.org/tlog-proof@v1\n"
CONSISTENCY = b"old "
UNPINNED = (
    "NO KEY WAS PINNED. The export was checked against the key that it brought itself, so all this shows is that it "
    "agrees with itself. Get the ledger's key on another way and give it by --key."
)
Texts = list[tuple[str, str]]


def verify(path: Path, pinned: list[str], kept: list[Path]) -> Report:
    """Look at everything.

    Args:
        path: an export, packed or unpacked, or one proof.
        pinned: verifier keys, or files of them.
        kept: files with checkpoints that the auditor kept.

    Raises:
        Unreadable: a file can't be read, or a pinned key is none.
    """
    report = Report()
    try:
        keys = read_keys("\n".join(Path(key).read_text() if Path(key).is_file() else key for key in pinned))
        checkpoints = [(str(file), file.read_text()) for file in kept]
        single = path.read_bytes() if path.is_file() and path.suffix != ".zip" else b""
    except (OSError, UnicodeDecodeError, Wrong) as error:
        raise Unreadable(f"{error}.") from None
    if single.startswith((PROOF, CONSISTENCY)):
        verify_single(single.decode("utf-8", "replace"), keys, checkpoints, report)
    else:
        verify_export(Export(path), keys, checkpoints, report)
    return report


def verify_export(export: Export, keys: Keys, kept: Texts, report: Report) -> None:
    brought: Keys = {}
    try:
        brought = read_keys(export.text("key.txt"))
    except Wrong as error:
        report.found("key", f"{error}", file="key.txt")
    if not keys:
        report.notes.append(UNPINNED)
    elif not set(brought) & set(keys):
        report.found("other_key", "the export brings another key than the one you pinned", file="key.txt")
    try:
        ledger = Ledger(export, keys or brought, report)
        ledger.check(kept)
        Events(ledger).check()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        report.found("unreadable", f"the export can't be read further: {error}")


def verify_single(text: str, keys: Keys, kept: Texts, report: Report) -> None:
    if not keys:
        raise Unreadable("A single proof can only be checked against a key that you pin: give --key.")
    head, _, note = text.partition("\n\n")
    try:
        newest = Checkpoint.parse(open_note(note, keys))
        if text.startswith("old "):
            report.facts.append(consistency(head.split("\n"), newest, keys, kept))
        else:
            report.facts.append(inclusion(head.split("\n"), newest))
    except (Wrong, ValueError, LookupError, TypeError, AttributeError) as error:
        report.found("proof", f"the proof does not hold: {error}")


def inclusion(lines: list[str], checkpoint: Checkpoint) -> str:
    """A tlog-proof, whose extra line carries the event (or its digest, if it was erased)."""
    extra, index, *path = lines[1:]
    event, seq = json.loads(unbase64(extra.removeprefix("extra "))), int(index.removeprefix("index "))
    told = "an event whose readable part was erased"
    digest = bytes.fromhex(event["digest"])
    if "body" in event:
        body = event["body"].encode()
        digest, content = hashlib.sha256(bytes.fromhex(event["salt"]) + body).digest(), json.loads(body)
        told = f"{content['verb']} on {content['subject']['reference']} by {content['actor']} at"
        told += f" {content['occurred_at']}"
    if included(digest, seq, checkpoint.size, [unbase64(step) for step in path]) != checkpoint.root:
        raise Wrong(f"event {seq} of the ledger is another than this one")
    return f"Event {seq} is in the ledger {checkpoint.origin} ({checkpoint}): {told}."


def consistency(lines: list[str], newest: Checkpoint, keys: Keys, kept: Texts) -> str:
    """A consistency proof (`old N` and hashes), beside the auditor's checkpoint of N events."""
    olds = [Checkpoint.parse(open_note(note, keys)) for _, text in kept for note in split_notes(text)]
    old = next((one for one in olds if lines[0] == f"old {one.size}"), None)
    if old is None:
        raise Wrong(f"it starts from '{lines[0]}'; give that checkpoint by --checkpoint")
    if not consistent(old, newest, [unbase64(step) for step in lines[1:]]):
        raise Wrong("the older ledger is not the beginning of the newer one")
    return f"The ledger of {old} is the beginning of that of {newest}: nothing in it was changed."


def summary(report: Report) -> str:
    lines = [f"ok     {fact}" for fact in report.facts]
    lines += [f"note   {note}" for note in report.notes]
    lines += [f"WRONG  {finding}" for finding in report.wrong]
    count = len(report.wrong)
    result = (
        f"{count} {'thing is' if count == 1 else 'things are'} wrong." if count else "all that was checked is true."
    )
    return "\n".join([*lines, "", f"RESULT: {result}", ""])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an export of a Quaestor ledger, or one proof from it.")
    parser.add_argument("export", type=Path, help="an export's zip or folder, a tlog-proof, or a consistency proof")
    parser.add_argument("--key", action="append", default=[], help="verifier key, or a file of them; may be repeated")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, help="checkpoints that you kept")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    options = parser.parse_args(arguments)
    try:
        report = verify(options.export, options.key, options.checkpoint)
    except Unreadable as error:
        sys.stderr.write(f"CAN'T READ  {error}\n")
        if options.json:
            sys.stdout.write(json.dumps({"result": "unreadable", "sentence": str(error)}) + "\n")
        return 2
    answer = {"result": "wrong" if report.wrong else "true", **asdict(report)}
    sys.stdout.write(json.dumps(answer, indent=1) + "\n" if options.json else summary(report))
    return 1 if report.wrong else 0
