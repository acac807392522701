"""A plugin that attacks: run in the sandbox by test_sandbox, one attempt at a time."""

import fcntl
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

from apps.jobs.sandbox.failures import Refused


def loop(task):
    task.progress(0.5, str(os.getpid()))
    while True:
        pass


def loop_deaf_to_signals(task):
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    loop(task)


def close_reports_and_loop(task):
    os.closerange(0, 16)
    while True:
        pass


def allocate(task):
    return {"size": len(bytearray(64 << 30))}


def fork(task):
    os.fork()


def run_a_program(task):
    subprocess.run(["/bin/true"], check=True)


def open_a_socket(task):
    socket.create_connection(("127.0.0.1", 9), 1)


def read_passwords(task):
    return {"read": Path("/etc/passwd").read_text()}


def read_the_parents_environment(task):
    return {"read": Path(f"/proc/{os.getppid()}/environ").read_text()}


def write_outside(task):
    (task.scratch.parent / "outside").write_text("escaped")


def truncate_outside(task):
    os.truncate(task.inputs["treasure"], 0)


def link_outwards(task):
    os.symlink("/etc/passwd", task.scratch / "result")


def open_to_all(task):
    os.chmod(task.inputs["treasure"], 0o777)


def kill_parent(task):
    os.kill(os.getppid(), signal.SIGKILL)


def kill_parent_by_signal_io(task):
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())


def limit_parent(task):
    resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))


def write_a_large_file(task):
    with (task.scratch / "large").open("wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))


def write_many_files(task):
    for number in range(100_000):
        (task.scratch / str(number)).write_text("x")
    loop(task)


def talk(task):
    while True:
        task.progress(0.1, "x" * 1000)


def die(task):
    os.kill(os.getpid(), signal.SIGSEGV)


def abort(task):
    os.abort()


def raise_an_error(task):
    raise ValueError("the second line\nis folded\x1b[31m into the first")


def answer_nonsense(task):
    os.write(3, b'{"result": {"x": NaN}}\n')


def answer_a_number_beyond_bounds(task):
    os.write(3, b'{"result": {"x": 1e999}}\n')


def count_beyond_bounds(task):
    os.write(3, b'{"progress": 1' + b"0" * 400 + b"}\n")


def nest_deeply(task):
    os.write(3, b"[" * 100_000 + b"\n")


def pretend_walls_are_missing(task):
    task.say({"walls_missing": "I say so"})


def unpickle(task):
    return {"got": repr(pickle.loads(task.inputs["pickle"].read_bytes()))}


def decline(task):
    raise Refused("This artefact isn't for us.")


def behave(task):
    task.progress(0.25, "a quarter")
    (task.scratch / "result").write_text(task.inputs["treasure"].read_text().upper())
    print("printed aside")  # noqa: T201
    return {"environment": sorted(os.environ), "descriptors": open_descriptors(), "arguments": len(sys.argv)}


def open_descriptors():
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def main(task):
    return globals()[task.parameters["attempt"]](task)
