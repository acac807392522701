"""A worker killed with -9 in the middle of an extraction: another takes it up, and nothing is lost or doubled."""

import signal
import threading

import pytest
from django.utils import timezone

from apps.audit.models import Entry
from apps.datasets.models import DatasetVersion, Extraction
from apps.datasets.services.sources import request_extraction
from apps.files.models import Blob
from tests.builders.datasets import LOANS
from tests.builders.hosts import a_server
from tests.builders.jobs import eventually, process
from tests.builders.sources import a_source
from tests.builders.versions import fresh
from tests.conftest import person

pytestmark = pytest.mark.both


def test_a_killed_worker_s_extraction_is_done_once(environment_of_a_process, settings, tmp_path):
    dmitri, go_on, held = person("dmitri"), threading.Event(), threading.Event()

    def slowly(request):
        request.file(LOANS[:40], length=len(LOANS))
        held.set()
        go_on.wait(60)
        request.wfile.write(LOANS[40:])

    with a_server() as server:
        settings.DATA_HOSTS = (server.address,)
        server.answers["/loans.csv"] = slowly
        source = a_source(dmitri, timezone.now(), "http", {"url": f"{server.address}/loans.csv"})
        asked = request_extraction(actor=dmitri, source=source, now=timezone.now())
        more = {"QUAESTOR_JOB_LEASE_SECONDS": "4", "QUAESTOR_DATA_HOSTS": server.address}
        environment = environment_of_a_process | more
        with process(tmp_path, environment, "worker") as first:
            assert held.wait(60)
            first.send_signal(signal.SIGKILL)
            first.wait()
        go_on.set()
        assert not Extraction.objects.exists() and not DatasetVersion.objects.exists()
        with process(tmp_path, environment, "worker"), process(tmp_path, environment, "beat"):  # beat rings again
            eventually(lambda: fresh(asked).state == "done", within_seconds=90)
    made, job = Extraction.objects.get(), fresh(asked)
    assert (job.attempt, made.outcome, made.rows, made.job) == (2, "new", 4, job.pk)
    assert DatasetVersion.objects.get() == made.version and made.parts.count() == 1
    assert Blob.objects.count() == 2  # the file and the table
    for verb in ("datasets.version_added", "datasets.extraction_ended"):
        assert Entry.objects.filter(verb=verb).count() == 1
