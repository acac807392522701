"""The walls, built from inside the fresh process before it touches anything untrusted.

Landlock and seccomp must stand; namespaces are built where the kernel allows them, since many containers forbid them.
"""

import errno
import os
import platform
import resource
import signal
import sys
import sysconfig
from pathlib import Path
from typing import Any

from apps.jobs.sandbox import kernel, landlock, seccomp
from apps.jobs.sandbox.syscalls import MACHINES

# Shared libraries, time zones, what the processors are and how much memory there is: nobody's secrets.
SYSTEM = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/sys/vm/overcommit_memory",
    "/sys/fs/cgroup",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
]

# What the kernel tells a process about itself: scikit-learn looks for its thread pools, DuckDB for its memory limit.
ABOUT_ITSELF = [Path("/proc/self/maps"), Path("/proc/self/cgroup")]


class WallNotBuilt(Exception):
    """A wall that must stand doesn't."""


def python_folders() -> list[Path]:
    """The standard library and the installed packages."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return [Path(p).resolve() for p in {sysconfig.get_path(name) for name in names}]


def build(readable: list[Path], scratch: Path, limits: dict[str, Any], parent: int) -> dict[str, Any]:
    """Build every wall round this process and try them; returns which stand. Raises WallNotBuilt."""
    if platform.machine() not in MACHINES or not sys.platform.startswith("linux"):
        raise WallNotBuilt(f"the sandbox knows no system calls of {sys.platform} on {platform.machine()}")
    namespaces = _leave_namespaces()
    _die_with(parent)
    _limit(limits, own_user_namespace=namespaces)
    _must("capabilities dropped", kernel.drop_capabilities)
    _must("no_new_privs", lambda: kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1))
    for path in ABOUT_ITSELF:
        if path.exists():
            os.open(path, os.O_PATH)  # held open: the rule is on the file in memory, which must not be forgotten
    shown = [*map(Path, SYSTEM), *ABOUT_ITSELF, *python_folders(), *readable]
    abi = _must("Landlock", lambda: landlock.restrict(shown, [scratch, Path("/dev/null")]))
    _must("seccomp", lambda: seccomp.install(seccomp.program(MACHINES[platform.machine()])))
    _prove()
    return {
        "landlock": abi,
        "seccomp": "allow-list",
        "namespaces": ["user", "net", "ipc"] if namespaces else [],
        "no_new_privs": True,
        "capabilities": "none",
        "dies_with_parent": True,
    }


def _must(name: str, make: Any) -> Any:
    try:
        return make()
    except OSError as error:
        raise WallNotBuilt(f"{name} is missing ({error.strerror or error})") from error


def _leave_namespaces() -> bool:
    try:
        kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET | kernel.CLONE_NEWIPC)
    except OSError:
        return False
    return True


def _die_with(parent: int) -> None:
    # After the namespaces: a change of credentials clears both.
    _must("the parent-death signal", lambda: kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL))
    _must("the dumpable flag", lambda: kernel.prctl(kernel.PR_SET_DUMPABLE, 0))
    if os.getppid() != parent:  # it died before the signal was set
        os._exit(1)


def _limit(limits: dict[str, Any], *, own_user_namespace: bool) -> None:
    wanted = {
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if own_user_namespace:  # elsewhere the count covers all of this user's processes, the worker's too
        wanted[resource.RLIMIT_NPROC] = limits["threads"]
    for what, most in wanted.items():
        _must("a resource limit", lambda what=what, most=most: _lower(what, most, most))
    seconds = limits["cpu_seconds"]
    _must("a resource limit", lambda: _lower(resource.RLIMIT_CPU, seconds, seconds + 1))


def _lower(what: int, soft: int, hard: int) -> None:
    """Set a limit, or keep the worker's own where that is tighter already."""
    most = resource.getrlimit(what)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(what, (soft, hard))


def _prove() -> None:
    """Lean against the walls: a filter that was accepted and does nothing is no wall."""
    try:
        os.close(os.open("/", os.O_RDONLY))
        raise WallNotBuilt("Landlock was accepted, and the root folder could still be read")
    except OSError as error:
        if error.errno != errno.EACCES:
            raise WallNotBuilt(f"Landlock answered strangely ({error})") from error
    try:
        kernel.socket()
    except OSError as error:
        if error.errno == errno.EPERM:
            return
    raise WallNotBuilt("seccomp was accepted, and a socket could still be opened")
