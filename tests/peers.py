"""The peers: clients and tools of other people, each in an environment of its own (scripts/peers.py).

said = peers.run("mlflow-3.17", SCRIPT, MLFLOW_TRACKING_URI=site, MLFLOW_TRACKING_TOKEN=token)
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / ".peers"
FROM_OUTSIDE = ("PATH", "LANG", "TMPDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def python(name: str) -> Path:
    """The interpreter of a peer; the test is skipped where the peer isn't made."""
    place = FOLDER / name
    if not (place / ".installed").exists():
        pytest.skip(f'The peer {name} is not here; make it with: make peers WHICH="{name}"')
    return place / "bin" / "python"


def run(name: str, script: str, *arguments: str, folder: Path, seconds: float = 120, **environment: str) -> str:
    """Run a script in a peer's environment and give what it printed; what it complained about fails the test.

    Args:
        folder: where it runs, and its home.
        environment: all it sees beside the path and the language: nothing of this process's own.
    """
    kept = {variable: os.environ[variable] for variable in FROM_OUTSIDE if variable in os.environ}
    done = subprocess.run(
        [python(name), "-c", script, *arguments],
        cwd=folder,
        env={**kept, "HOME": str(folder), "OMP_NUM_THREADS": "1", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    sys.stderr.write(done.stderr)  # pytest shows it where the test fails
    assert done.returncode == 0, done.stderr[-4000:] or done.stdout[-4000:]
    return done.stdout
