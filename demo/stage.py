"""Where the story is played: a home of its own, with web, worker and beat on a free port."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 120
MARK = "made-by-make-demo"


class CannotStart(Exception):
    """The sentence says why and what to do."""


def home() -> Path:
    return Path(os.environ.get("QUAESTOR_HOME", ROOT / "var")).resolve()


def clear(folder: Path) -> None:
    """Make room for the story: a home that an earlier story made is emptied, any other one is left alone.

    Raises:
        CannotStart: there is somebody's data here.
    """
    database, mark = folder / "quaestor.sqlite3", folder / "demo" / MARK
    if database.exists() and not mark.exists():
        raise CannotStart(
            f"{folder} holds data that no story made. Set QUAESTOR_HOME to an empty folder, and run make demo again."
        )
    if mark.exists():
        for name in ("demo", "files", "keys", "checkpoints", "logs"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for file in folder.glob("quaestor.sqlite3*"):
            file.unlink()
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def manage(*arguments: str) -> None:
    """Run one of the product's own commands.

    Raises:
        CannotStart: it failed; its last words say why.
    """
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise CannotStart(f"manage.py {arguments[0]} failed: {' '.join(last)}")


@contextmanager
def running() -> Iterator[str]:
    """The product, ready to be used; its address. Stopped when the story is over."""
    port = os.environ.get("PORT") or _free_port()
    address = f"http://127.0.0.1:{port}"
    log = home() / "demo" / "up.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={**_environment(), "PORT": str(port)},
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, address, log)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()


def people() -> dict[str, dict[str, Any]]:
    """The demonstration's people with their passwords and tokens."""
    said: dict[str, dict[str, Any]] = json.loads((home() / "demo" / "people.json").read_text())
    return said


def _wait(process: subprocess.Popen, address: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if requests.get(f"{address}/health/ready", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise CannotStart(f"The product did not get ready: {' '.join(last)} Its logs are in {home() / 'logs'}.")


def _environment() -> dict[str, str]:
    return {**os.environ, "QUAESTOR_HOME": str(home())}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
