"""A worker killed with -9 in the middle of an evaluation: another takes it up, and nothing is lost or doubled."""

import json
import signal
from collections import Counter

import pytest

from apps.audit.models import Entry
from apps.dossiers.services import submit
from apps.evaluations.models import Verdict
from apps.jobs.models import Job
from apps.policies.installing import install_defaults
from tests.builders.jobs import eventually, process
from tests.builders.versions import fresh
from tests.builders.waiver import a_waiver, trained
from tests.conftest import person

pytestmark = [pytest.mark.both, pytest.mark.filterwarnings("ignore")]
PATIENT = {"within_seconds": 180.0}


def test_a_killed_worker_s_evaluation_is_done_once(environment_of_a_process, tmp_path, now):
    olivia, dmitri = person("olivia"), person("dmitri")
    install_defaults(person("rosa"), person("ruth"), now)
    version = a_waiver(olivia, dmitri, now, trained(most=3000, max_iter=10))
    submit(actor=dmitri, version=version, now=now)
    asked = Job.objects.get()
    environment = environment_of_a_process | {"QUAESTOR_JOB_LEASE_SECONDS": "4"}
    with process(tmp_path, environment, "worker") as first:
        eventually(lambda: fresh(asked).message, **PATIENT)  # it is in the sandbox
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert version.evaluations.get().status == "running" and not Verdict.objects.exists()
    with process(tmp_path, environment, "worker"), process(tmp_path, environment, "beat"):  # beat rings again
        eventually(lambda: fresh(asked).state == "done", **PATIENT)
    evaluation, job = version.evaluations.get(), fresh(asked)
    assert (evaluation.status, job.attempt) == ("done", 2)
    rows = evaluation.results.values_list("measure", "attribute", "group", "slice")
    results = Counter(json.dumps(row) for row in rows)
    assert results and set(results.values()) == {1}
    assert Verdict.objects.get().evaluation == evaluation
    assert fresh(version).status in ("draft", "in_validation")
    assert Entry.objects.filter(verb="evaluations.evaluation_completed").count() == 1
