"""What a pipeline may say, and where it is told what is wrong."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.written import Unreadable
from apps.pipelines.format import Calendar, NotACalendar, inputs_of, layers, needs_of, read_pipeline
from tests.builders.pipelines import TRAINING


def problems(text):
    with pytest.raises(Unreadable) as refused:
        read_pipeline(text)
    return refused.value.problems


def test_a_sound_pipeline_is_read():
    found = read_pipeline(TRAINING)
    assert layers(found) == [["fetch"], ["split"], ["fit"], ["keep"]]
    assert needs_of(found, found.step("keep")) == {"fit", "split"}
    assert [(taken.field, taken.step, taken.output) for taken in inputs_of(found, found.step("keep"))] == [
        ("artifact", "fit", "model"),
        ("reference_data", "split", "train"),
        ("evaluation_data", "split", "evaluation"),
    ]


def test_steps_that_need_nothing_of_each_other_stand_side_by_side():
    more = TRAINING + "  - {name: other, kind: extract, dataset: DS-0002}\n"
    assert layers(read_pipeline(more))[0] == ["fetch", "other"]


@pytest.mark.parametrize(
    ("before", "after", "line", "field", "said"),
    [
        ("kind: split", "kind: submit", 9, "steps[1].kind", "must be one of 'extract'"),
        ("    kind: split\n", "", 8, "steps[1].kind", "needed"),
        ("target: y", "target: a", 11, "steps[2]", "told the answer"),
        ("inputs: [a, b]", "inputs: [a, a]", 11, "steps[2]", "stands twice"),
        ("artifact: fit", "artifact: fitt", 22, "steps[3].artifact", "Did you mean “fit”?"),
        ("data: fetch", "data: split", 10, "steps[1].data", "say which, such as split.train"),
        ("data: fetch", "data: fit", 10, "steps[1].data", "is a model; what will do here: a table"),
        ("data: fetch", "data: fit.weights", 10, "steps[1].data", "gives no “weights”; it gives model"),
        ("data: fetch", "data: ../etc", 10, "steps[1].data", "Name what a step gives"),
        ("data: fetch", "data: fetch\n    needs: [keep]", 11, "steps[1].needs", "wait for each other"),
        ("data: fetch", "data: fetch\n    needs: [split]", 11, "steps[1].needs", "“split” needs “split”"),
        ("name: keep", "name: fit", 20, "steps[3].name", "Two steps are called “fit”"),
        ("name: keep", "name: Keep it", 20, "steps[3].name", "small letters"),
        ("parameter: depth", "parameter: width", 19, "steps[2].trainer.settings.max_depth.parameter", "no parameter"),
        ("{parameter: depth}", "[[1]]", 19, "steps[2].trainer.settings.max_depth", "a list of these"),
        ("dataset: DS-0001", "dataset: loans", 7, "steps[0].dataset", "Name a dataset"),
        ("    dataset: DS-0001\n", "", 5, "steps[0].dataset", "needed"),
        ("trainer:", "trainr:", 17, "steps[2].trainr", "Did you mean “trainer”?"),
        ("model: MDL-0001", "model: mine", 2, "model", "Name a model"),
        ("parameters: {depth: 3}", "parameters: &a {depth: 3}", 3, "", "Anchors and aliases"),
        ("parameters: {depth: 3}", "parameters: !!python/name:os.system", 3, "", "Tags"),
        ("parameters: {depth: 3}", "triggers: {schedule: {cron: often}}", 3, "triggers.schedule.cron", "five fields"),
        (
            "parameters: {depth: 3}",
            "triggers: {schedule: {cron: '0 2 * * 1', time_zone: Mars}}",
            3,
            "triggers.schedule.time_zone",
            "no such time zone",
        ),
        ("data: fetch", "data: fetch\n    by: time", 8, "steps[1]", "says which column"),
        ("data: fetch", "data: fetch\n    timeout_seconds: 0", 11, "steps[1].timeout_seconds", "greater than"),
    ],
)
def test_an_error_points_at_its_line(before, after, line, field, said):
    assert before in TRAINING
    found = problems(TRAINING.replace(before, after, 1))
    match = [p for p in found if p.line == line and p.field == field]
    assert match and said in match[0].message, [p.as_dict() for p in found]


def test_a_bomb_of_aliases_is_refused_before_it_grows():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
    )
    assert "Anchors and aliases" in problems(bomb)[0].message


def test_a_pipeline_of_a_million_bytes_is_refused():
    assert "A pipeline is at most 1 MB" in problems("#" * 1_000_001)[0].message


def test_a_hundred_steps_in_a_circle_are_told_in_an_instant():
    steps = "".join(
        f"  - {{name: s{n}, kind: notify, message: x, needs: [{', '.join(f's{m}' for m in range(60) if m != n)}]}}\n"
        for n in range(60)
    )
    assert "wait for each other" in problems(f"name: x\nmodel: MDL-1\nsteps:\n{steps}")[0].message


@given(st.text(max_size=300))
def test_whatever_is_typed_is_read_or_refused_by_line(text):
    try:
        read_pipeline(text)
    except Unreadable as refused:
        found = refused.problems
    else:
        found = []
    assert all(problem.line >= 1 and problem.message for problem in found)


VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("cron", "after", "comes"),
    [
        ("0 2 * * *", "2026-11-23T10:00", "2026-11-24T01:00"),
        ("0 2 * * 1", "2026-11-23T10:00", "2026-11-30T01:00"),
        ("*/15 9-17 * * mon-fri", "2026-11-23T10:01", "2026-11-23T10:15"),
        ("0 0 29 feb *", "2026-11-23T10:00", "2028-02-28T23:00"),
        ("30 6 1 1,7 *", "2026-11-23T10:00", "2027-01-01T05:30"),
        ("0 12 13 * fri", "2026-11-23T10:00", "2026-11-27T11:00"),  # either the 13th or a Friday
        ("0 3 * * 7", "2026-11-23T10:00", "2026-11-29T02:00"),
        ("30 2 29 3 *", "2026-11-23T10:00", "2027-03-29T00:30"),
        ("30 2 28 3 *", "2026-11-23T10:00", "2027-03-28T01:30"),  # skipped by the clock: 02:30 is 03:30
        ("30 2 31 10 *", "2026-11-23T10:00", "2027-10-31T00:30"),  # shown twice: the first
    ],
)
def test_a_calendar_is_read_on_the_clock_of_its_place(cron, after, comes):
    moment = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert Calendar.read(cron).after(moment, VIENNA) == datetime.fromisoformat(comes).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "cron",
    [
        *("", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "a * * * *", "9-5 * * * *"),
        *("*/0 * * * *", "0 0 31 2 *", "1,,2 * * * *", "-1 * * * *", "* * * * 8", "* * * * funday"),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused_with_the_reason(cron):
    with pytest.raises(NotACalendar, match=r"\.$"):
        Calendar.read(cron)
