"""The embedded installation as a person starts it: one command, real processes, real ports."""

import json
import os
import signal
import socket
from urllib.request import urlopen

import pytest
from django.db import connection
from django.utils import timezone

from apps.jobs import services
from apps.jobs.management.commands.up import Command
from apps.jobs.models import Heartbeat, Job
from tests.builders.jobs import eventually, process
from tests.jobs.errands.kinds import effects


@pytest.fixture
def up(environment_of_a_process, tmp_path):
    """Starts `manage.py up` on the test's own database, in a home of its own, at a free port."""
    more = {
        "DJANGO_SETTINGS_MODULE": "tests.jobs.settings",
        "QUAESTOR_HOME": str(tmp_path),
        "QUAESTOR_WORKERS": "1",
        "QUAESTOR_JOB_WORKERS": "1",
        "ERRANDS": str(tmp_path),
        "PORT": "0",
    }

    def start(**others):
        return process(tmp_path, environment_of_a_process | more | others, "up")

    return start


@pytest.fixture
def said(tmp_path):
    return lambda: (tmp_path / "up.log").read_text()


def ready(said):
    """The address it says it is ready at."""
    eventually(lambda: "Ready: " in said(), within_seconds=90)
    return said().split("Ready: ")[1].split()[0]


def alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children_of(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return [int(child) for child in children.read().split()]


def test_it_says_when_all_answer_replaces_a_killed_worker_and_stops_all(up, said, tmp_path):
    with up() as parent:
        address = ready(said)
        with urlopen(f"{address}/health/ready") as answer:
            assert json.load(answer)["status"] == "ready"

        job = services.enqueue("errands.add", now=timezone.now(), numbers=[1, 2], gate="work")
        eventually(lambda: (tmp_path / "work.reached").exists())
        first = Heartbeat.objects.get(kind="worker").name
        os.kill(int(first.rpartition(":")[2]), signal.SIGKILL)
        (tmp_path / "work.open").touch()
        eventually(lambda: Job.objects.get(pk=job.pk).state == "done")
        job.refresh_from_db()
        assert (job.attempt, effects(job)) == (2, 1) and "worker 1 ended (signal 9)" in said()
        eventually(lambda: Heartbeat.objects.get(kind="worker").name != first)

        family = children_of(parent.pid)
        assert len(family) == 3
        parent.send_signal(signal.SIGINT)
        assert parent.wait(15) == 0
        assert not any(alive(pid) for pid in family)
        assert not Heartbeat.objects.exists()


def test_its_children_die_with_it_even_if_it_is_killed(up, said):
    with up() as parent:
        ready(said)
        family = children_of(parent.pid)
        parent.kill()
        parent.wait()
        eventually(lambda: not any(alive(pid) for pid in family))


def test_a_port_in_use_is_named(up, said):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with up(PORT=str(port)) as parent:
            assert parent.wait(30) == 1
    assert f"Port {port} can't be used" in said() and "set PORT to another" in said()


def test_two_do_not_run_from_one_home(up, said, tmp_path):
    from apps.jobs.supervisor import alone

    with alone(tmp_path), up() as parent:
        assert parent.wait(30) == 1
    assert "already running from" in said()


def test_a_database_that_can_not_be_written_does_not_end_it(environment_of_a_process, capsys):
    if connection.vendor != "sqlite":
        pytest.skip("a full disk shows so on SQLite only")
    connection.cursor().execute("PRAGMA query_only = 1")  # until the connection is closed, which ends it
    Command()._gone(4711)
    assert "waits for the end of its lease" in capsys.readouterr().out
