"""Files that a step leaves, kept by digest."""

from pathlib import Path
from typing import Any

from apps.datasets.services.tables import keep_file


def kept_file(path: Path) -> dict[str, Any]:
    """The bytes at `path` in the store: an output of the kind "file"."""
    blob = keep_file(path)
    return {"kind": "file", "digest": blob.digest, "size": blob.size, "name": path.name}
