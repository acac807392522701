"""A worker killed with -9 in the middle of an erasure: another does it, once, and nothing was half done meanwhile."""

import signal

import pytest
from django.utils import timezone

from apps.audit.models import Entry
from apps.datasets.models import DatasetVersion
from apps.datasets.selectors.tables import arrow_table, table_path
from apps.datasets.services.erasures import confirm_erasure, request_erasure
from apps.files.models import Blob
from apps.files.services import path_of
from apps.jobs.models import Job
from apps.jobs.running import work_off
from tests.builders.datasets import a_dataset, a_version
from tests.builders.jobs import eventually, process
from tests.builders.versions import fresh
from tests.conftest import person

pytestmark = pytest.mark.both
ROWS = 120_000


def rows(seed):
    lines = "\n".join(f"{number},{(number * seed) % 997}.5,{number % 7}" for number in range(ROWS))
    return f"id,x,y\n{lines}\n".encode()


def test_a_killed_worker_s_erasure_is_done_once(environment_of_a_process, tmp_path):
    dmitri, olivia, rosa = (person(name) for name in ("dmitri", "olivia", "rosa"))
    dataset = a_dataset(dmitri, timezone.now())
    versions = [a_version(dmitri, timezone.now(), rows(seed), dataset=dataset) for seed in (1, 2, 3)]
    old = [path_of(digest) for version in versions for digest in (version.table_id, version.source_id)]
    erasure, _ = request_erasure(
        actor=olivia, dataset=dataset, column="id", keys=["17", "18"], reason="Letter", now=timezone.now()
    )
    work_off()
    _, job = confirm_erasure(actor=rosa, erasure=fresh(erasure), now=timezone.now())
    before = Blob.objects.count()
    environment = environment_of_a_process | {"QUAESTOR_JOB_LEASE_SECONDS": "4"}
    with process(tmp_path, environment, "worker") as first:
        eventually(lambda: Blob.objects.count() > before, within_seconds=60)  # one successor's table is stored
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert not any(fresh(version).gone for version in versions) and DatasetVersion.objects.count() == 3
    assert all(table_path(version).exists() for version in versions)
    with process(tmp_path, environment, "worker"), process(tmp_path, environment, "beat"):  # beat rings again
        eventually(lambda: fresh(erasure).status == "done", within_seconds=120)
        eventually(lambda: not any(path.exists() for path in old), within_seconds=60)
    assert (fresh(job).attempt, DatasetVersion.objects.count()) == (2, 6)
    assert [fresh(version).status for version in versions] == ["erased"] * 3
    for version in versions:
        left = arrow_table(fresh(version).successor, ["id"]).column("id").to_pylist()
        assert len(left) == ROWS - 2 and not {17, 18} & set(left)
    assert Entry.objects.filter(verb="datasets.version_erased").count() == 3
    assert Job.objects.filter(kind="files.remove").count() == 1
