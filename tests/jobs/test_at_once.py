"""What happens at once: workers racing for a job, consumers racing for messages, leases renewed beside the work."""

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, connections

from apps.jobs import services
from apps.jobs.models import Job, Message
from tests.builders.jobs import eventually
from tests.jobs.test_transport import bodies_of, opened, put

pytestmark = pytest.mark.both


@contextmanager
def at_once(how_many, do):
    """Run `do(n)` in as many threads, from the same moment on."""
    start = threading.Barrier(how_many)

    def one(n):
        try:
            start.wait()
            do(n)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(how_many)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    connection.close()
    yield


def test_of_many_workers_racing_for_a_job_one_gets_it(own_database, now):
    job = services.enqueue("errands.add", now=now, numbers=[1])
    takers = []

    def take(n):
        if services.take(job.pk, worker=f"worker {n}", now=now):
            takers.append(f"worker {n}")

    with at_once(6, take):
        assert takers == [Job.objects.get().worker]


def test_many_who_ask_for_the_same_at_once_get_one_job(own_database, now):
    with at_once(6, lambda n: services.enqueue("errands.add", now=now, once="the card", numbers=[n])):
        assert Job.objects.count() == 1


def test_consumers_get_every_message_exactly_once(own_database):
    got = []
    with opened() as broker:
        put(broker, *range(60))

    def consume(n):
        with opened() as broker:
            got.extend(bodies_of(broker.SimpleQueue("errands")))

    with at_once(4, consume):
        assert sorted(got) == list(range(60))


def test_a_message_lease_is_renewed_while_its_consumer_lives(own_database):
    with opened(lease_seconds=0.8) as broker:
        put(broker, "a").get_nowait()
        first = Message.objects.get().visible_at
        eventually(lambda: Message.objects.get().visible_at > first + timedelta(seconds=1))
