"""Ed25519 (RFC 8032, 5.1), signed notes and checkpoints (c2sp.org): what the ledger's key says, checked."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

Keys = dict[tuple[str, bytes], bytes]


class Wrong(Exception):
    """Something does not hold; the sentence is for the auditor."""


class Unreadable(Exception):
    """It can't be looked at, so nothing can be said about it."""


P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
Point = tuple[int, int, int, int]  # extended coordinates: x = X/Z, y = Y/Z, xy = T/Z


def add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(encoded: bytes) -> Point | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` is by the key `public`: [s]B - [h]A must give R."""
    key = point(public) if len(public) == 32 and len(signature) == 64 else None
    s = int.from_bytes(signature[32:], "little")
    if key is None or BASE is None or s >= ORDER:
        return False
    minus = (P - key[0], key[1], 1, P - key[3])
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    terms = {1: BASE, 2: minus, 3: add(BASE, minus)}
    total: Point = (0, 1, 1, 0)
    for bit in range(max(s, h).bit_length() - 1, -1, -1):
        total = add(total, total)
        if which := (s >> bit & 1) + 2 * (h >> bit & 1):
            total = add(total, terms[which])
    inverse = pow(total[2], P - 2, P)
    x, y = total[0] * inverse % P, total[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


def read_keys(text: str) -> Keys:
    """The verifier keys in `text`, one a line."""
    keys: Keys = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, _, rest = line.partition("+")
        stated, _, encoded = rest.partition("+")
        raw = unbase64(encoded)
        key_id = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if len(raw) != 33 or raw[0] != 1 or key_id.hex() != stated:
            raise Wrong(f"'{line[:60]}' is not a verifier key, or was not copied whole")
        keys[name, key_id] = raw[1:]
    return keys


def open_note(note: str, keys: Keys) -> str:
    text, mark, signatures = note.rpartition("\n\n")
    text += "\n"
    if not mark or not note.endswith("\n"):
        raise Wrong("this is not a signed note")
    known = 0
    for line in signatures.splitlines():
        dash, name, encoded, *more = [*line.split(" "), "", ""]
        raw = unbase64(encoded)
        if dash != "\u2014" or any(more):
            raise Wrong("a signature's line can't be read")
        if public := keys.get((name, raw[:4])):
            known += 1
            if not signed(public, raw[4:], text.encode()):
                raise Wrong(f"the signature of {name} does not hold: the text or the signature was changed")
    if not known:
        raise Wrong("none of the keys that you trust signed this")
    return text


def split_notes(text: str) -> list[str]:
    blocks = [block.strip("\n") for block in text.split("\n\n") if block.strip()]
    return [f"{body}\n\n{signatures}\n" for body, signatures in zip(blocks[::2], blocks[1::2], strict=False)]


@dataclass
class Checkpoint:
    origin: str
    size: int
    root: bytes
    chain: bytes = b""
    time: str = ""

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        lines = text.rstrip("\n").split("\n")
        more = dict(line.split(" ", 1) for line in lines[3:] if " " in line)
        if len(lines) < 3 or not lines[1].isdigit():
            raise Wrong("this is not a checkpoint")
        return cls(lines[0], int(lines[1]), unbase64(lines[2]), unbase64(more.get("chain", "")), more.get("time", ""))

    def __str__(self) -> str:
        return f"{self.size:,} events" + (f", {self.time}" if self.time else "")


def unbase64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong(f"'{text[:20]}' is not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise Wrong(f"'{text[:20]}' is not base64 in its one form")
    return raw
