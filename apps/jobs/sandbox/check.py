"""Which walls stand on this machine, found out by building them and leaning against each."""

import tempfile
from pathlib import Path

from apps.jobs.sandbox.failures import WallsMissing
from apps.jobs.sandbox.runner import run
from apps.jobs.sandbox.task import Limits


def check() -> list[str]:
    """Sentences on the walls of this machine, for an administrator; raises WallsMissing where the sandbox refuses."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        outcome = run("apps.jobs.sandbox.probe", {}, {}, scratch=scratch, limits=Limits(wall_seconds=30))
    holes = [what for what, refused in outcome.result.items() if not refused]
    if holes:
        raise WallsMissing(f"The sandbox has holes on this machine: untrusted work could {', '.join(holes)}.")
    namespaces = ", ".join(outcome.walls["namespaces"]) or "none: this system forbids them; the other walls hold"
    return [
        f"Landlock stands (version {outcome.walls['landlock']}): files outside are shut.",
        "seccomp stands: no sockets, no processes, no signals to others.",
        f"Namespaces of its own: {namespaces}.",
        "Privileges: no capabilities, none to be gained.",
        f"Tried and refused: {', '.join(outcome.result)}.",
        f"A start takes {outcome.seconds * 1000:.0f} ms.",
    ]
