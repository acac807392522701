"""Periodic duties come round when they are due, once each, whatever happens to the others."""

import inspect
from datetime import timedelta

import pytest
from django.utils.module_loading import import_string

from apps.core.periodic import Periodic
from apps.jobs.beat import duties, round_of
from apps.jobs.models import Tick

pytestmark = pytest.mark.django_db
CALLS = []


def note(now):
    CALLS.append(now)


def trip(now):
    raise ValueError("the disk is full")


HOURLY = Periodic("errands.note", 3600, "tests.jobs.test_beat.note")
BROKEN = Periodic("errands.trip", 3600, "tests.jobs.test_beat.trip")


@pytest.fixture(autouse=True)
def no_calls_yet():
    CALLS.clear()


def test_the_rooms_duties_are_known():
    assert {"jobs.ring_again", "audit.seal", "notifications.read_ledger"} <= {duty.name for duty in duties()}


@pytest.mark.parametrize("duty", duties(), ids=lambda duty: duty.name)
def test_every_duty_can_be_called_as_beat_calls_it(duty, now):
    inspect.signature(import_string(duty.call)).bind(now=now)


def test_a_duty_comes_round_when_it_is_due(now):
    later = now + timedelta(minutes=59)
    assert [len(round_of([HOURLY], moment)) for moment in (now, later, now + timedelta(hours=1))] == [1, 0, 1]
    first, second = CALLS
    assert (first, second) == (now, now + timedelta(hours=1))


def test_one_missed_while_the_machine_was_off_is_done_once_when_it_is_back(now):
    round_of([HOURLY], now)
    assert round_of([HOURLY], now + timedelta(days=3)) == ["errands.note"]
    assert len(CALLS) == 2


def test_one_that_fails_keeps_none_from_being_done_and_is_tried_again_in_a_minute(now):
    assert round_of([BROKEN, HOURLY], now) == ["errands.trip", "errands.note"]
    tick = Tick.objects.get(name="errands.trip")
    assert tick.error == "ValueError: the disk is full" and tick.due_at == now + timedelta(minutes=1)


def test_another_beat_that_took_it_first_keeps_us_from_doing_it(now):
    Tick.objects.create(name="errands.note", due_at=now + timedelta(hours=1), ran_at=now)
    assert round_of([HOURLY], now) == [] and CALLS == []
