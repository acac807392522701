"""A worker killed with -9 while it writes values: another takes it up, and what is read is whole at any time."""

import signal

import pytest

from apps.audit.models import Entry
from apps.features.models import Materialisation, OnlineValue
from apps.jobs.models import Job
from tests.builders.features import accounts, in_force
from tests.builders.jobs import eventually, process
from tests.builders.versions import fresh
from tests.conftest import person

pytestmark = pytest.mark.both
KEYS = 60_000
PATIENT = {"within_seconds": 120.0}


def test_values_are_made_once_in_effect(environment_of_a_process, tmp_path, now):
    dmitri, rosa = person("dmitri"), person("rosa")
    head = "customer_id,observed_at,loaded_at,balance,credit_limit,sex\n"
    lines = "\n".join(f"{key},2026-10-01,2026-10-02,{key}.5,{key + 1},f" for key in range(KEYS))
    version = in_force(dmitri, rosa, now, accounts(dmitri, now, f"{head}{lines}\n".encode()))
    asked = Job.objects.get()
    environment = environment_of_a_process | {"QUAESTOR_JOB_LEASE_SECONDS": "4"}
    rows = OnlineValue.objects.filter(version=version)
    with process(tmp_path, environment, "worker") as first:
        eventually(rows.exists, **PATIENT)
        first.send_signal(signal.SIGKILL)
        first.wait()
    written = rows.count()
    assert 0 < written < KEYS and Materialisation.objects.get().status == "running"
    assert set(rows.values_list("as_of", flat=True).distinct()) == {int(now.timestamp() * 1_000_000)}
    with process(tmp_path, environment, "worker"), process(tmp_path, environment, "beat"):
        eventually(lambda: fresh(asked).state == "done", **PATIENT)
    made, job = Materialisation.objects.get(), fresh(asked)
    assert (made.status, made.keys, job.attempt, rows.count()) == ("done", KEYS, 2, KEYS)
    assert made.written == KEYS - written  # what was there already was not written again
    assert Entry.objects.filter(verb="features.materialised").count() == 1
