"""Calls into Linux that Python's standard library has no name for."""

import ctypes
import os

_libc = ctypes.CDLL(None, use_errno=True)

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38

CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

CAPABILITY_VERSION_3 = 0x20080522


def _fail(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)


def syscall(number: int, *arguments: int | ctypes.Array | None) -> int:
    """Call the kernel by number; raises OSError as the wrappers of `os` do."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    answer = _libc.syscall(ctypes.c_long(number), *words)
    if answer < 0:
        raise _fail(f"system call {number}")
    return answer


def prctl(option: int, value: int) -> None:
    """Change a property of this process; raises OSError."""
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)):
        raise _fail(f"prctl {option}")


def unshare(flags: int) -> None:
    """Leave the namespaces shared with the parent; raises OSError."""
    if _libc.unshare(flags):
        raise _fail("unshare")


def drop_capabilities() -> None:
    """Give up every capability, root's included; raises OSError."""
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if _libc.capset(header, nothing):
        raise _fail("capset")


def socket() -> int:
    """Open a TCP socket: what no program in the sandbox may do. Raises OSError where the wall stands."""
    internet, stream = 2, 1
    descriptor = _libc.socket(internet, stream, 0)
    if descriptor < 0:
        raise _fail("socket")
    return descriptor
