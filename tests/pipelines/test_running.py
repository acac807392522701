"""Runs: steps one after another and side by side, what is taken from before, what is tried again."""

from datetime import timedelta

import pytest
import time_machine

from apps.core.errors import BadInput, Conflict, IllegalTransition, RuleViolated
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.pipelines import environment
from apps.pipelines.models import PipelineRun, StepTry
from apps.pipelines.services import keeping, writing
from apps.pipelines.services.starting import request_run
from apps.pipelines.services.stopping import cancel_run, retry_run
from tests.builders.pipelines import commands, in_force, lines, run_of, states

pytestmark = pytest.mark.django_db

MAKES = {"script": "open('a.txt', 'w').write('hello')\nprint('first')", "outputs": {"made": "a.txt"}}
TAKES = {"script": "print(open('inputs/taken').read())", "inputs": {"taken": "first.made"}}
BREAKS = {"script": "raise ValueError('no luck')"}


def test_a_run_takes_its_steps_in_order_and_freezes_what_they_gave(model, dmitri, victor, now):
    run = run_of(in_force(dmitri, victor, now, commands(first=MAKES, second=TAKES)), dmitri, now)
    assert (run.status, states(run)) == ("done", {"first": "done", "second": "done"})
    assert lines(run, "first") == ["first"] and lines(run, "second") == ["hello"]
    taken = run.manifest["second"]["inputs"]["inputs.taken"]
    assert taken["digest"] == run.manifest["first"]["outputs"]["made"]["digest"]
    assert len(run.manifest_digest) == 64 and run.ended_at is not None


def test_what_has_not_changed_is_not_done_again(model, dmitri, victor, now):
    pipeline = in_force(dmitri, victor, now, commands(first=MAKES, second=TAKES))
    first, second = run_of(pipeline, dmitri, now), run_of(pipeline, dmitri, now)
    assert all(step.reused for step in second.steps.all())
    assert lines(second, "first") == [f"Nothing has changed since {first.reference}, so what it gave is taken."]
    fresh = run_of(pipeline, dmitri, now, fresh=True)
    assert not any(step.reused for step in fresh.steps.all())


def test_a_changed_script_and_what_takes_from_it_are_done_again(model, dmitri, victor, now):
    text = commands(first=MAKES, beside={"script": "print(1)"}, second=TAKES)
    pipeline = in_force(dmitri, victor, now, text)
    run_of(pipeline, dmitri, now)
    changed = writing.draft_version(actor=dmitri, pipeline=pipeline, text=text.replace("hello", "hi there"), now=now)
    writing.publish_version(actor=victor, version=changed, now=now)
    again = run_of(pipeline, dmitri, now)
    assert {step.name: step.reused for step in again.steps.all()} == {"first": False, "beside": True, "second": False}


def test_a_script_that_gives_the_same_as_before_leaves_what_follows_undone(model, dmitri, victor, now):
    text = commands(first=MAKES, second=TAKES)
    pipeline = in_force(dmitri, victor, now, text)
    run_of(pipeline, dmitri, now)
    changed = writing.draft_version(actor=dmitri, pipeline=pipeline, text=text.replace("'first'", "'other'"), now=now)
    writing.publish_version(actor=victor, version=changed, now=now)
    again = run_of(pipeline, dmitri, now)
    assert {step.name: step.reused for step in again.steps.all()} == {"first": False, "second": True}


def test_parameters_are_the_version_s_or_those_of_the_run(model, dmitri, victor, now):
    script = "import json\nprint(json.load(open('parameters.json')))"
    text = commands(
        "parameters: {depth: 3, name: x}", show={"script": script, "settings": {"d": {"parameter": "depth"}}}
    )
    pipeline = in_force(dmitri, victor, now, text)
    assert lines(run_of(pipeline, dmitri, now), "show") == ["{'d': 3, 'depth': 3, 'name': 'x'}"]
    said = run_of(pipeline, dmitri, now, parameters={"depth": 5})
    assert lines(said, "show") == ["{'d': 5, 'depth': 5, 'name': 'x'}"]
    for wrong in ({"width": 1}, {"depth": "5"}, {"depth": True}):
        with pytest.raises(BadInput):
            request_run(actor=dmitri, pipeline=pipeline, parameters=wrong, now=now)


def test_steps_that_need_nothing_of_each_other_are_jobs_beside_each_other(model, dmitri, victor, now):
    steps = {name: {"script": "print(1)"} for name in ("one", "two", "three")}
    pipeline = in_force(dmitri, victor, now, commands("concurrency: {steps: 2}", **steps))
    run = request_run(actor=dmitri, pipeline=pipeline, now=now)
    assert states(run) == {"one": "queued", "two": "queued", "three": "waiting"}
    assert Job.objects.live().count() == 2
    work_off()
    assert PipelineRun.objects.get().status == "done"


class TestWhatGoesWrong:
    def test_a_step_that_fails_ends_the_run_and_what_follows_is_not_run(self, model, dmitri, victor, now):
        text = commands(
            first=BREAKS, second={"script": "print(2)", "needs": ["first"]}, beside={"script": "print(3)"}
        )
        run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
        assert (run.status, states(run)) == ("failed", {"first": "failed", "second": "not_run", "beside": "done"})
        assert run.error == "first: The work failed: ValueError: no luck"
        assert any("line 1, in <module>" in line for line in lines(run, "first"))
        assert lines(run, "first")[-1] == "The work failed: ValueError: no luck"

    def test_it_is_tried_again_after_growing_pauses(self, model, dmitri, victor, now):
        retry = {"times": 2, "wait_seconds": 60, "factor": 3}
        pipeline = in_force(dmitri, victor, now, commands(first={**BREAKS, "retry": retry}))
        with time_machine.travel(now, tick=False) as clock:
            run = run_of(pipeline, dmitri, now)
            assert states(run) == {"first": "retrying"} and run.status == "running"
            for pause, ended in ((60, 2), (180, 3)):
                clock.shift(timedelta(seconds=pause - 1))
                assert work_off() == 0
                clock.shift(timedelta(seconds=1))
                assert (work_off(), StepTry.objects.count()) == (1, ended)
        run.refresh_from_db()
        assert (run.status, StepTry.objects.filter(outcome="failed").count()) == ("failed", 3)

    def test_a_script_that_hangs_is_stopped(self, model, dmitri, victor, now):
        text = commands(first={"script": "while True: pass", "timeout_seconds": 1})
        run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
        assert run.status == "failed" and "ran longer than 1 seconds" in run.error

    def test_a_script_that_forks_is_refused_by_the_walls(self, model, dmitri, victor, now):
        run = run_of(in_force(dmitri, victor, now, commands(first={"script": "import os\nos.fork()"})), dmitri, now)
        assert run.status == "failed" and "forbids" in run.error

    @pytest.mark.parametrize(
        "script",
        [
            "import socket\nsocket.socket()",
            "import subprocess\nsubprocess.run(['true'])",
            "open('/etc/passwd').read()",
            "import os\nprint(os.listdir('../..'))",
            "open('inputs/taken', 'w')",
        ],
    )
    def test_a_script_that_reaches_outside_is_refused(self, script, model, dmitri, victor, now):
        text = commands(first=MAKES, second={"script": script, "inputs": {"taken": "first.made"}})
        run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
        assert run.status == "failed" and run.error.startswith("second: ") and "forbids" in run.error

    def test_a_script_that_fills_the_disk_is_stopped(self, model, dmitri, victor, now):
        script = "for n in range(9):\n  open(f'{n}', 'wb').write(bytes(4 << 20))"
        text = commands(first={"script": script, "limits": {"disk_gb": 0.01}})
        run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
        assert run.status == "failed" and "more files than it may" in run.error

    def test_a_script_that_ends_with_a_code_failed(self, model, dmitri, victor, now):
        run = run_of(in_force(dmitri, victor, now, commands(first={"script": "raise SystemExit(3)"})), dmitri, now)
        assert "the script ended with exit code 3" in run.error

    def test_an_output_that_was_not_left_is_missed(self, model, dmitri, victor, now):
        text = commands(first={"script": "print(1)", "outputs": {"made": "a.txt"}})
        run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
        assert "It was to leave a.txt as its output made, and left no such file." in run.error

    def test_an_output_that_is_a_link_elsewhere_is_no_file(self, model, dmitri, victor, now):
        text = commands(
            first=MAKES, second={"script": "pass", "inputs": {"x": "first.made"}, "outputs": {"y": "inputs"}}
        )
        run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
        assert "left no such file" in run.error

    def test_what_a_script_prints_is_cleaned_and_bounded(self, model, dmitri, victor, now):
        script = "print('a\\x1b[31mb\\r' + 'x' * 5000)\nfor n in range(20_000): print(n)"
        run = run_of(in_force(dmitri, victor, now, commands(first={"script": script})), dmitri, now)
        said = lines(run, "first")
        assert run.status == "done" and len(said) == 10_001
        assert "\x1b" not in said[0] and len(said[0]) == 2000
        assert said[-1] == "It printed more than is kept; nothing after this line is."

    def test_an_owner_who_may_no_longer_do_it_is_named(self, model, olivia, dmitri, victor, now):
        script = "open('a.csv', 'w').write('a,b\\n1,2\\n')"
        table = commands(first={"script": script, "outputs": {"made": {"file": "a.csv", "kind": "table"}}})
        pipeline = in_force(dmitri, victor, now, table)
        dmitri.groups.clear()
        run = run_of(pipeline, olivia, now)
        assert run.status == "failed" and "It acts as Dmitri Petrov, its owner, who may not do this" in run.error


class TestGoingOn:
    def test_a_failed_run_goes_on_from_what_was_not_done(self, model, dmitri, victor, now):
        text = commands(first=MAKES, second={**TAKES, "timeout_seconds": 1, "script": "while True: pass"})
        run = run_of(in_force(dmitri, victor, now, text), dmitri, now)
        assert states(run) == {"first": "done", "second": "failed"}
        before = run.steps.get(name="first").tries
        retry_run(actor=dmitri, run=run, now=now)
        work_off()
        run.refresh_from_db()
        assert (run.steps.get(name="first").tries, run.steps.get(name="second").tries) == (before, 2)
        assert run.status == "failed" and StepTry.objects.filter(step__name="second").count() == 2

    def test_a_waiting_run_is_cancelled_at_once(self, model, dmitri, victor, now):
        run = request_run(actor=dmitri, pipeline=in_force(dmitri, victor, now, commands(first=MAKES)), now=now)
        cancel_run(actor=dmitri, run=run, now=now)
        assert work_off() == 0 and states(run) == {"first": "cancelled"}
        assert not Job.objects.live().exists()
        with pytest.raises(IllegalTransition):
            cancel_run(actor=dmitri, run=run, now=now)

    def test_a_cancelled_run_goes_on_when_asked(self, model, dmitri, victor, now):
        run = request_run(actor=dmitri, pipeline=in_force(dmitri, victor, now, commands(first=MAKES)), now=now)
        cancel_run(actor=dmitri, run=run, now=now)
        retry_run(actor=dmitri, run=PipelineRun.objects.get(), now=now)
        work_off()
        assert PipelineRun.objects.get().status == "done"

    def test_a_done_run_is_not_tried_again(self, model, dmitri, victor, now):
        run = run_of(in_force(dmitri, victor, now, commands(first=MAKES)), dmitri, now)
        with pytest.raises(IllegalTransition):
            retry_run(actor=dmitri, run=run, now=now)


class TestHowMuchAtOnce:
    def test_further_runs_wait_their_turn(self, model, dmitri, victor, now):
        pipeline = in_force(dmitri, victor, now, commands(first=MAKES))
        runs = [request_run(actor=dmitri, pipeline=pipeline, now=now) for _ in range(3)]
        assert [run.status for run in runs] == ["running", "queued", "queued"]
        work_off()
        assert set(PipelineRun.objects.values_list("status", flat=True)) == {"done"}

    def test_a_pipeline_that_lets_nobody_wait_says_so(self, model, dmitri, victor, now):
        pipeline = in_force(dmitri, victor, now, commands("concurrency: {when_busy: skip}", first=MAKES))
        request_run(actor=dmitri, pipeline=pipeline, now=now)
        with pytest.raises(Conflict, match="busy"):
            request_run(actor=dmitri, pipeline=pipeline, now=now)

    def test_a_cancelled_run_makes_room_for_the_next(self, model, dmitri, victor, now):
        pipeline = in_force(dmitri, victor, now, commands(first=MAKES))
        first, second = (request_run(actor=dmitri, pipeline=pipeline, now=now) for _ in range(2))
        cancel_run(actor=dmitri, run=first, now=now)
        second.refresh_from_db()
        assert second.status == "running"

    def test_nothing_starts_a_draft_or_a_paused_pipeline(self, model, dmitri, victor, now):
        pipeline = in_force(dmitri, victor, now, commands(first=MAKES))
        keeping.pause(actor=dmitri, pipeline=pipeline, now=now)
        with pytest.raises(RuleViolated, match="paused"):
            request_run(actor=dmitri, pipeline=pipeline, now=now)
        draft = writing.propose_pipeline(
            actor=dmitri, text=commands(first=MAKES).replace("name: Commands", "name: Other"), now=now
        )
        with pytest.raises(RuleViolated, match="Somebody other than its author"):
            request_run(actor=dmitri, pipeline=draft, now=now)


class TestTheEnvironment:
    def locked(self, dmitri, victor, model, now, lock, policy):
        from apps.files.services import store_bytes

        blob = store_bytes(lock.encode())
        keeping.send_file(actor=dmitri, model=model, blob=blob, name="requirements.lock", now=now)
        head = f"environment: {{lock: {blob.pk}, on_difference: {policy}}}"
        return in_force(dmitri, victor, now, commands(head, first=MAKES))

    def test_the_one_that_the_lock_pins_will_do(self, model, dmitri, victor, now):
        lock = "".join(
            f"{name}=={version} \\\n    --hash=sha256:0\n" for name, version in environment.installed().items()
        )
        run = run_of(self.locked(dmitri, victor, model, now, lock, "refuse"), dmitri, now)
        assert run.status == "done"
        assert run.steps.get().result.engine["environment"]["differences"] == []

    def test_another_one_is_refused_with_what_differs(self, model, dmitri, victor, now):
        run = run_of(self.locked(dmitri, victor, model, now, "numpy==0.1\nnowhere==2.0\n", "refuse"), dmitri, now)
        assert run.status == "failed" and "numpy 0.1 (here: " in run.error and "nowhere 2.0 (here: not" in run.error

    def test_or_noted_with_the_results(self, model, dmitri, victor, now):
        run = run_of(self.locked(dmitri, victor, model, now, "nowhere==2.0\n", "note"), dmitri, now)
        said = run.steps.get().result.engine["environment"]
        assert run.status == "done" and said["differences"] == ["nowhere 2.0 (here: not installed)"]

    def test_a_lock_for_another_machine_is_no_difference(self):
        assert environment.differences("nowhere==2.0 ; sys_platform == 'win32'\n# a comment\n") == []
