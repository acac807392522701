"""Landlock: the kernel lets this process open only the files and folders named here. Source: landlock(7)."""

import ctypes
import os
import platform
import stat
import struct
from collections.abc import Iterable
from pathlib import Path

from apps.jobs.sandbox import kernel
from apps.jobs.sandbox.syscalls import MACHINES

# The access rights, in the order of their bits.
(
    EXECUTE,
    WRITE_FILE,
    READ_FILE,
    READ_FOLDER,
    REMOVE_FOLDER,
    REMOVE_FILE,
    MAKE_CHARACTER_DEVICE,
    MAKE_FOLDER,
    MAKE_FILE,
    MAKE_SOCKET,
    MAKE_PIPE,
    MAKE_BLOCK_DEVICE,
    MAKE_LINK,
    MOVE_BETWEEN_FOLDERS,
    TRUNCATE,
    DEVICE_CONTROL,
) = (1 << bit for bit in range(16))

READ = READ_FILE | READ_FOLDER
WRITE = READ | WRITE_FILE | REMOVE_FOLDER | REMOVE_FILE | MAKE_FOLDER | MAKE_FILE | TRUNCATE
ON_FILES = READ_FILE | WRITE_FILE | TRUNCATE
RIGHTS_BY_ABI = {3: 15, 4: 15}  # from ABI 5 on: all sixteen
NETWORK = 0b11  # bind and connect TCP, from ABI 4 on
SCOPES = 0b11  # abstract sockets and signals stay inside, from ABI 6 on
OLDEST_ABI = 3  # before it a process behind the wall could still truncate any file it may write to

ASK_VERSION, PATH_BENEATH = 1, 1


def abi() -> int:
    """The kernel's Landlock version; raises OSError where it has none or it is switched off."""
    return kernel.syscall(MACHINES[platform.machine()].special["landlock_create_ruleset"], None, 0, ASK_VERSION)


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> int:
    """Shut every file but these for this process, for good; returns the ABI. Raises OSError.

    A path that doesn't exist here is left out of what may be read: its absence opens nothing.
    """
    version = abi()
    if version < OLDEST_ABI:
        raise OSError(f"Landlock is version {version}, and {OLDEST_ABI} or later is needed (Linux 6.2)")
    rights = (1 << RIGHTS_BY_ABI.get(version, 16)) - 1
    words = [rights, NETWORK if version >= 4 else 0, SCOPES if version >= 6 else 0]
    known = words[: 1 + (version >= 4) + (version >= 6)]
    attributes = ctypes.create_string_buffer(struct.pack(f"{len(known)}Q", *known), 8 * len(known))
    numbers = MACHINES[platform.machine()].special
    rules = kernel.syscall(numbers["landlock_create_ruleset"], attributes, 8 * len(known), 0)
    try:
        for path in readable:
            if path.exists():
                _open_path(rules, path, READ)
        for path in writable:
            _open_path(rules, path, WRITE)
        kernel.syscall(numbers["landlock_restrict_self"], rules, 0)
    finally:
        os.close(rules)
    return version


def _open_path(rules: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= ON_FILES
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, descriptor), 12)
        number = MACHINES[platform.machine()].special["landlock_add_rule"]
        kernel.syscall(number, rules, PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
