"""What the ledger signs and hands out: C2SP signed notes, checkpoints, inclusion and consistency proofs. Pure.

Formats: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof; consistency proofs are written as a
c2sp.org/tlog-witness request, so that a witness can read them.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from apps.audit.tree import leaf_hash, verify_inclusion

ED25519 = b"\x01"
DASH = "\N{EM DASH}"
SECRET = "PRIVATE+KEY"
PROOF = "c2sp.org/tlog-proof@v1"


class BadNote(ValueError):
    """It is not a note of that kind, or its signature does not hold. The sentence is for a person."""


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a ledger's key, written `name+id+base64`: what an auditor pins."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read the written form.

        Raises:
            BadNote: it is not a verifier key, not Ed25519, or its id is of another key.
        """
        name, _, rest = text.strip().partition("+")
        stated, _, encoded = rest.partition("+")
        raw = decoded(encoded)
        if len(raw) != 33 or raw[:1] != ED25519 or not name:
            raise BadNote("This is not a verifier key: it should read name+id+base64 of an Ed25519 key.")
        key = cls(name, raw[1:])
        if key.id.hex() != stated:
            raise BadNote("The verifier key's id is not the one of its key: was it copied whole?")
        return key

    @property
    def id(self) -> bytes:
        """Four bytes that a signature names its key by."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(ED25519 + self.public)}"

    def holds(self, signature: bytes, text: str) -> bool:
        """Whether this key signed `text`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A ledger's key. Its name is the ledger's: the first line of every checkpoint."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def generate(cls, name: str) -> "SigningKey":
        """A new key.

        Raises:
            BadNote: the name has a space, a plus or a line break in it, or is empty.
        """
        if not name or "+" in name or any(c.isspace() for c in name):
            raise BadNote("A ledger's name has no spaces and no plus signs.")
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read the written form, `PRIVATE+KEY+name+id+base64`.

        Raises:
            BadNote: it is not one, or its id is of another key.
        """
        parts = text.strip().split("+", 4)
        raw = decoded(parts[-1]) if len(parts) == 5 else b""
        if text.strip()[: len(SECRET)] != SECRET or len(raw) != 33 or raw[:1] != ED25519:
            raise BadNote("This is not a ledger key: it should read PRIVATE+KEY+name+id+base64.")
        key = cls(parts[2], raw[1:])
        if key.verifier.id.hex() != parts[3]:
            raise BadNote("The ledger key's id is not the one of its key: was it copied whole?")
        return key

    def written(self) -> str:
        """The secret, to be kept where only the server reads it."""
        return f"{SECRET}+{self.name}+{self.verifier.id.hex()}+{encoded(ED25519 + self.seed)}"

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self._private.public_key().public_bytes_raw())

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    def sign(self, text: str) -> str:
        """The note: `text`, an empty line, the signature's line.

        Raises:
            BadNote: the text does not end with a line break, or holds control characters.
        """
        if not text.endswith("\n") or not printable(text):
            raise BadNote("A note's text ends with a line break and holds no control characters.")
        signature = encoded(self.verifier.id + self._private.sign(text.encode()))
        return f"{text}\n{DASH} {self.name} {signature}\n"


def open_note(note: str, keys: Iterable[VerifierKey]) -> str:
    """The note's text, if one of `keys` signed it. Signatures of unknown keys are ignored, as the format asks.

    Raises:
        BadNote: no key that is known signed it, or one that is known did not sign this.
    """
    text, mark, signatures = note.rpartition("\n\n")
    text += "\n"
    if not mark or not signatures.endswith("\n") or not printable(note):
        raise BadNote("This is not a signed note: a text, an empty line and signatures.")
    known = {(key.name, key.id): key for key in keys}
    signed = False
    for line in signatures.splitlines():
        name, raw = _signature(line)
        key = known.get((name, raw[:4]))
        if key and not key.holds(raw[4:], text):
            raise BadNote(f"The signature of {name} does not hold: the text or the signature was changed.")
        signed = signed or key is not None
    if not signed:
        raise BadNote("None of the keys you trust signed this note.")
    return text


def split_notes(text: str) -> Iterator[str]:
    """The single notes of a file in which they follow one another, an empty line between."""
    blocks = [block for block in text.split("\n\n") if block.strip()]
    for body, signatures in zip(blocks[::2], blocks[1::2], strict=False):
        yield body.strip("\n") + "\n\n" + signatures.strip("\n") + "\n"


@dataclass(frozen=True)
class Checkpoint:
    """What a ledger was at one moment: how many events, and the root over them.

    Extension lines carry the chain's hash and the moment: `chain <base64>`, `time <RFC 3339>`.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in (self.origin, self.size, encoded(self.root), *self.extensions))

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a note.

        Raises:
            BadNote: it is not a checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise BadNote("This is not a checkpoint: a name, a size and a root, each on its line.")
        origin, size, root, *extensions = lines[:-1]
        if not whole_number(size) or len(decoded(root)) != 32:
            raise BadNote("This is not a checkpoint: its size or its root can't be read.")
        return cls(origin, int(size), decoded(root), tuple(extensions))

    def extension(self, name: str) -> str:
        """What follows `name` on its extension line, or nothing."""
        return next((line[len(name) + 1 :] for line in self.extensions if line.startswith(f"{name} ")), "")


@dataclass(frozen=True)
class InclusionProof:
    """A tlog-proof file: that an event is in the ledger at `seq`, checkable without the ledger."""

    seq: int
    path: tuple[bytes, ...]
    checkpoint: str
    extra: bytes = b""

    @property
    def text(self) -> str:
        extra = [f"extra {encoded(self.extra)}"] if self.extra else []
        lines = [PROOF, *extra, f"index {self.seq}", *map(encoded, self.path)]
        return "\n".join(lines) + "\n\n" + self.checkpoint

    @classmethod
    def parse(cls, text: str) -> "InclusionProof":
        """Read the file.

        Raises:
            BadNote: it is not a tlog-proof.
        """
        head, _, checkpoint = text.partition("\n\n")
        kind, *lines = head.split("\n")
        extra = decoded(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else b""
        index = lines.pop(0) if lines else ""
        if kind != PROOF or not index.startswith("index ") or not whole_number(index[6:]):
            raise BadNote("This is not a tlog-proof: it should begin with c2sp.org/tlog-proof@v1 and an index.")
        path = tuple(map(decoded, lines))
        if any(len(part) != 32 for part in path):
            raise BadNote("The proof's path is not made of sha256 hashes.")
        return cls(int(index[6:]), path, checkpoint, extra)

    def verify(self, data: bytes, keys: Iterable[VerifierKey]) -> Checkpoint:
        """The checkpoint that holds `data`, signed by one of `keys`.

        Raises:
            BadNote: the signature or the path does not hold.
        """
        checkpoint = Checkpoint.parse(open_note(self.checkpoint, keys))
        if not verify_inclusion(leaf_hash(data), self.seq, checkpoint.size, self.path, checkpoint.root):
            raise BadNote(f"The path does not lead from event {self.seq} to the checkpoint's root.")
        return checkpoint


def consistency_text(old: int, proof: Sequence[bytes], checkpoint: str) -> str:
    """That the ledger of `old` events is the beginning of the one in `checkpoint`."""
    return "\n".join([f"old {old}", *map(encoded, proof)]) + "\n\n" + checkpoint


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def decoded(text: str) -> bytes:
    """Strict base64.

    Raises:
        BadNote: it is not base64.
    """
    try:
        raw = base64.b64decode(text.encode(), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise BadNote("Something here should be base64 and is not.") from None
    if encoded(raw) != text:
        raise BadNote("Something here should be base64 and is not written in its one form.")
    return raw


def whole_number(text: str) -> bool:
    """Whether it is a decimal number without leading zeroes."""
    return text.isascii() and text.isdigit() and str(int(text)) == text


def printable(text: str) -> bool:
    return not any(ord(c) < 32 and c != "\n" for c in text)


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, raw = rest.partition(" ")
    if dash != DASH or not name or not raw:
        raise BadNote("A signature's line should read: a dash, a name, base64.")
    return name, decoded(raw)
