"""What starts pipelines by itself, and what doesn't."""

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection

from apps.audit.models import Entry
from apps.jobs.running import work_off
from apps.pipelines.models import Appointment, PipelineRun
from apps.pipelines.services import keeping
from apps.pipelines.services.triggers import start_due
from tests.builders.datasets import a_dataset, a_version
from tests.builders.pipelines import commands, in_force
from tests.conftest import person

STEP = {"script": "print(1)"}
MORE = b"id,age,score,default\n1,23,0.9,yes\n2,47,0.2,no\n"


def watching(dmitri, victor, now, head):
    return in_force(dmitri, victor, now, commands(head, one=STEP))


@pytest.mark.django_db
class TestNewData:
    @pytest.fixture
    def loans(self, model, dmitri, now):
        return a_dataset(dmitri, now)

    def test_start_the_pipelines_that_wait_for_them(self, loans, dmitri, victor, now):
        watching(dmitri, victor, now, "triggers: {new_data: [DS-0001]}")
        a_version(dmitri, now, dataset=loans)
        run = PipelineRun.objects.get()
        assert (run.started_by, run.started_key, run.status) == ("new_data", "data DS-0001@1", "running")
        work_off()
        a_version(dmitri, now, MORE, dataset=loans)
        assert PipelineRun.objects.count() == 2

    def test_the_same_data_again_start_nothing(self, loans, dmitri, victor, now):
        watching(dmitri, victor, now, "triggers: {new_data: [DS-0001]}")
        for _ in range(2):
            a_version(dmitri, now, dataset=loans)
        assert PipelineRun.objects.count() == 1

    def test_start_nothing_that_is_paused_or_waits_for_other_data(self, loans, dmitri, victor, now):
        pipeline = watching(dmitri, victor, now, "triggers: {new_data: [DS-0001]}")
        keeping.pause(actor=dmitri, pipeline=pipeline, now=now)
        a_version(dmitri, now, dataset=loans)
        a_version(dmitri, now)
        assert not PipelineRun.objects.exists()

    def test_are_told_to_be_skipped_where_it_is_busy_and_does_not_queue(self, loans, dmitri, victor, now):
        watching(dmitri, victor, now, "triggers: {new_data: [DS-0001]}\nconcurrency: {when_busy: skip}")
        a_version(dmitri, now, dataset=loans)
        a_version(dmitri, now, MORE, dataset=loans)
        assert PipelineRun.objects.count() == 1
        assert Entry.objects.filter(verb="pipelines.trigger_skipped").count() == 1

    def test_that_a_pipeline_makes_do_not_start_itself(self, loans, dmitri, victor, now):
        script = "open('a.csv', 'w').write('a,b\\n1,2\\n')"
        made = {"script": script, "outputs": {"made": {"file": "a.csv", "kind": "table", "into": "DS-0001"}}}
        in_force(dmitri, victor, now, commands("triggers: {new_data: [DS-0001]}", one=made))
        a_version(dmitri, now, dataset=loans)
        work_off()
        run = PipelineRun.objects.get()
        assert run.status == "done" and loans.versions.count() == 2
        assert Entry.objects.filter(verb="pipelines.trigger_skipped").count() == 1


@pytest.mark.django_db
class TestTheCalendar:
    HEAD = "triggers: {schedule: {cron: '0 2 * * *', time_zone: Europe/Vienna}}"

    def test_starts_a_run_when_its_time_has_come_and_not_before(self, model, dmitri, victor, now):
        watching(dmitri, victor, now, self.HEAD)
        due = datetime.fromisoformat("2026-11-24T01:00+00:00")
        assert Appointment.objects.get().due_at == due
        assert start_due(due - timedelta(seconds=1)) == 0
        assert start_due(due + timedelta(seconds=3)) == 1
        assert start_due(due + timedelta(seconds=4)) == 0
        assert PipelineRun.objects.get().started_key == "calendar 2026-11-24 01:00"
        assert Appointment.objects.get().due_at == due + timedelta(days=1)

    def test_makes_up_for_a_week_without_a_beat_once(self, model, dmitri, victor, now):
        watching(dmitri, victor, now, self.HEAD)
        assert start_due(now + timedelta(days=7)) == 1
        assert PipelineRun.objects.count() == 1

    def test_is_forgotten_where_the_next_version_has_none(self, model, dmitri, victor, now):
        from apps.pipelines.services import writing

        pipeline = watching(dmitri, victor, now, self.HEAD)
        draft = writing.draft_version(actor=dmitri, pipeline=pipeline, text=commands(one=STEP), now=now)
        writing.publish_version(actor=victor, version=draft, now=now)
        assert not Appointment.objects.exists()


@pytest.mark.both
def test_two_beats_at_once_start_one_run(own_database, now):
    from tests.builders.inventory import a_model

    dmitri, victor = person("dmitri"), person("victor")
    a_model(person("olivia"), now, developers=[dmitri])
    watching(dmitri, victor, now, TestTheCalendar.HEAD)
    gate, started = threading.Barrier(2), []

    def beat():
        gate.wait()
        started.append(start_due(now + timedelta(days=1)))
        connection.close()

    beats = [threading.Thread(target=beat) for _ in range(2)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()
    assert sorted(started) == [0, 1] and PipelineRun.objects.count() == 1


class TestAlerts:
    def alerted(self, version, now):
        """Much older people than it was tested on, in one closed window."""
        from tests.builders.monitoring import closed, people, predictions, send

        start = now - timedelta(weeks=1)
        rows = people(400, seed=3, ages=(70, 90))
        send(person("dmitri"), version.model, predictions(rows, start + timedelta(days=1)), now)
        closed(person("rosa"), version.model, start, start + timedelta(weeks=1), now)

    @pytest.mark.parametrize(("families", "runs"), [("drift, population", 1), ("calibration", 0)])
    def test_start_the_pipelines_of_their_model_that_listen_for_them(self, families, runs, watched_version, now):
        head = f"triggers: {{alerts: {{families: [{families}], level: yellow}}}}\nconcurrency: {{when_busy: skip}}"
        watching(person("dmitri"), person("victor"), now, head)
        self.alerted(watched_version, now)
        assert PipelineRun.objects.filter(started_by="alert").count() == runs
