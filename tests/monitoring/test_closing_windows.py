"""Closing windows: what is measured and judged, late outcomes, unapproved uses, and people nobody tested on."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from apps.approvals.services.requests import lift_suspension, suspend_approval
from apps.audit.models import Entry
from apps.core.errors import BadInput
from apps.deployments.services import stop
from apps.files.services import open_blob
from apps.jobs.models import Job
from apps.jobs.running import work_off
from apps.measures.profiles import Profile
from apps.monitoring.models import Alert, Plan, Window
from apps.monitoring.reference import frozen_profile
from apps.monitoring.services.periods import close_due
from apps.monitoring.services.windows import close_window
from apps.notifications.models import Notification
from apps.notifications.reading import read_ledger
from tests.builders.monitoring import USE, closed, outcomes, people, predictions, send
from tests.builders.versions import fresh


@pytest.fixture
def quiet(petra, model, now, month):
    """People like those it was tested on, in the month."""
    rows = people(500, seed=2)
    send(petra, model, predictions(rows, month[0] + timedelta(days=1)), now)
    return rows


def result(window, measure, **about):
    return window.results.get(measure=measure, **about)


def test_a_release_starts_a_plan_with_its_limits_and_its_frozen_reference(version, now):
    plan = Plan.objects.get()
    assert (plan.version, plan.ended_at, plan.reference) == (version, None, "PLN-0001")
    assert plan.policy.policy.policy_kind == "monitoring_limits"
    from apps.jobs.running import work_off

    work_off()
    plan.refresh_from_db()
    with open_blob(plan.profile_id) as file:
        kept = Profile.from_dict(json.loads(file.read()))
    assert set(kept.axes) >= {"age", "score", "default"} and kept.cells["age"].n == 600


def test_a_window_like_the_reference_is_within_limits_and_raises_nothing(petra, rosa, model, quiet, month, now):
    send(petra, model, outcomes(quiet, now - timedelta(hours=1)), now, "outcomes")
    window = closed(rosa, model, *month, now)
    assert (window.predictions, window.outcomes, window.edition) == (500, 500, 1)
    assert not Alert.objects.filter(indicator__in=["Drift", "Population", "Approved uses"]).exists()
    assert result(window, "psi", attribute="age").value < 0.1
    assert result(window, "auc").n == 500


def test_counts_are_kept_so_that_windows_add_up(rosa, model, quiet, month, now):
    window = closed(rosa, model, *month, now)
    with open_blob(window.counts_id) as file:
        stored = json.loads(file.read())
    axes = frozen_profile(window.plan).axes
    profile = Profile.from_dict(stored["Waive the paper proof"]["profile"], axes)
    assert (profile + profile).cells["age"].n == 1000


def test_without_outcomes_performance_is_unknown_and_nothing_is_guessed(rosa, model, quiet, month, now):
    window = closed(rosa, model, *month, now)
    assert result(window, "auc").value is None
    assert not window.results.filter(measure="psi", attribute="default").exists()
    levels = {reading["indicator"]: reading["level"] for reading in window.sections[0]["readings"]}
    assert (levels["Ranking power"], levels["Drift"]) == ("unknown", "green")


def test_late_outcomes_make_a_further_edition_and_the_earlier_one_stays(petra, rosa, model, quiet, month, now):
    first = closed(rosa, model, *month, now)
    send(petra, model, outcomes(quiet, now - timedelta(hours=1)), now, "outcomes")
    second = closed(rosa, model, *month, now)
    assert (first.edition, second.edition) == (1, 2)
    assert (first.outcomes, second.outcomes) == (0, 500)
    assert list(Window.objects.newest_editions()) == [second]
    assert result(first, "auc").value is None and result(second, "auc").value > 0.7


def test_closed_again_on_the_same_rows_it_is_the_same_edition(rosa, model, quiet, month, now):
    first = closed(rosa, model, *month, now)
    assert closed(rosa, model, *month, now) == first


def test_a_corrected_outcome_counts_instead_of_the_first(petra, rosa, model, month, now):
    rows = people(200, seed=3)
    send(petra, model, predictions(rows, month[0] + timedelta(days=1)), now)
    wrong = [{**row, "default": "no"} for row in rows]
    send(petra, model, outcomes(wrong, now - timedelta(days=2)), now, "outcomes")
    assert result(closed(rosa, model, *month, now), "auc").value is None  # all of one class
    send(petra, model, outcomes(rows, now - timedelta(days=1)), now, "outcomes")
    assert result(closed(rosa, model, *month, now), "auc").value > 0.7


def test_outcomes_before_their_predictions_wait_for_them(petra, rosa, model, month, now):
    rows = people(200, seed=4)
    send(petra, model, outcomes(rows, month[0]), now, "outcomes")
    send(petra, model, predictions(rows, month[0] + timedelta(days=1)), now)
    assert closed(rosa, model, *month, now).outcomes == 200


def test_older_people_for_another_use_are_named(petra, rosa, model, month, now):
    rows = people(500, seed=5, ages=(55, 74))
    send(petra, model, predictions(rows, month[0] + timedelta(days=1), use="home equity release"), now)
    window = closed(rosa, model, *month, now)
    said = {alert.indicator: alert for alert in Alert.objects.all()}
    assert window.level == "red" and not window.sections[0]["approved"]
    uses = said["Approved uses"]
    assert (uses.level, uses.use) == ("red", "home equity release")
    assert uses.sentence == (
        "Unapproved use “home equity release”: 500 predictions of MDL-0001@1.0.0 were made for it."
        " APR-0001 approves “Waive the paper proof”."
    )
    assert "age 55 to 74, in 5" in said["Population"].sentence
    assert "above its highest value there, 64." in said["Population"].sentence
    assert (said["Drift"].level, said["Drift"].about) == ("red", "age")


def test_uses_are_judged_apart_and_shown_together(petra, rosa, model, quiet, month, now):
    other = people(300, seed=6, ages=(55, 74))
    send(petra, model, predictions(other, month[0] + timedelta(days=2), use="home equity release"), now)
    window = closed(rosa, model, *month, now)
    assert [section["use"] for section in window.sections] == ["", "Waive the paper proof", "home equity release"]
    assert [section["predictions"] for section in window.sections] == [800, 500, 300]
    assert set(Alert.objects.filter(indicator="Drift").values_list("use", flat=True)) == {"home equity release"}


SPELLINGS = (USE, USE.upper(), f" {USE} ", USE.replace(" ", "  ").lower())


def test_one_use_in_four_spellings_is_one_use_and_judged_as_one(petra, rosa, model, month, now):
    for place, spelling in enumerate(SPELLINGS):
        rows = people(190, seed=60 + place, ages=(60, 90))
        send(petra, model, predictions(rows, month[0] + timedelta(days=1), use=spelling), now)
    window = closed(rosa, model, *month, now)
    assert [(section["use"], section["predictions"]) for section in window.sections] == [(USE, 760)]
    assert set(Alert.objects.values_list("indicator", "use")) >= {("Drift", USE), ("Population", USE)}


def test_an_unapproved_use_is_one_alert_however_it_is_spelled(petra, rosa, model, now):
    for weeks, use in ((3, "Home equity release"), (2, "home  equity RELEASE")):
        start = now - timedelta(weeks=weeks)
        send(petra, model, predictions(people(50, seed=weeks), start + timedelta(days=1), use=use), now)
        closed(rosa, model, start, start + timedelta(weeks=1), now)
    alert = Alert.objects.get(indicator="Approved uses")
    assert (alert.use, alert.windows) == ("Home equity release", 2)


def test_what_no_use_has_rows_enough_to_show_is_raised_of_all_together(petra, rosa, model, month, now):
    for place in range(4):
        rows = people(190, seed=70 + place, ages=(60, 90))
        send(petra, model, predictions(rows, month[0] + timedelta(days=1), use=f"Use {place}"), now)
    window = closed(rosa, model, *month, now)
    assert window.sections[0]["level"] == "red"
    assert set(Alert.objects.filter(use="").values_list("indicator", flat=True)) == {"Drift", "Population"}


def test_predictions_for_no_use_are_pointed_out_beside_those_for_one(petra, rosa, model, quiet, month, now):
    send(petra, model, predictions(people(50, seed=7), month[0] + timedelta(days=2), use=""), now)
    closed(rosa, model, *month, now)
    assert "50 predictions of MDL-0001@1.0.0 say for no use" in Alert.objects.get(indicator="Approved uses").sentence


def test_predictions_for_no_use_are_pointed_out(petra, rosa, model, month, now):
    rows = predictions(people(200, seed=7), month[0] + timedelta(days=1), use="")
    send(petra, model, rows, now)
    closed(rosa, model, *month, now)
    alert = Alert.objects.get(indicator="Approved uses")
    assert alert.level == "yellow" and "say for no use" in alert.sentence


def test_the_same_in_the_next_window_is_the_same_alert(petra, rosa, model, now):
    for weeks in (3, 2):
        start = now - timedelta(weeks=weeks)
        rows = people(300, seed=10 + weeks, ages=(55, 74))
        send(petra, model, predictions(rows, start + timedelta(days=1), use="home equity release"), now)
        closed(rosa, model, start, start + timedelta(weeks=1), now)
    alert = Alert.objects.get(indicator="Approved uses")
    assert (alert.windows, alert.first_window.reference, alert.last_window.reference) == (2, "WIN-0001", "WIN-0002")
    told = Entry.objects.filter(subject_reference=alert.reference).order_by("pk").values_list("verb", flat=True)
    assert list(told) == ["monitoring.alert_raised", "monitoring.alert_repeated"]


def test_an_open_alert_that_gets_worse_is_told_of_again(petra, rosa, model, now):
    mixes = {3: (280, 20), 2: (0, 300)}  # in-range and older people: 7 % beyond what was tested, then most
    for weeks, (known, older) in mixes.items():
        start = now - timedelta(weeks=weeks)
        rows = people(known, seed=weeks) + people(older, seed=10 + weeks, ages=(70, 74))
        send(petra, model, predictions(rows, start + timedelta(days=1)), now)
        closed(rosa, model, start, start + timedelta(weeks=1), now)
    alert = Alert.objects.get(indicator="Population")
    told = Entry.objects.filter(subject_reference=alert.reference).order_by("pk").values_list("verb", flat=True)
    assert (alert.level, list(told)) == ("red", ["monitoring.alert_raised", "monitoring.alert_worsened"])
    read_ledger(now)
    said = Notification.objects.filter(recipient=rosa, sentence__startswith=alert.reference).order_by("pk")
    assert [" is red now" in row.sentence for row in said] == [False, True]


def test_too_few_rows_are_not_judged(petra, rosa, model, month, now):
    send(petra, model, predictions(people(50, seed=8, ages=(55, 74)), month[0] + timedelta(days=1)), now)
    window = closed(rosa, model, *month, now)
    assert window.level == "unknown" and not Alert.objects.exists()


def test_an_empty_window_fails_with_a_sentence(rosa, model, month, now):
    assert closed(rosa, model, *month, now) is None
    job = Job.objects.get(kind="monitoring.close_window")
    assert job.state == "failed" and job.error.startswith("No prediction of MDL-0001@1.0.0 lies from 24 Oct 2026")


def test_a_window_ends_after_it_starts_and_not_in_the_future(rosa, model, month, now):
    with pytest.raises(BadInput, match="ends after it starts"):
        close_window(actor=rosa, model=model, start=month[1], end=month[0], now=now)
    with pytest.raises(BadInput, match="lies in the future"):
        close_window(actor=rosa, model=model, start=month[0], end=now + timedelta(minutes=1), now=now)


def test_who_may_not_close_windows_is_refused(olivia, model, month, now):
    with pytest.raises(PermissionDenied):
        close_window(actor=olivia, model=model, start=month[0], end=month[1], now=now)


def test_the_calendar_closes_a_period_once_it_is_over(petra, model, now):
    rows = predictions(people(300, seed=12), now + timedelta(hours=1))
    later = now + timedelta(days=31)
    send(petra, model, rows, now)
    assert close_due(now=now + timedelta(days=29)) == []
    (job,) = close_due(now=later)
    assert job.parameters["start"] == now.isoformat()


def test_the_calendar_closes_every_period_that_was_missed(petra, model, now):
    begun = now - timedelta(days=65)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_plan SET started_at = %s", [begun])
    for month in (0, 1):
        at = begun + timedelta(days=30 * month, hours=1)
        send(petra, model, predictions(people(300, seed=month), at), now)
    starts = [job.parameters["start"] for job in close_due(now=now)]
    assert starts == [begun.isoformat(), (begun + timedelta(days=30)).isoformat()]


def test_a_period_that_has_nothing_of_this_version_is_tried_again_only_for_further_rows(petra, model, now):
    rows = predictions(people(300, seed=12), now + timedelta(hours=1), version="0.9.0")
    send(petra, model, rows, now)
    later = timezone.now() + timedelta(days=400)
    for asked in (close_due(now=later), close_due(now=later + timedelta(hours=1))):
        work_off()
        assert len(asked) <= 1
    assert asked == [] and not Window.objects.exists()


@pytest.fixture
def long_ago(model, now, time_machine):
    """The plan began 300 days ago; returns a way to be at a day since then."""
    begun = now - timedelta(days=300)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE monitoring_plan SET started_at = %s", [begun])

    def at(day):
        time_machine.move_to(begun + timedelta(days=day), tick=False)
        return begun + timedelta(days=day)

    return at


def calendar(now):
    """What the calendar asks for at `now`, closed."""
    asked = close_due(now=now)
    work_off()
    return len(asked)


def test_late_predictions_of_a_closed_period_close_it_again(petra, model, long_ago):
    at = long_ago(1)
    send(petra, model, predictions(people(250, seed=1), at), at)
    assert [calendar(long_ago(31)), calendar(long_ago(32))] == [1, 0]
    send(petra, model, predictions(people(50, seed=2), at), long_ago(40))
    assert [calendar(long_ago(41)), calendar(long_ago(42))] == [1, 0]
    editions = Window.objects.order_by("edition").values_list("edition", "predictions")
    assert list(editions) == [(1, 250), (2, 300)]


def test_outcomes_are_waited_for_and_then_close_their_period_again(petra, model, long_ago):
    at, rows = long_ago(1), people(250, seed=1)
    send(petra, model, predictions(rows, at), at)
    assert calendar(long_ago(31)) == 1
    send(petra, model, outcomes(rows[:100], at), long_ago(60), "outcomes")
    assert [calendar(long_ago(61)), calendar(long_ago(121)), calendar(long_ago(130))] == [0, 1, 0]
    send(petra, model, outcomes(rows[100:], at), long_ago(140), "outcomes")
    assert [calendar(long_ago(141)), calendar(long_ago(142))] == [1, 0]
    assert list(Window.objects.order_by("edition").values_list("outcomes", flat=True)) == [0, 100, 250]


@pytest.fixture
def days_later(now, time_machine):
    time_machine.move_to(now + timedelta(days=3), tick=False)
    return now + timedelta(days=3)


def test_predictions_by_a_version_that_was_stopped_are_pointed_out(petra, rosa, version, model, now, days_later):
    stop(actor=petra, deployment=version.deployments.get(), reason="It is wrong.", now=now + timedelta(days=1))
    rows = predictions(people(30, seed=1), now + timedelta(hours=23, minutes=50))
    send(petra, model, rows, days_later)
    closed(rosa, model, now, now + timedelta(days=2), days_later)
    alert = Alert.objects.get()
    assert (alert.indicator, alert.level) == ("Running", "red")
    assert alert.sentence == (
        f"20 predictions for “{USE}” were made by MDL-0001@1.0.0 while it did not run:"
        " stopped on 24 Nov 2026 (It is wrong)."
    )


def test_predictions_under_a_suspended_approval_are_pointed_out(petra, rosa, ruth, version, model, now, days_later):
    approval = version.deployments.get().approval
    suspend_approval(actor=rosa, approval=approval, reason="Doubts.", now=now + timedelta(hours=1))
    lift_suspension(actor=ruth, approval=fresh(approval), reason="None left.", now=now + timedelta(hours=2))
    send(petra, model, predictions(people(150, seed=1), now), days_later)
    closed(rosa, model, now, now + timedelta(days=1), days_later)
    alert = Alert.objects.get(indicator="Live approval")
    assert alert.sentence.startswith(f"60 predictions for “{USE}” were made by MDL-0001@1.0.0 while APR-0001")


def test_rows_from_before_the_release_are_no_breach(petra, rosa, model, quiet, month, now):
    closed(rosa, model, *month, now)
    assert not Alert.objects.filter(indicator__in=["Running", "Live approval"]).exists()
