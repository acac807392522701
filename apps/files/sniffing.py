"""What bytes are, by looking at them: names and announced types are claims."""

OCTETS = "application/octet-stream"
PARQUET = "application/vnd.apache.parquet"
CSV = "text/csv"
TEXT = "text/plain"
JSON = "application/json"
ZIP = "application/zip"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GZIP = "application/gzip"
PICKLE = "application/x-python-pickle"
ONNX = "application/x-onnx"
PDF = "application/pdf"

_STARTS = {
    b"PAR1": PARQUET,
    b"PARE": PARQUET,
    b"\x1f\x8b": GZIP,
    b"BZh": "application/x-bzip2",
    b"\xfd7zXZ\x00": "application/x-xz",
    b"\x28\xb5\x2f\xfd": "application/zstd",
    b"7z\xbc\xaf\x27\x1c": "application/x-7z-compressed",
    b"%PDF-": PDF,
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89HDF\r\n\x1a\n": "application/x-hdf5",
    b"SQLite format 3\x00": "application/vnd.sqlite3",
    b"\x7fELF": "application/x-executable",
    b"\xd0\xcf\x11\xe0": "application/vnd.ms-office",
}
_MARKUP = (b"<!doctype html", b"<html", b"<?xml", b"<svg")


def sniff(head: bytes) -> str:
    """The media type of a file by its first bytes (4,096 are enough).

    A text with a delimiter in its first line counts as CSV: whether it is a good one is for its reader to find out.
    """
    for start, media_type in _STARTS.items():
        if head.startswith(start):
            return media_type
    if head.startswith(b"PK\x03\x04"):
        return XLSX if b"[Content_Types].xml" in head else ZIP
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return PICKLE
    if _looks_like_onnx(head):
        return ONNX
    return _text(head)


def _looks_like_onnx(head: bytes) -> bool:
    """A ModelProto begins with ir_version (field 1, small), then its producer (2), graph (7) or opset (8)."""
    return len(head) > 2 and head[0] == 0x08 and 1 <= head[1] <= 32 and head[2] in (0x12, 0x3A, 0x42)


def _text(head: bytes) -> str:
    if b"\x00" in head or not _is_utf8(head):
        return OCTETS
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return JSON
    if start[:20].lower().startswith(_MARKUP):
        return TEXT  # never announced as markup, so no browser runs it
    first_line = start.split(b"\n", 1)[0]
    return CSV if any(mark in first_line for mark in b",;\t|") else TEXT


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 3 and len(head) >= 1024  # a character cut by the end of the head
    return True
