"""The events of an export, one by one, with their counts and proofs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from apps.audit.verifier.ledger import Ledger
from apps.audit.verifier.signatures import Checkpoint, Wrong, unbase64
from apps.audit.verifier.trees import consistent, included

EVENTS = "events.jsonl"
ERASED = "audit.payload_erased"
SEARCHED_BYTES = 6000  # in a longer event its one changed byte isn't looked for: it would take minutes


class Events:
    """Each event beside the digest that the ledger's tree holds for it."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.export, self.report = ledger, ledger.export, ledger.report
        self.digests, self.complete = ledger.digests, ledger.complete
        self.places = {digest: seq for seq, digest in enumerate(ledger.digests)}
        self.seqs: list[int] = []
        self.verbs: Counter[str] = Counter()
        self.erased: list[int] = []
        self.told_erasures: set[str] = set()
        self.readable = self.next = 0
        self.searches = 2

    def check(self) -> None:
        self.check_lines()
        self.check_erasures()
        self.check_counts()
        self.check_proofs()

    def check_lines(self) -> None:
        before = len(self.report.wrong)
        for line, raw in enumerate(self.export.lines(EVENTS), 1):
            self.check_line(line, raw)
        if self.complete and self.next < len(self.digests):
            told = f"events {self.next} to {len(self.digests) - 1} are missing at the end: a gap"
            self.report.found("gap", told, file=EVENTS)
        self.report.holds(f"{self.readable:,} events are, to the last byte, what the ledger committed to.", before)
        if not self.complete:
            told = (
                f"A selection: {len(self.seqs):,} of {len(self.digests):,} events. Each is shown to be in the ledger;"
            )
            self.report.notes.append(f"{told} that no other event fits the selection is the exporter's word.")

    def check_line(self, line: int, raw: bytes) -> None:
        place: dict[str, Any] = {"file": EVENTS, "line": line, "seq": self.next}
        try:
            event = json.loads(raw)
            seq, digest = int(event["seq"]), bytes.fromhex(event["digest"])
            if json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" != raw.decode():
                raise ValueError("it is not written in its one form")
        except (ValueError, KeyError, TypeError) as error:
            self.report.found("unreadable_event", f"the line can't be read as an event: {error}", **place)
            self.next += 1
            return
        if self.complete or seq < self.next:
            self.ledger.gap(EVENTS, line, self.next, seq)
        self.seqs.append(seq)
        self.next = seq + 1
        committed = self.digests[seq] if 0 <= seq < len(self.digests) else b""
        self.check_event(event, digest, committed, {**place, "seq": seq})

    def check_event(self, event: dict[str, Any], digest: bytes, committed: bytes, place: dict[str, Any]) -> None:
        if "body" in event and "salt" in event:
            self.readable += 1
            salt, body = unhex(event["salt"]), str(event["body"]).encode("utf-8", "replace")
            place["entry"] = self.named(body)
            self.compare(salt, body, digest, committed, place)
        elif not event.get("erased"):
            self.report.found("no_body", "neither a body nor an erasure", **place)
        else:
            self.erased.append(place["seq"])
            if digest != committed:
                self.report.found("digest", "another digest than leaves.txt has", **place, field="digest")

    def named(self, body: bytes) -> str:
        """What the event is called, after taking note of its verb."""
        try:
            content = json.loads(body)
            verb, reference = str(content["verb"]), str(content["subject"]["reference"])
        except (ValueError, KeyError, TypeError):
            return "its body can't be read as JSON"
        self.verbs[verb] += 1
        if verb == ERASED:
            self.told_erasures.add(reference)
        return f"{verb} on {reference}"

    def compare(self, salt: bytes, body: bytes, digest: bytes, committed: bytes, place: dict[str, Any]) -> None:
        real = hashlib.sha256(salt + body).digest()
        if real == digest == committed:
            return
        if real == committed:
            self.report.found("digest", "the digest was changed, the event was not", **place, field="digest")
        elif real in self.places:
            self.report.found("place", f"this is event {self.places[real]} of the ledger", **place, field="seq")
        elif real != digest:
            self.locate(salt, body, committed if digest != committed and committed else digest, place)
        elif not committed:
            self.report.found("place", "the ledger has no such place", **place, field="seq")
        else:
            told = "the leaf is not this event's digest: either it was changed, or the event together with its digest"
            self.report.found("leaf", told, file="leaves.txt", line=place["seq"] + 1, seq=place["seq"])

    def locate(self, salt: bytes, body: bytes, committed: bytes, place: dict[str, Any]) -> None:
        """Say where one byte was changed: some other byte in some place gives the committed digest again."""
        told, whole = "the event is not the one that the ledger committed to", salt + body
        original = None
        if self.searches and len(whole) <= SEARCHED_BYTES:
            self.searches -= 1
            original = one_byte_away(whole, committed)
        if original is not None:
            at = next(i for i, (was, now) in enumerate(zip(original, whole, strict=True)) if was != now)
            part, at = ("salt", at) if at < len(salt) else ("body", at - len(salt))
            name, was, now = changed_field(original[len(salt) :], body) if part == "body" else ("", "", "")
            told += f"; one byte was changed, byte {at} of its {part}"
            told += f": it said {was}, now it says {now}" if name else ""
            place["field"] = name or part
        self.report.found("changed_event", told, **place)

    def check_erasures(self) -> None:
        before = len(self.report.wrong)
        for seq in self.erased if self.complete else ():
            if f"EVT-{seq}" not in self.told_erasures:
                self.report.found("untold_erasure", "erased, and no event tells of it", file=EVENTS, seq=seq)
        if self.erased and len(self.report.wrong) == before:
            listed = ", ".join(map(str, self.erased[:20])) + (" …" if self.erased[20:] else "")
            told = f"The readable part of {len(self.erased):,} events was erased; their places are still proved"
            self.report.notes.append(f"{told}: {listed}.")

    def check_counts(self) -> None:
        before, seqs = len(self.report.wrong), self.seqs
        try:
            stated = dict(json.loads(self.export.bytes("counts.json")))
        except (ValueError, TypeError) as error:
            stated = {}
            self.report.found("count", f"it can't be read: {error}", file="counts.json")
        counted = {
            "tree_size": self.ledger.checkpoints[-1].size if self.ledger.checkpoints else 0,
            "events": len(seqs),
            "readable": self.readable,
            "erased": len(self.erased),
            "not_exported": len(self.digests) - len(seqs),
            "first": seqs[0] if seqs else None,
            "last": seqs[-1] if seqs else None,
            "by_verb": dict(self.verbs),
        }
        for name in sorted({*stated, *counted}):
            if stated.get(name) != counted.get(name):
                told = f"it says {stated.get(name)}, but {counted.get(name)} is what is here"
                self.report.found("count", told, file="counts.json", field=name)
        self.report.holds("The counts agree with the events and with the tree.", before)

    def check_proofs(self) -> None:
        before = len(self.report.wrong)
        proved: set[int] = set()
        for name, line, proof in [*self._proofs("inclusion"), *self._proofs("consistency")]:
            try:
                self.check_proof(proof)
            except (Wrong, ValueError, TypeError) as error:
                seq = proof.get("seq")
                self.report.found("proof", f"the proof does not hold: {error}", file=name, line=line, seq=seq)
            proved |= {proof["seq"]} if isinstance(proof.get("seq"), int) else set()
        if self.ledger.manifest.get("proved", not self.complete):
            for seq in sorted(set(self.seqs) - proved):
                self.report.found("proof", "the event has no proof", file="proofs/inclusion.jsonl", seq=seq)
        self.report.holds(f"{len(proved):,} events are proved one by one against the newest checkpoint.", before)

    def check_proof(self, proof: dict[str, Any]) -> None:
        if not isinstance(proof.get("path"), list):
            raise Wrong("it has no path")
        path = [unbase64(step) for step in proof["path"]]
        if "seq" in proof:
            held = self._included(proof["seq"], path)
        else:
            held = consistent(self._checkpoint(proof.get("old")), self._checkpoint(proof.get("new")), path)
        if not held:
            raise Wrong("it does not lead to the root")

    def _included(self, seq: Any, path: list[bytes]) -> bool:
        if not self.ledger.checkpoints:
            raise Wrong("there is no checkpoint to lead to")
        if not isinstance(seq, int):
            raise Wrong(f"it is for event {seq!r}, which is no number")
        if not 0 <= seq < len(self.digests):
            raise Wrong(f"it is for event {seq}, but the export has {len(self.digests):,} events, numbered from 0")
        newest = self.ledger.checkpoints[-1]
        return included(self.digests[seq], seq, newest.size, path) == newest.root

    def _checkpoint(self, size: Any) -> Checkpoint:
        found = next((one for one in self.ledger.checkpoints if one.size == size), None)
        if found is None:
            raise Wrong(f"there is no checkpoint of {size} events")
        return found

    def _proofs(self, kind: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        name = f"proofs/{kind}.jsonl"
        for line, raw in enumerate(self.export.lines(name), 1):
            try:
                yield name, line, dict(json.loads(raw))
            except (ValueError, TypeError) as error:
                self.report.found("proof", f"the line can't be read: {error}", file=name, line=line)


def one_byte_away(data: bytes, digest: bytes) -> bytes | None:
    """What has this sha256 and differs from `data` in one byte, if there is such a thing."""
    start = hashlib.sha256()
    for at in range(len(data)):
        rest = data[at + 1 :]
        for byte in range(256):
            trial = start.copy()
            trial.update(bytes((byte,)) + rest)
            if trial.digest() == digest:
                return data[:at] + bytes((byte,)) + rest
        start.update(data[at : at + 1])
    return None


def changed_field(was: bytes, now: bytes) -> tuple[str, str, str]:
    """The first field in which two bodies differ, and its two values; empty where one of them is no JSON."""
    try:
        return next(differences("", json.loads(was), json.loads(now)), ("", "", ""))
    except ValueError:
        return "", "", ""


def differences(name: str, was: Any, now: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(was, dict) and isinstance(now, dict) and was.keys() == now.keys():
        for key in was:
            yield from differences(f"{name}.{key}" if name else key, was[key], now[key])
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for number, (before, after) in enumerate(zip(was, now, strict=True)):
            yield from differences(f"{name}[{number}]", before, after)
    elif was != now:
        yield name or "body", json.dumps(was, ensure_ascii=False)[:200], json.dumps(now, ensure_ascii=False)[:200]


def unhex(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (ValueError, TypeError):
        return b""
