"""A database that is away: one sentence, a bounded wait, and the process ends with another sentence."""

import logging
import os
import subprocess
import sys
import time

import pytest
from django.db import OperationalError, connection

from apps.jobs import beat as beats
from apps.jobs.patience import DatabaseAway, Patience, await_database
from apps.jobs.pulse import Pulse
from config.options import Options
from tests.architecture.test_house import ROOT

NOBODY_THERE = "postgres://quaestor@127.0.0.1:1/quaestor"


class Away:
    """A database that refuses so many times, and the clock of who waits for it."""

    def __init__(self, monkeypatch, times):
        self.times, self.now, self.pauses = times, 0.0, []
        monkeypatch.setattr(connection, "close", lambda: None)
        monkeypatch.setattr(connection, "ensure_connection", self.answer)

    def answer(self):
        if self.times:
            self.times -= 1
            raise OperationalError("connection\n  refused")

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds

    def patience(self, seconds):
        return Patience(seconds, clock=lambda: self.now)


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.WARNING)
    return lambda: [record.getMessage() for record in caplog.records if record.name == "apps.jobs.patience"]


def test_a_restart_is_survived_with_two_sentences_and_growing_pauses(monkeypatch, said):
    away = Away(monkeypatch, times=6)
    await_database(away.patience(60), away.sleep)
    assert away.pauses == [0.5, 1, 2, 4, 8, 10]
    assert said() == [
        "The database can't be reached; asking again for 60 seconds. It says: connection refused",
        "The database answers again.",
    ]


def test_one_that_stays_away_is_given_up_at_the_end_of_the_time(monkeypatch, said):
    away = Away(monkeypatch, times=100)
    with pytest.raises(DatabaseAway, match=r"could not be reached for 60 seconds\. It says: connection refused"):
        await_database(away.patience(60), away.sleep)
    assert sum(away.pauses) == 60 and len(said()) == 1


def test_a_second_absence_has_its_own_time(monkeypatch):
    away = Away(monkeypatch, times=3)
    patience = away.patience(5)
    await_database(patience, away.sleep)
    away.times, away.now = 3, 1000.0
    await_database(patience, away.sleep)


@pytest.mark.parametrize("command", ["worker", "beat", "up"])
def test_a_process_that_never_reaches_it_ends_with_a_sentence(command, tmp_path):
    began = time.monotonic()
    process = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORT": "0",
            "QUAESTOR_HOME": str(tmp_path),
            "QUAESTOR_DATABASE_URL": NOBODY_THERE,
            "QUAESTOR_DATABASE_PATIENCE_SECONDS": "1",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = process.stderr + process.stdout
    assert process.returncode == 1 and time.monotonic() - began < 45
    assert "asking again for 1 seconds" in told and "could not be reached for 1 seconds" in told
    assert "Traceback" not in told and "Connection refused" in told


class Refusing:
    def __init__(self, error):
        self.error = error

    def __call__(self, *args, **kwargs):
        raise self.error


def test_a_running_worker_leaves_when_it_stays_away(monkeypatch, settings, caplog):
    settings.DATABASE_PATIENCE_SECONDS, settings.JOB_LEASE_SECONDS = 0, 2
    Away(monkeypatch, times=100)
    monkeypatch.setattr("apps.jobs.services.seen", Refusing(OperationalError("gone")))
    left = []
    Pulse(leave=lambda: left.append(True))._run()
    assert left and "The worker stops. The database could not be reached" in caplog.text


def test_a_running_beat_leaves_when_it_stays_away(monkeypatch, settings):
    settings.DATABASE_PATIENCE_SECONDS = 0
    Away(monkeypatch, times=100)
    monkeypatch.setattr("apps.jobs.services.seen", Refusing(OperationalError("gone")))
    with pytest.raises(DatabaseAway):
        beats.beat(beats.threading.Event())


def test_a_minute_is_borne_unless_told_otherwise():
    assert Options().database_patience_seconds == 60
