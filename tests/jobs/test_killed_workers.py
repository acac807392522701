"""Real workers, killed with -9 at the worst moments: nothing is lost and nothing doubled."""

import shutil
import signal
import subprocess
from functools import partial

import pytest
from django.utils import timezone

from apps.jobs import services
from apps.jobs.models import Heartbeat, Job, Message
from apps.jobs.supervisor import free_port
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
        eventually(lambda: Job.objects.get(pk=job.pk).state == "done")
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
        eventually(lambda: Job.objects.get(pk=job.pk).state == "cancelled")


@pytest.fixture
def redis(tmp_path):
    """A Redis of the test's own."""
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("there is no redis-server on this machine")
    port = free_port(0)
    arguments = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    yield f"redis://127.0.0.1:{port}/0"
    process.kill()
    process.wait()


def test_the_same_holds_with_redis_as_the_bell(redis, own_database, environment_of_a_process, tmp_path):
    more = {"QUAESTOR_BROKER_URL": redis, "ERRANDS": str(tmp_path), "QUAESTOR_JOB_LEASE_SECONDS": "4"}
    environment = environment_of_a_process | more | {"DJANGO_SETTINGS_MODULE": "tests.jobs.settings"}
    worker = partial(process, tmp_path, environment, "worker")
    beat = partial(process, tmp_path, environment, "beat")
    job = ask(gate="work")
    with beat():
        with worker() as first:
            reached(tmp_path, "work")
            first.send_signal(signal.SIGKILL)
        (tmp_path / "work.open").touch()
        with worker():
            eventually(lambda: Job.objects.get(pk=job.pk).state == "done")
    job.refresh_from_db()
    assert (job.attempt, effects(job)) == (2, 1)
    assert Message.objects.count() == 1  # the bell of this process, which no worker heard: all the rest was Redis
