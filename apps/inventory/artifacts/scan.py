"""The scan itself: a pure function of a file and the format its submitter declares."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from apps.inventory.artifacts import onnx_file, skops_file
from apps.inventory.artifacts.findings import Finding, NotAccepted, Scan
from apps.inventory.artifacts.sniff import sniff

GIB = 1 << 30
LARGEST_BYTES = {"onnx": 2 * GIB - 1, "skops": 2 * GIB}  # protobuf ends at 2 GiB
LOOK_THROUGH: dict[str, Callable[[Path, Scan], None]] = {
    "onnx": onnx_file.look_through,
    "skops": skops_file.look_through,
}
NAMES = {
    "onnx": "an ONNX model",
    "skops": "a skops file",
    "pickle": "a pickle",
    "zip": "a zip archive that is no skops file",
    "empty": "nothing at all",
    "unknown": "neither ONNX nor skops",
}
PICKLE_SENTENCE = (
    "The file is a pickle (joblib's files are pickles too), whatever its name says: loading one runs what its author "
    "wrote, so no pickle is taken. Save the model as ONNX or skops."
)


def scan(path: Path, declared_format: str) -> Scan:
    """Look a model's file through without loading it.

    Args:
        path: the file.
        declared_format: "onnx" or "skops", as its submitter says.
    Returns:
        What it is, its digest, and what refuses it. Hostile parsers' input: call it by `scan_apart` outside of tests.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    found = Scan(sniff(path), declared_format, path.stat().st_size, digest)
    found.add(*_outside(found))
    if found.accepted:
        try:
            LOOK_THROUGH[found.format](path, found)
        except NotAccepted as refusal:
            found.add(refusal.finding)
    return found


def _outside(found: Scan) -> list[Finding]:
    """What refuses the file before it is opened as anything."""
    if found.format == "pickle":
        return [Finding("pickle", PICKLE_SENTENCE)]
    if found.declared_format not in LOOK_THROUGH:
        return [Finding("format", f"The format {found.declared_format!r} is not known; onnx and skops are.")]
    if found.format != found.declared_format:
        told = f"The file is declared as {found.declared_format}, and its bytes are {NAMES[found.format]}."
        return [Finding("format.mismatch", told)]
    largest = LARGEST_BYTES[found.format]
    if found.size > largest:
        return [Finding("size", f"The file has {found.size:,} bytes; up to {largest:,} are taken.")]
    return []
