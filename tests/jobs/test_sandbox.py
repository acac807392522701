"""Hostile work is contained, each time with a sentence, and nothing runs where a wall is missing."""

import json
import os
import pickle
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from apps.jobs import sandbox
from apps.jobs.sandbox import Limits

HOSTILE = Path(__file__).with_name("hostile.py")
ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20


@pytest.fixture
def scratch(tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def treasure(tmp_path):
    path = tmp_path / "treasure"
    path.write_text("gold")
    return path


def attempt(what, scratch, treasure, limits=None, **more):
    return sandbox.run(HOSTILE, {"treasure": treasure}, {"attempt": what}, scratch=scratch, limits=limits, **more)


def test_honest_work_reads_its_inputs_reports_progress_and_leaves_a_file(scratch, treasure):
    heard = []
    outcome = attempt("behave", scratch, treasure, on_progress=lambda *said: heard.append(said))
    assert heard == [(0.25, "a quarter")]
    assert outcome.file("result").read_text() == "GOLD"
    assert "printed aside" in outcome.log
    assert outcome.walls["landlock"] >= 3 and outcome.walls["seccomp"] == "allow-list"


def test_the_fresh_process_inherits_nothing(scratch, treasure, monkeypatch):
    monkeypatch.setenv("QUAESTOR_SECRET_KEY", "nobody's business")
    with treasure.open() as held:
        os.set_inheritable(held.fileno(), True)
        result = attempt("behave", scratch, treasure).result
    assert not [name for name in result["environment"] if name.startswith("QUAESTOR")]
    assert result["descriptors"] == [0, 1, 2, 3, 4, 5]  # 3 takes reports, 4 and 5 hold files in /proc/self by path


@pytest.mark.parametrize(
    "what",
    [
        "fork",
        "run_a_program",
        "open_a_socket",
        "read_passwords",
        "read_the_parents_environment",
        "write_outside",
        "truncate_outside",
        "link_outwards",
        "open_to_all",
        "kill_parent",
        "kill_parent_by_signal_io",
        "limit_parent",
    ],
)
def test_reaching_outside_is_forbidden(what, scratch, treasure):
    with pytest.raises(sandbox.Forbidden, match="sandbox forbids") as caught:
        attempt(what, scratch, treasure)
    assert "PermissionError" in caught.value.sentence
    assert treasure.read_text() == "gold" and not (scratch.parent / "outside").exists()


@pytest.mark.parametrize(
    ("what", "limits", "failure", "sentence"),
    [
        ("loop", Limits(wall_seconds=1), sandbox.TimedOut, "ran longer than 1 seconds"),
        ("loop", Limits(cpu_seconds=1), sandbox.TimedOut, "computed for more than 1 seconds"),
        ("loop_deaf_to_signals", Limits(cpu_seconds=1), sandbox.TimedOut, "computed for more than 1 seconds"),
        ("close_reports_and_loop", Limits(cpu_seconds=1), sandbox.TimedOut, "computed for more than 1 seconds"),
        ("allocate", None, sandbox.OutOfMemory, "more memory than the 6 GiB"),
        ("write_a_large_file", Limits(file_bytes=8 * MIB), sandbox.TooMuchWritten, "larger file than it may"),
        ("write_a_large_file", Limits(scratch_bytes=8 * MIB), sandbox.TooMuchWritten, "more files than it may"),
        ("write_many_files", Limits(scratch_files=50), sandbox.TooMuchWritten, "more files than it may"),
        ("talk", Limits(report_bytes=MIB), sandbox.TooMuchWritten, "reported more than it may"),
        ("die", None, sandbox.Forbidden, "forbids"),
        ("abort", None, sandbox.Crashed, "SIGABRT"),
        ("raise_an_error", None, sandbox.Crashed, r"ValueError: the second line is folded \[31m into"),
        ("answer_nonsense", None, sandbox.Crashed, "could not be read"),
        ("answer_a_number_beyond_bounds", None, sandbox.Crashed, "could not be read"),
        ("count_beyond_bounds", None, sandbox.Crashed, "could not be read"),
        ("nest_deeply", None, sandbox.Crashed, "could not be read"),
        ("pretend_walls_are_missing", None, sandbox.Crashed, "without a result"),
        ("decline", None, sandbox.Refused, "isn't for us"),
    ],
)
def test_each_bad_end_has_its_sentence(what, limits, failure, sentence, scratch, treasure):
    with pytest.raises(failure, match=sentence):
        attempt(what, scratch, treasure, limits)


class Explosive:
    def __init__(self, source):
        self.source = source

    def __reduce__(self):
        return (exec, (self.source,))


@pytest.mark.parametrize(
    "source",
    [
        "import os; os.execv('/bin/sh', ['sh', '-c', 'id > pwned'])",
        "import urllib.request; open('/etc/shadow').read()",
        "import ctypes\nif ctypes.CDLL(None).socket(2, 1, 0) < 0: raise PermissionError('socket')",
    ],
)
def test_a_hostile_pickle_is_contained(source, scratch, tmp_path):
    artefact = tmp_path / "model.onnx"
    artefact.write_bytes(pickle.dumps(Explosive(source)))
    with pytest.raises(sandbox.Forbidden, match="forbids"):
        sandbox.run(HOSTILE, {"pickle": artefact}, {"attempt": "unpickle"}, scratch=scratch)
    assert not (scratch / "pwned").exists() and not Path("pwned").exists()


def test_cancelling_kills_the_work(scratch, treasure):
    told = []
    with pytest.raises(sandbox.Cancelled, match="cancelled"):
        attempt("loop", scratch, treasure, on_progress=lambda *said: told.append(said), cancelled=lambda: bool(told))
    with pytest.raises(ProcessLookupError):
        os.kill(int(told[0][1]), 0)


def test_an_error_while_hearing_progress_ends_the_work(scratch, treasure):
    pids = []

    def lost_the_job(fraction, message):
        pids.append(int(message))
        raise RuntimeError("somebody else took the job")

    with pytest.raises(RuntimeError):
        attempt("loop", scratch, treasure, on_progress=lost_the_job)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


PARENT = """
import sys
from pathlib import Path
from apps.jobs import sandbox
sandbox.run(Path(sys.argv[1]), {}, {"attempt": "loop"}, scratch=Path(sys.argv[2]),
            on_progress=lambda fraction, message: (sys.stdout.write(message + "\\n"), sys.stdout.flush()))
"""


def test_the_work_dies_with_a_killed_worker(scratch):
    command = [sys.executable, "-c", PARENT, HOSTILE, scratch]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.send_signal(signal.SIGKILL)
    ended, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ended


WITHOUT = """
import errno, json, platform, sys
from pathlib import Path
from apps.jobs import sandbox
from apps.jobs.sandbox import kernel, seccomp
from apps.jobs.sandbox.syscalls import MACHINES
unshare = {"x86_64": 272, "aarch64": 97}
number = (MACHINES[platform.machine()].special | {"unshare": unshare[platform.machine()]})[sys.argv[1]]
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
shut = seccomp.when(number, [seccomp.refuse(errno.ENOSYS)])
seccomp.install([seccomp.statement(seccomp.LOAD, 0), *shut, seccomp.answer(seccomp.ALLOW)])
try:
    treasure = Path(sys.argv[3]).parent / "treasure"
    done = sandbox.run(Path(sys.argv[2]), {"treasure": treasure}, {"attempt": "behave"}, scratch=Path(sys.argv[3]))
    sys.stdout.write(json.dumps(done.walls))
except sandbox.WallsMissing as failure:
    sys.stdout.write(failure.sentence)
"""


def run_without(call, scratch):
    """What honest work ends with in a process whose kernel doesn't know the system call."""
    command = [sys.executable, "-c", WITHOUT, call, HOSTILE, scratch]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_without_namespaces_the_other_walls_hold_and_the_evidence_says_so(scratch, treasure):
    walls = json.loads(run_without("unshare", scratch))
    assert walls["namespaces"] == [] and walls["landlock"] >= 3 and walls["seccomp"] == "allow-list"


@pytest.mark.parametrize(
    ("call", "wall"),
    [("landlock_create_ruleset", "Landlock"), ("landlock_restrict_self", "Landlock"), ("seccomp", "seccomp")],
)
def test_nothing_runs_where_a_wall_is_missing(call, wall, scratch, treasure):
    said = run_without(call, scratch)
    assert said.startswith("The sandbox can't be built here, so nothing untrusted runs: ")
    assert said.endswith(f"{wall} is missing (Function not implemented).")
    assert not list(scratch.iterdir())


def test_a_machine_can_be_checked():
    done = subprocess.run(
        [sys.executable, "-m", "apps.jobs.sandbox"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "Landlock stands" in done.stdout and "open a socket" in done.stdout


def test_a_file_left_behind_is_plain_and_in_its_place(scratch, treasure):
    outcome = attempt("behave", scratch, treasure)
    with pytest.raises(sandbox.Crashed, match="left no file"):
        outcome.file("../treasure")
    (scratch / "linked").symlink_to(treasure)
    with pytest.raises(sandbox.Crashed, match="left no file"):
        outcome.file("linked")
