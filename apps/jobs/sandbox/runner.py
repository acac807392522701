"""The parent's side: start the fresh process, watch it, and turn how it ended into a result or a failure."""

import dataclasses
import json
import os
import resource
import selectors
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from apps.jobs.sandbox.failures import (
    Cancelled,
    Crashed,
    Forbidden,
    OutOfMemory,
    Refused,
    SandboxFailure,
    TimedOut,
    TooMuchWritten,
    WallsMissing,
)
from apps.jobs.sandbox.reports import Printed, Progress, Reports, plain
from apps.jobs.sandbox.task import GIB, Limits

CODE = Path(__file__).resolve().parents[3]
CHILD = Path(__file__).with_name("child.py")
TICK_SECONDS = 0.2
GRACE_SECONDS = 5


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A program's result, the folder its files are in, and the walls it ran behind (they go into the evidence)."""

    result: dict[str, Any]
    scratch: Path
    walls: dict[str, Any]
    seconds: float
    log: str

    def file(self, name: str) -> Path:
        """A file the program left: a plain one, in the scratch folder itself. Raises Crashed."""
        path = self.scratch / name
        if path.parent != self.scratch or not path.exists() or not stat.S_ISREG(path.lstat().st_mode):
            raise Crashed(f"The work left no file {plain(name)}.")
        return path


def run(
    program: str | Path,
    inputs: dict[str, Path],
    parameters: dict[str, Any],
    *,
    scratch: Path,
    limits: Limits | None = None,
    on_progress: Progress | None = None,
    on_log: Printed | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Outcome:
    """Run a program in the sandbox and wait for it.

    Args:
        program: a module of ours with `main(task) -> dict`, or the path of a plugin's Python file.
        inputs: files (or folders) it may read, by name.
        parameters: JSON it is given.
        scratch: an existing folder, the only place it may write; the caller removes it.
        on_progress: called with (fraction, sentence) in the caller's thread.
        on_log: called there with what the program prints, as it comes.
        cancelled: asked every 0.2 s; when it says yes, the process is killed.
    Raises:
        WallsMissing, TimedOut, OutOfMemory, TooMuchWritten, Forbidden, Crashed, Cancelled, Refused.
    """
    limits = limits or Limits()
    scratch = scratch.resolve(strict=True)
    request = {
        "module": None if isinstance(program, Path) else program,
        "file": str(program.resolve(strict=True)) if isinstance(program, Path) else None,
        "inputs": {name: str(path.resolve(strict=True)) for name, path in inputs.items()},
        "parameters": parameters,
        "scratch": str(scratch),
        "limits": dataclasses.asdict(limits),
        "parent": os.getpid(),
        "code": str(CODE),
    }
    started, computed = time.monotonic(), _children_seconds()
    reports = Reports(limits, on_progress, on_log)
    process = _start(scratch)
    try:
        _hand_over(process, json.dumps(request, allow_nan=False).encode())
        _watch(process, reports, scratch, limits, cancelled, started + limits.wall_seconds)
        code = _wait(process)
        _measure(scratch, limits)
    finally:
        _end(process)
    try:
        result = _result(reports, code, limits, _children_seconds() - computed)
    except SandboxFailure as failure:
        failure.log = _text(reports.log)
        raise
    return Outcome(result, scratch, reports.walls or {}, time.monotonic() - started, _text(reports.log))


def _start(scratch: Path) -> subprocess.Popen[bytes]:
    # -s -P -B: no user packages, nothing from the current folder, no bytecode written. Not -I, which would ignore
    # the fixed hash seed that makes two runs write the same bytes; the environment is ours to the last name anyway.
    return subprocess.Popen(
        [sys.executable, "-s", "-P", "-B", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=scratch,
        env=_environment(scratch),
        close_fds=True,
        start_new_session=True,
    )


def _environment(scratch: Path) -> dict[str, str]:
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return one | {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "NUMBA_CACHE_DIR": str(scratch),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "JOBLIB_MULTIPROCESSING": "0",
        "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others reserve address space by the gigabyte
    }


def _hand_over(process: subprocess.Popen[bytes], request: bytes) -> None:
    try:
        process.stdin.write(request)
        process.stdin.close()
    except BrokenPipeError:  # it ended at once; how, its exit tells
        pass


def _watch(
    process: subprocess.Popen[bytes],
    reports: Reports,
    scratch: Path,
    limits: Limits,
    cancelled: Callable[[], bool] | None,
    deadline: float,
) -> None:
    """Listen until both pipes end; raises what stops the work from outside."""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, reports.take)
        selector.register(process.stderr, selectors.EVENT_READ, reports.take_log)
        looked = time.monotonic()
        while selector.get_map():
            for key, _ in selector.select(TICK_SECONDS):
                data = os.read(key.fd, 65_536)
                if data:
                    key.data(data)
                else:
                    selector.unregister(key.fileobj)
            now = time.monotonic()
            if now > deadline:
                raise TimedOut(f"The work was stopped: it ran longer than {limits.wall_seconds:g} seconds.")
            if now - looked >= TICK_SECONDS:
                looked = now
                if cancelled and cancelled():
                    raise Cancelled("The work was cancelled.")
                _measure(scratch, limits)


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise TimedOut("The work was stopped: it closed its reports and went on running.") from error


def _measure(scratch: Path, limits: Limits) -> None:
    files = size = 0
    for folder, _, names in os.walk(scratch):
        for name in names:
            try:
                size += (Path(folder) / name).lstat().st_size
            except FileNotFoundError:  # it removes files while we count
                continue
        files += len(names) + 1
        if size > limits.scratch_bytes or files > limits.scratch_files:
            raise TooMuchWritten("The work was stopped: it wrote more files than it may.")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait(GRACE_SECONDS)
    for pipe in (process.stdin, process.stdout, process.stderr):
        try:
            pipe.close()
        except BrokenPipeError:
            continue


def _result(reports: Reports, code: int, limits: Limits, computed: float) -> dict[str, Any]:
    ending = reports.ending or {}
    if reports.walls is None:
        why = plain(ending.get("walls_missing", "")) or _text(reports.log).strip().rpartition("\n")[2]
        raise WallsMissing(
            f"The sandbox can't be built here, so nothing untrusted runs: {why or 'it did not start'}."
        )
    if "refused" in ending:
        raise Refused(plain(ending["refused"]))
    if "failed" in ending:
        raise _failure(ending, limits)
    if code != 0:
        raise _ended_by(code, limits, computed)
    if not isinstance(ending.get("result"), dict):
        raise Crashed("The work ended without a result.")
    return ending["result"]


def _failure(ending: dict[str, Any], limits: Limits) -> Exception:
    message = plain(ending.get("message", ""))
    if ending["failed"] == "memory":
        return OutOfMemory(_memory_sentence(limits))
    if ending["failed"] == "written":
        return TooMuchWritten("The work was stopped: it wrote a larger file than it may.")
    if ending["failed"] == "forbidden":
        return Forbidden(f"The work tried something that the sandbox forbids, and was stopped: {message}")
    return Crashed(f"The work failed: {message}")


def _ended_by(code: int, limits: Limits, computed: float) -> Exception:
    if code == -signal.SIGXCPU or (code == -signal.SIGKILL and computed >= limits.cpu_seconds):
        return TimedOut(f"The work was stopped: it computed for more than {limits.cpu_seconds} seconds.")
    if code == -signal.SIGXFSZ:
        return TooMuchWritten("The work was stopped: it wrote a larger file than it may.")
    if code == -signal.SIGKILL:
        return OutOfMemory(
            f"The machine stopped the work, most likely for want of memory. {_memory_sentence(limits)}"
        )
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return Crashed(f"The work ended without an answer ({how}).")


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _memory_sentence(limits: Limits) -> str:
    return f"The work was stopped: it wanted more memory than the {limits.memory_bytes / GIB:g} GiB it may use."


def _text(log: bytes) -> str:
    return log.decode("utf-8", "replace")
