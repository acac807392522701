"""A skops file looked through: the archive, the arrays in it, and every type its schema names. Nothing is built."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.inventory.artifacts.archives import weigh
from apps.inventory.artifacts.findings import Finding, NotAccepted, Scan
from apps.inventory.artifacts.trusted import TRUSTED_PACKAGES, TRUSTED_TYPES

SCHEMA = "schema.json"
MOST_SCHEMA_BYTES = 256 << 20
HEADER_BYTES = 512
NUMPY, ZIP = b"\x93NUMPY", b"PK\x03\x04"


def look_through(path: Path, scan: Scan) -> None:
    """Add what was found in a skops file to the scan; raises NotAccepted where reading on makes no sense."""
    try:
        with zipfile.ZipFile(path) as archive:
            scan.add(*weigh(archive, scan.size))
            if not scan.accepted:
                return
            scan.add(*_members(archive))
            schema = _schema(archive)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError) as error:
        raise NotAccepted("skops.unreadable", f"The skops file can't be read as an archive: {error}.") from error
    named = sorted(set(_named_types(schema)))
    scan.details |= {
        "skops_version": str(schema.get("_skops_version", "")),
        "protocol": schema.get("protocol"),
        "model_type": f"{schema.get('__module__')}.{schema.get('__class__')}",
        "types": named,
    }
    untrusted = {name for name in named if name.partition(".")[0] not in TRUSTED_PACKAGES}
    if not untrusted:  # a name from elsewhere is refused without asking a library about it
        untrusted = _audit(path) - set(TRUSTED_TYPES)
    scan.add(*(Finding("skops.untrusted", _untrusted_sentence(name)) for name in sorted(untrusted)))


def _untrusted_sentence(name: str) -> str:
    return f"The skops file wants to build {name!r}, which isn't among the types we trust. ONNX needs none."


def _members(archive: zipfile.ZipFile) -> Iterator[Finding]:
    for member in archive.infolist():
        if member.is_dir() or member.filename == SCHEMA:
            continue
        with archive.open(member) as file:
            head = file.read(HEADER_BYTES)
        if member.filename.endswith(".npz") and head.startswith(ZIP):
            yield from _nested(archive, member)
        elif member.filename.endswith(".npy") and head.startswith(NUMPY):
            yield from _array(member.filename, head)
        elif not member.filename.endswith(".bin"):  # the bytes of a bytes object, which nothing reads further
            yield Finding("skops.member", f"The skops file holds {member.filename!r}, which is no array.")


def _nested(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Finding]:
    """A sparse matrix is an archive of arrays within the archive; deeper than that nothing may go."""
    with archive.open(member) as file, zipfile.ZipFile(file) as inner:
        found = list(weigh(inner, member.file_size))
        yield from found
        for part in [] if found else inner.infolist():
            with inner.open(part) as array:
                head = array.read(HEADER_BYTES)
            name = f"{member.filename}/{part.filename}"
            if head.startswith(NUMPY):
                yield from _array(name, head)
            else:
                yield Finding("skops.member", f"The skops file holds {name!r}, which is no array.")


def _array(name: str, head: bytes) -> Iterator[Finding]:
    header = head.partition(b"\n")[0]
    if b"'|O'" in header or b"'O'" in header:
        yield Finding(
            "skops.object_array", f"The skops file's {name!r} is an array of objects, which only pickle reads."
        )


def _schema(archive: zipfile.ZipFile) -> dict[str, Any]:
    if archive.getinfo(SCHEMA).file_size > MOST_SCHEMA_BYTES:
        raise NotAccepted("skops.schema", f"The skops file's schema is larger than {MOST_SCHEMA_BYTES >> 20} MiB.")
    try:
        schema = json.loads(archive.read(SCHEMA))
    except (ValueError, RecursionError) as error:
        raise NotAccepted("skops.schema", "The skops file's schema is not readable JSON.") from error
    if not isinstance(schema, dict):
        raise NotAccepted("skops.schema", "The skops file's schema is no object.")
    return schema


def _named_types(schema: dict[str, Any]) -> Iterator[str]:
    """Every module and class the schema names, wherever it stands; walked without recursion."""
    waiting: list[Any] = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            module, name = node.get("__module__"), node.get("__class__")
            if isinstance(module, str) or isinstance(name, str):
                yield f"{module}.{name}"


def _audit(path: Path) -> set[str]:
    """What skops itself would not build unasked: its reading of the same schema, beside ours."""
    from skops.io import get_untrusted_types

    try:
        return set(get_untrusted_types(file=path))
    except RecursionError as error:
        raise NotAccepted("skops.schema", "The skops file's schema is nested too deeply.") from error
    except Exception as error:  # a crafted schema may trip it anywhere
        raise NotAccepted(
            "skops.schema", f"The skops file's schema makes no sense: {str(error).rstrip('.')}."
        ) from error
