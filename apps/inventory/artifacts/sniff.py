"""What a file is, by its bytes and never by its name."""

import bz2
import lzma
import pickletools
import zipfile
import zlib
from pathlib import Path

HEAD_BYTES = 1 << 20
UNPACKED_BYTES = 1 << 16

ZIP = b"PK\x03\x04"
PICKLE_WITH_PROTOCOL = b"\x80"
# Without a protocol mark, "0." is a pickle too; one that builds something has one of these.
PICKLE_OPCODES = {"GLOBAL", "INST", "OBJ", "REDUCE", "BUILD", "PUT", "BINPUT", "LONG_BINPUT"}
COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x5d\x00\x00": "lzma", b"\x78": "zlib"}

# ModelProto's fields, by number, with their wire types. Source: onnx.proto.
MODEL_FIELDS = {1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2}
GRAPH_FIELD, VARINT, SIZED = 7, 0, 2


def sniff(path: Path) -> str:
    """`onnx`, `skops`, `pickle` (bare or as joblib compresses it), `zip` (any other), `empty` or `unknown`."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        return "empty"
    if head.startswith(ZIP):
        return "skops" if _has_schema(path) else "zip"
    if is_pickle(head) or is_pickle(_unpacked(head)):
        return "pickle"
    return "onnx" if is_model_proto(path) else "unknown"


def _has_schema(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "schema.json" in archive.NameToInfo
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False


def is_pickle(head: bytes) -> bool:
    """Whether these bytes begin a pickle: a protocol mark, or opcodes of an old one that run through to its end."""
    if head[:1] == PICKLE_WITH_PROTOCOL and len(head) > 1:
        return head[1] <= 5
    try:
        names = [opcode.name for opcode, _, _ in pickletools.genops(head)]
    except Exception:  # whatever it trips over, it isn't a pickle
        return False
    return names[-1] == "STOP" and bool(PICKLE_OPCODES & set(names))


def _unpacked(head: bytes) -> bytes:
    """The first bytes of a compressed file, never more than UNPACKED_BYTES."""
    kind = next((name for mark, name in COMPRESSED.items() if head.startswith(mark)), None)
    try:
        if kind == "gzip":
            return zlib.decompressobj(wbits=31).decompress(head, UNPACKED_BYTES)
        if kind == "zlib":
            return zlib.decompressobj().decompress(head, UNPACKED_BYTES)
        if kind == "bzip2":
            return bz2.BZ2Decompressor().decompress(head, UNPACKED_BYTES)
        if kind:
            return lzma.LZMADecompressor(memlimit=1 << 26).decompress(head, UNPACKED_BYTES)
    except (zlib.error, OSError, EOFError, lzma.LZMAError):
        pass
    return b""


def is_model_proto(path: Path) -> bool:
    """Whether the file's outermost fields are those of an ONNX ModelProto, read without reading what they hold."""
    size, seen, at = path.stat().st_size, set(), 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            field = _field(file.read(32))
            if field is None:
                return False
            number, length = field
            seen.add(number)
            at += length
    return at == size and GRAPH_FIELD in seen


def _field(data: bytes) -> tuple[int, int] | None:
    """One field's number and whole length in bytes; None where it is none of ModelProto's."""
    tag, at = _varint(data, 0)
    if MODEL_FIELDS.get(tag >> 3) != tag & 7:
        return None
    value, at = _varint(data, at)
    if at < 0:
        return None
    return tag >> 3, at + (value if tag & 7 == SIZED else 0)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A varint and where it ends; (0, -1) where there is none."""
    value = 0
    for shift, byte in enumerate(data[at : at + 10] if at >= 0 else b""):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at + shift + 1
    return 0, -1
