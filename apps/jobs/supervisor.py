"""The embedded installation's parent: starts web, workers and beat, replaces dead ones, and stops all with it."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 5.0
LOOK_EVERY_SECONDS = 0.2
STEADY_AFTER_SECONDS = 60.0
LONGEST_PAUSE_SECONDS = 30.0


class CannotStart(Exception):
    """The sentence says why and what to do."""


@dataclass
class Child:
    """One process of the installation; its output goes to a log of its own."""

    name: str
    argv: list[str]
    log: Path
    last_signal: int = signal.SIGTERM
    process: subprocess.Popen | None = None
    started: float = 0.0
    deaths: int = 0
    start_at: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, root: Path) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the parent alone, which then stops all."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                cwd=root,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_dies_with_its_parent(self.last_signal),
            )
        self.started = time.monotonic()

    def died(self) -> bool:
        """Whether it ran and has ended; then it may be started again after a pause, longer each time."""
        if self.process is None or self.process.poll() is None:
            return False
        steady = time.monotonic() - self.started > STEADY_AFTER_SECONDS
        self.deaths = 1 if steady else self.deaths + 1
        self.start_at = time.monotonic() + min(0.5 * 2 ** (self.deaths - 1), LONGEST_PAUSE_SECONDS)
        return True


def _dies_with_its_parent(number: int) -> Callable[[], None] | None:
    """On Linux the kernel sends `number` when the parent is gone, however it went. Elsewhere nothing is promised."""
    if not sys.platform.startswith("linux"):
        return None
    parent, libc = os.getpid(), ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            os._exit(1)

    return ask


class Supervisor:
    """Keeps children alive until `stop` is set, then ends them within the grace.

    Args:
        gone: told the pid of a child that is certainly dead, so that what it held can be given back.
        say: where sentences for the person at the terminal go.
    """

    def __init__(self, children: list[Child], *, root: Path, gone: Callable[[int], None], say: Callable[[str], None]):
        self.children, self.root, self.gone, self.say = children, root, gone, say
        self.stop = threading.Event()

    def start(self) -> None:
        for child in self.children:
            child.start(self.root)

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Look after the children until `stop` is set or `until` says so."""
        while not self.stop.is_set() and not until():
            for child in self.children:
                self._look_at(child)
            self.stop.wait(LOOK_EVERY_SECONDS)

    def _look_at(self, child: Child) -> None:
        if child.died():
            self.say(
                f"{child.name} ended ({_ending(child.process.returncode)}) and is started again; see {child.log}."
            )
            self.gone(child.process.pid)
            child.process = None
        if child.process is None and time.monotonic() >= child.start_at:
            child.start(self.root)

    def end(self) -> None:
        """Ask all to stop, and kill who hasn't within the grace: jobs survive that by design."""
        running = [c.process for c in self.children if c.process is not None]
        for process in running:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL, group=True)
                process.wait()
            self.gone(process.pid)


def _signal(process: subprocess.Popen, number: int, *, group: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number) if group else process.send_signal(number)


def _ending(returncode: int) -> str:
    return f"signal {-returncode}" if returncode < 0 else f"exit {returncode}"


def free_port(wanted: int) -> int:
    """`wanted` if it can be listened on, or any free one for 0.

    Raises:
        CannotStart: somebody else listens there.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise CannotStart(
                f"Port {wanted} can't be used ({error.strerror}). Stop what listens there, or set PORT to another."
            ) from None
        return probe.getsockname()[1]


def alone(home: Path) -> IO[str]:
    """Hold the home folder for this process; keep the returned file open as long.

    Raises:
        CannotStart: another `up` runs from it.
    """
    import fcntl

    home.mkdir(parents=True, exist_ok=True)
    lock = (home / "up.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise CannotStart(
            f"Quaestor is already running from {home}. Stop it first, or set QUAESTOR_HOME to another folder."
        ) from None
    return lock
