"""A job from asking to ending, on one thread and by a clock the test moves."""

from datetime import timedelta

import pytest
from celery import current_app
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.audit.models import Entry
from apps.core.errors import IllegalTransition
from apps.jobs import services
from apps.jobs.errors import Cancelled, Superseded
from apps.jobs.models import Job, Message
from apps.jobs.running import carry_out, work_off
from tests.builders.inventory import a_model
from tests.jobs.errands.kinds import effects

pytestmark = pytest.mark.django_db


def ask(now, kind="errands.add", **more):
    return services.enqueue(kind, now=now, **({"numbers": [1, 2]} | more))


def take(job, now, worker="worker"):
    return services.take(job.pk, worker=worker, now=now)


def test_what_was_asked_for_is_done_and_its_result_kept(now):
    job = ask(now)
    work_off()
    job.refresh_from_db()
    assert (job.state, job.progress, job.result, job.attempt) == ("done", 1.0, {"total": 3}, 1)
    assert job.ended_at and effects(job) == 1


def test_nobody_can_ask_for_what_no_room_does(now):
    with pytest.raises(LookupError, match="No room knows"):
        ask(now, kind="errands.fly")


def test_a_bell_that_rings_twice_does_the_work_once(now):
    job = ask(now)
    assert carry_out(job.pk).state == "done"
    assert carry_out(job.pk) is None
    assert effects(job) == 1


def test_while_one_of_a_name_is_live_no_second_is_made(now):
    first = ask(now, once="card MDL-0001@1.0.0")
    assert ask(now, once="card MDL-0001@1.0.0") == first
    work_off()
    assert ask(now, once="card MDL-0001@1.0.0") != first


class TestTheLease:
    def test_a_taken_job_is_nobody_elses(self, now):
        job = ask(now)
        assert take(job, now) == job
        assert take(job, now + services.lease() / 2, worker="another") is None

    def test_a_job_whose_worker_fell_silent_goes_to_another(self, now):
        job = ask(now)
        take(job, now)
        later = now + services.lease() + timedelta(seconds=1)
        again = take(job, later, worker="another")
        assert (again.attempt, again.worker) == (2, "another")

    def test_a_renewed_lease_holds(self, now):
        job = ask(now)
        mine = take(job, now)
        services.renew([mine], now=now + services.lease())
        assert take(job, now + services.lease() + timedelta(seconds=1), worker="another") is None

    def test_what_a_dead_worker_held_is_given_back_at_once(self, now):
        job = ask(now)
        take(job, now, worker="host:17")
        assert services.release("host:17", now=now) == 1
        assert take(job, now, worker="another").attempt == 2

    def test_work_that_kills_its_workers_is_given_up(self, now):
        job = ask(now)
        for _ in range(3):
            take(job, now)
            now += services.lease() + timedelta(seconds=1)
        assert take(job, now) is None
        job.refresh_from_db()
        assert job.state == "failed" and "interrupted 3 times" in job.error


class TestTheFence:
    @pytest.fixture
    def attempts(self, now):
        """The same job in the hands of a worker thought dead, and of the one that took it over."""
        job = ask(now)
        old = take(job, now)
        new = take(job, now + services.lease() + timedelta(seconds=1), worker="another")
        return old, new

    def test_an_old_attempt_writes_nothing(self, attempts, now):
        old, new = attempts
        with pytest.raises(Superseded):
            services.finish(old, now=now, commit=lambda: Group.objects.create(name="written by a ghost"))
        assert not Group.objects.filter(name="written by a ghost").exists()
        services.finish(new, now=now, commit=lambda: {"total": 3})
        new.refresh_from_db()
        assert new.state == "done"

    @pytest.mark.parametrize(
        "last_words",
        [
            lambda old, now: services.report(old, 0.9, "Nearly there", now=now),
            lambda old, now: services.fail(old, error="No", now=now),
            lambda old, now: services.retry(old, error="No", now=now),
            lambda old, now: services.stop(old, now=now),
        ],
        ids=["report", "fail", "retry", "stop"],
    )
    def test_nor_does_it_say_anything(self, last_words, attempts, now):
        old, new = attempts
        with pytest.raises(Superseded):
            last_words(old, now)
        new.refresh_from_db()
        assert (new.state, new.message, new.error) == ("running", "", "")

    def test_a_commit_that_fails_leaves_nothing(self, now):
        job = take(ask(now), now)

        def commit():
            Group.objects.create(name="half")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            services.finish(job, now=now, commit=commit)
        job.refresh_from_db()
        assert job.state == "running" and not Group.objects.filter(name="half").exists()


class TestFailing:
    def test_work_that_cannot_be_done_fails_with_its_sentence(self, now):
        job = ask(now, kind="errands.refuse")
        work_off()
        job.refresh_from_db()
        assert (job.state, job.error, job.attempt) == ("failed", "The file has no rows.", 1)

    def test_its_consequence_is_drawn_in_the_same_transaction(self, now):
        job = ask(now, kind="errands.refuse")
        work_off()
        assert Group.objects.filter(name=f"regret {job.pk}").count() == 1

    def test_a_mistake_of_ours_is_owned_up_to_without_its_details(self, now):
        job = ask(now, kind="errands.break_down")
        work_off()
        job.refresh_from_db()
        assert job.state == "failed" and str(job.pk) in job.error and "ZeroDivision" not in job.error

    def test_what_may_pass_is_tried_again_after_longer_and_longer_pauses(self, time_machine, now):
        time_machine.move_to(now, tick=False)
        job, pauses = ask(now, kind="errands.stumble"), []
        while carry_out(job.pk):
            job.refresh_from_db()
            if not job.live:
                break
            assert job.state == "retrying" and carry_out(job.pk) is None
            pauses.append((job.run_after - timezone.now()).seconds)
            time_machine.move_to(job.run_after, tick=False)
        assert pauses == [10, 40] and job.attempt == 3
        assert job.state == "failed" and "The registry did not answer" in job.error


class TestCancelling:
    def test_a_waiting_job_ends_at_once(self, olivia, now):
        job = services.cancel(actor=olivia, job=ask(now, requested_by=olivia), now=now)
        assert job.state == "cancelled" and work_off() == 0

    def test_a_running_one_stops_when_it_looks_up(self, olivia, now):
        job = take(ask(now, kind="errands.count", requested_by=olivia), now)
        services.cancel(actor=olivia, job=job, now=now)
        with pytest.raises(Cancelled):
            services.report(job, 0.5, "Half way", now=now)
        assert services.stop(job, now=now).state == "cancelled"
        assert Group.objects.filter(name=f"regret {job.pk}").exists()

    def test_its_result_is_not_written_any_more(self, olivia, now):
        job = take(ask(now, requested_by=olivia), now)
        services.cancel(actor=olivia, job=job, now=now)
        with pytest.raises(Cancelled):
            services.finish(job, now=now, commit=lambda: Group.objects.create(name="too late"))
        assert not Group.objects.filter(name="too late").exists()

    def test_one_whose_worker_died_ends_when_the_next_looks(self, olivia, now):
        job = take(ask(now, requested_by=olivia), now)
        services.cancel(actor=olivia, job=job, now=now)
        assert take(job, now + services.lease() + timedelta(seconds=1)) is None
        job.refresh_from_db()
        assert job.state == "cancelled"

    def test_it_is_an_event_once(self, olivia, now):
        job = take(ask(now, kind="errands.count", requested_by=olivia), now)
        for _ in range(2):
            services.cancel(actor=olivia, job=job, now=now)
        entry = Entry.objects.get(verb="jobs.job_cancelled")
        assert (entry.subject_kind, entry.subject_reference) == ("job", str(job.pk))
        assert entry.actor == olivia.reference

    def test_its_event_is_seen_where_the_model_is(self, olivia, dmitri, oscar, now):
        model = a_model(olivia, now)
        job = ask(now, requested_by=olivia, subject_kind="model", root_reference=model.reference)
        services.cancel(actor=olivia, job=job, now=now)
        entries = Entry.objects.filter(verb="jobs.job_cancelled")
        assert entries.visible_to(dmitri).exists() and not entries.visible_to(oscar).exists()

    def test_a_refused_one_is_no_event(self, olivia, dmitri, now):
        with pytest.raises(PermissionDenied):
            services.cancel(actor=dmitri, job=ask(now, requested_by=olivia), now=now)
        assert not Entry.objects.exists()

    def test_an_auditor_stops_what_they_asked_for(self, aisha, now):
        assert services.cancel(actor=aisha, job=ask(now, requested_by=aisha), now=now).state == "cancelled"

    def test_nobody_stops_what_another_asked_for(self, olivia, dmitri, now):
        with pytest.raises(PermissionDenied, match="Only the person who asked"):
            services.cancel(actor=dmitri, job=ask(now, requested_by=olivia), now=now)

    def test_but_an_administrator(self, olivia, adam, now):
        assert services.cancel(actor=adam, job=ask(now, requested_by=olivia), now=now).state == "cancelled"

    def test_what_has_ended_cannot_be_cancelled(self, olivia, now):
        job = ask(now, requested_by=olivia)
        work_off()
        with pytest.raises(IllegalTransition, match="This job is done"):
            services.cancel(actor=olivia, job=job, now=now)


class TestTheBell:
    def test_rings_when_the_asking_commits(self, now, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            ask(now)
        assert Message.objects.count() == 1

    def test_a_broker_that_is_gone_loses_nothing(self, now, django_capture_on_commit_callbacks, monkeypatch):
        monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:1/0")
        monkeypatch.setattr(current_app.amqp, "_producer_pool", None)
        with django_capture_on_commit_callbacks(execute=True):
            job = ask(now)
        assert Job.objects.get().state == "queued" and not Message.objects.exists()
        monkeypatch.undo()
        services.ring_again(job.ring_at)
        assert work_off() == 1

    def test_rings_again_for_a_job_nobody_took_but_does_not_pester(self, now):
        job = ask(now)
        assert services.ring_again(now) == 0
        rung = [s for s in range(0, 300) if services.ring_again(now + timedelta(seconds=s))]
        assert rung[:4] == [5, 10, 20, 40]
        assert rung[-1] - rung[-2] == 60
        assert Message.objects.count() == len(rung) and job.live

    def test_rings_for_a_job_whose_worker_fell_silent(self, now):
        take(ask(now), now)
        assert services.ring_again(now + services.lease() / 2) == 0
        assert services.ring_again(now + services.lease() + timedelta(seconds=1)) == 1

    def test_does_not_ring_for_one_whose_time_has_not_come(self, now):
        ask(now, run_after=now + timedelta(hours=1))
        assert services.ring_again(now + timedelta(minutes=59)) == 0
        assert services.ring_again(now + timedelta(hours=1, seconds=6)) == 1


@pytest.mark.parametrize(
    "nonsense",
    [
        {"progress": 1.5},
        {"state": "running"},
        {"state": "done"},
    ],
    ids=["progress past the end", "running without a lease", "done without a moment"],
)
def test_the_database_refuses_nonsense(nonsense, now):
    job = ask(now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**nonsense)
