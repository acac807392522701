"""The embedded broker: what is put is got, once while its lease lasts, again when it has run out."""

from contextlib import contextmanager
from datetime import timedelta
from queue import Empty

import pytest
from kombu import Connection

from apps.jobs.models import Message
from apps.jobs.transport import Transport

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@contextmanager
def opened(**options):
    with Connection("database://", transport=Transport, transport_options=options) as broker:
        yield broker


def put(broker, *bodies):
    queue = broker.SimpleQueue("errands")
    for body in bodies:
        queue.put(body)
    return queue


def bodies_of(queue):
    found = []
    while True:
        try:
            message = queue.get_nowait()
        except Empty:
            return found
        found.append(message.payload)
        message.ack()


def test_what_is_put_is_got_in_order_and_gone_once_acknowledged():
    with opened() as broker:
        assert bodies_of(put(broker, "a", "b", "c")) == ["a", "b", "c"]
    assert not Message.objects.exists()


def test_a_held_message_is_hidden_from_others():
    with opened() as one, opened() as other:
        put(one, "a").get_nowait()
        assert bodies_of(other.SimpleQueue("errands")) == []


def test_it_shows_itself_again_when_its_lease_has_run_out(time_machine, now):
    time_machine.move_to(now, tick=False)
    with opened(lease_seconds=30) as one, opened() as other:
        put(one, "a").get_nowait()
        time_machine.shift(timedelta(seconds=31))
        message = other.SimpleQueue("errands").get_nowait()
        assert message.payload == "a" and message.delivery_info["redelivered"]


def test_who_held_it_too_long_cannot_acknowledge_it_any_more():
    with opened() as one:
        message = put(one, "a").get_nowait()
        Message.objects.update(owner="another")
        message.ack()
    assert Message.objects.count() == 1


def test_a_message_handed_back_is_got_again():
    with opened() as broker:
        queue = put(broker, "a")
        queue.get_nowait().requeue()
        assert bodies_of(queue) == ["a"]


def test_a_message_refused_for_good_is_gone():
    with opened() as broker:
        put(broker, "a").get_nowait().reject()
    assert not Message.objects.exists()


def test_what_a_consumer_held_when_it_closed_is_shown_to_others():
    with opened() as one:
        put(one, "a").get_nowait()
    with opened() as other:
        assert bodies_of(other.SimpleQueue("errands")) == ["a"]


def test_a_consumer_that_acknowledges_nothing_takes_messages_away():
    with opened() as broker:
        queue = put(broker, "a")
        assert broker.SimpleQueue("errands", no_ack=True).get_nowait().payload == "a"
        assert len(queue) == 0 and not Message.objects.exists()


def test_a_queue_tells_its_length_and_can_be_emptied():
    with opened() as broker:
        queue = put(broker, "a", "b")
        assert len(queue) == 2
        queue.clear()
        assert len(queue) == 0
