"""A program that leans against every wall: what it gets through to is what hostile work would."""

import os
import socket
import threading
from collections.abc import Callable

from apps.jobs.sandbox.task import Task


def _open_socket() -> None:
    socket.socket().close()


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _execute() -> None:
    os.execv("/bin/true", ["true"])


def _signal_parent() -> None:
    os.kill(os.getppid(), 0)


def _read_elsewhere() -> None:
    os.listdir("/")


def _write_elsewhere() -> None:
    os.close(os.open(os.path.abspath("../outside"), os.O_WRONLY | os.O_CREAT))


ATTEMPTS: dict[str, Callable[[], None]] = {
    "open a socket": _open_socket,
    "start a process": _fork,
    "run another program": _execute,
    "signal its parent": _signal_parent,
    "read outside its inputs": _read_elsewhere,
    "write outside its scratch folder": _write_elsewhere,
}


def main(task: Task) -> dict[str, bool]:
    """Try everything; says for each attempt whether it was refused."""
    refused = {}
    for what, attempt in ATTEMPTS.items():
        try:
            attempt()
            refused[what] = False
        except PermissionError:
            refused[what] = True
    (task.scratch / "written").write_text("where it may")
    thread = threading.Thread(target=refused.update, args=({},))
    thread.start()
    thread.join()
    return refused
