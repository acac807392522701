"""The scan in the sandbox. A file that breaks the process that reads it is refused with that as its reason."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from apps.core.errors import Unavailable
from apps.inventory.artifacts.findings import Finding, Scan
from apps.jobs import sandbox

LIMITS = sandbox.Limits(wall_seconds=180, cpu_seconds=120)


def scan_apart(path: Path, declared_format: str, *, cancelled: Callable[[], bool] | None = None) -> Scan:
    """Scan a model's file in the sandbox; `details["walls"]` says which walls stood.

    Raises:
        Unavailable: the sandbox can't be built on this machine.
        Cancelled: nothing can be said about the file.
    """
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    with tempfile.TemporaryDirectory(prefix="scan-") as folder:
        try:
            outcome = sandbox.run(
                "apps.inventory.artifacts.program",
                {"artefact": path},
                {"declared_format": declared_format},
                scratch=Path(folder),
                limits=LIMITS,
                cancelled=cancelled,
            )
        except sandbox.WallsMissing as failure:
            raise Unavailable(f"{failure.sentence} Tell an administrator.") from failure
        except sandbox.Cancelled:
            raise
        except sandbox.SandboxFailure as failure:
            told = f"Looking through the file broke the process that did it. {failure.sentence}"
            finding = Finding(f"scan.{failure.code}", told)
            return Scan("unknown", declared_format, path.stat().st_size, digest, [finding])
    found = Scan.from_json(outcome.result)
    found.size, found.sha256 = (
        path.stat().st_size,
        digest,
    )  # never by the word of a process a stranger's bytes were in
    found.details["walls"] = outcome.walls
    return found
