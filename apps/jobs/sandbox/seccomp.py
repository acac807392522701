"""A seccomp filter: the list of system calls the kernel will still carry out for this process.

Classic BPF, assembled here: load the call's number, compare, answer. Source: seccomp(2), linux/seccomp.h.
"""

import ctypes
import errno
import os
import platform
import struct

from apps.jobs.sandbox import kernel
from apps.jobs.sandbox.syscalls import MACHINES, Machine

LOAD, EQUAL, AT_LEAST, ANY_BIT, ANSWER = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER_AT, ARCHITECTURE_AT, FIRST_ARGUMENT_AT = 0, 4, 16

X32_NUMBERS = 0x40000000
CLONE_THREAD = 0x00010000
SET_MODE_FILTER, SYNCHRONISE_THREADS = 1, 1

# A name for a thread or a mapping is harmless; clearing the parent-death signal or becoming traceable is not.
PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA = 15, 16, 3, 0x53564D41
HARMLESS_PRCTL = (PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_SET_VMA)
# Everything that can't make the kernel send a signal to another process (F_SETOWN, F_SETSIG, F_NOTIFY can).
HARMLESS_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)
# FIONBIO, FIONREAD, FIOCLEX, FIONCLEX, TCGETS (isatty); nothing that pushes keys or hands over a descriptor.
HARMLESS_IOCTL = (0x5421, 0x541B, 0x5451, 0x5450, 0x5401)

Instruction = bytes


def statement(code: int, value: int, if_true: int = 0, if_false: int = 0) -> Instruction:
    """One BPF instruction; jumps count instructions to skip."""
    return struct.pack("HBBI", code, if_true, if_false, value)


def answer(value: int) -> Instruction:
    """End the filter with this answer."""
    return statement(ANSWER, value)


def refuse(number: int = errno.EPERM) -> Instruction:
    """End the filter: the call fails with this errno."""
    return answer(ERROR | number)


def when(number: int, block: list[Instruction]) -> list[Instruction]:
    """Run `block`, which ends with an answer, for one system call."""
    return [statement(EQUAL, number, 0, len(block)), *block]


def allow_values(number: int, argument: int, values: tuple[int, ...]) -> list[Instruction]:
    """Allow a call only where its argument (counted from 0, read as an int as the kernel does) is one of `values`."""
    block = [statement(LOAD, FIRST_ARGUMENT_AT + 8 * argument)]
    for value in values:
        block += [statement(EQUAL, value, 0, 1), answer(ALLOW)]
    return when(number, [*block, refuse()])


def program(machine: Machine) -> list[Instruction]:
    """The whole filter for this machine and this process."""
    number = machine.special
    filter_ = [
        statement(LOAD, ARCHITECTURE_AT),
        statement(EQUAL, machine.audit_architecture, 1, 0),
        answer(KILL),
        statement(LOAD, NUMBER_AT),
    ]
    if machine.has_x32:
        filter_ += [statement(AT_LEAST, X32_NUMBERS, 0, 1), answer(KILL)]
    for allowed in machine.allowed.values():
        filter_ += when(allowed, [answer(ALLOW)])
    threads_only = [statement(LOAD, FIRST_ARGUMENT_AT), statement(ANY_BIT, CLONE_THREAD, 0, 1), answer(ALLOW)]
    filter_ += when(number["clone"], [*threads_only, refuse()])
    # clone3 hides its flags in memory a filter can't read; told that it doesn't exist, the C library uses clone.
    filter_ += when(number["clone3"], [refuse(errno.ENOSYS)])
    filter_ += allow_values(number["prctl"], 0, HARMLESS_PRCTL)
    filter_ += allow_values(number["fcntl"], 1, HARMLESS_FCNTL)
    filter_ += allow_values(number["ioctl"], 1, HARMLESS_IOCTL)
    filter_ += allow_values(number["prlimit64"], 0, (0,))  # its own limits, nobody else's
    filter_ += allow_values(number["tgkill"], 0, (os.getpid(),))  # abort() signals itself
    return [*filter_, statement(AT_LEAST, machine.highest_known + 1, 0, 1), refuse(errno.ENOSYS), refuse()]


def install(filter_: list[Instruction]) -> None:
    """Put the filter on every thread of this process, for good; needs no_new_privs. Raises OSError."""
    machine = MACHINES[platform.machine()]
    code = ctypes.create_string_buffer(b"".join(filter_))
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(filter_), ctypes.addressof(code)))
    left_out = kernel.syscall(machine.special["seccomp"], SET_MODE_FILTER, SYNCHRONISE_THREADS, described)
    if left_out:
        raise OSError(errno.EBUSY, f"thread {left_out} did not take the seccomp filter")
