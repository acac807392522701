"""Real workers, killed with -9 at the worst moments: nothing is lost and nothing doubled."""

import signal
from functools import partial

import pytest
from django.utils import timezone

from apps.jobs import services
from apps.jobs.models import Heartbeat, Job, Message
from tests.builders.jobs import eventually, process
from tests.conftest import person
from tests.jobs.errands.kinds import effects

pytestmark = pytest.mark.both


@pytest.fixture
def worker(environment_of_a_process, tmp_path):
    """Starts a real worker on the test's own database."""
    more = {
        "DJANGO_SETTINGS_MODULE": "tests.jobs.settings",
        "QUAESTOR_JOB_LEASE_SECONDS": "4",
        "ERRANDS": str(tmp_path),
    }
    return partial(process, tmp_path, environment_of_a_process | more, "worker")


def ask(**parameters):
    return services.enqueue("errands.add", now=timezone.now(), numbers=[1, 2], **parameters)


def reached(folder, gate):
    return eventually(lambda: (folder / f"{gate}.reached").exists())


@pytest.mark.parametrize("moment", ["work", "commit"])
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(moment, worker, tmp_path):
    job = ask(gate=moment)
    with worker() as first:
        reached(tmp_path, moment)
        first.send_signal(signal.SIGKILL)
        first.wait()
    (tmp_path / f"{moment}.open").touch()
    assert effects(job) == 0
    with worker():
        eventually(lambda: services.ring_again(timezone.now()) + Job.objects.filter(state="done").count())
        eventually(lambda: Job.objects.get().state == "done")
        eventually(lambda: not Message.objects.exists())
    job.refresh_from_db()
    assert (job.attempt, job.result, effects(job)) == (2, {"total": 3}, 1)


def test_two_workers_share_many_jobs_and_a_polite_end_loses_none(worker):
    jobs = [ask() for _ in range(12)]
    with worker() as one, worker():
        eventually(lambda: Heartbeat.objects.count() == 2)
        one.terminate()
        eventually(lambda: Job.objects.filter(state="done").count() == len(jobs))
        assert one.wait(20) == 0
    assert [effects(job) for job in jobs] == [1] * len(jobs)


def test_a_running_job_is_cancelled_from_outside(worker):
    adam = person("adam")
    job = services.enqueue("errands.count", now=timezone.now())
    with worker():
        eventually(lambda: Job.objects.get().message.startswith("At"))
        services.cancel(actor=adam, job=job, now=timezone.now())
        eventually(lambda: Job.objects.get().state == "cancelled")
