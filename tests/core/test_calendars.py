"""When something that comes round is due next."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.calendars import Calendar


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "then"),
    [
        ("hourly", "2026-11-23 10:00", "2026-11-23 11:00"),
        ("daily", "2026-11-23 10:00", "2026-11-24 03:00"),
        ("weekly", "2026-11-23 10:00", "2026-11-30 03:00"),  # a Monday
        ("monthly", "2026-11-23 10:00", "2026-12-01 03:00"),
        ("0 3 * * 1-5", "2026-11-27 04:00", "2026-11-30 03:00"),
        ("30 */6 * * *", "2026-11-23 06:30", "2026-11-23 12:30"),
        ("0 9 29 2 *", "2026-11-23 10:00", "2028-02-29 09:00"),
        ("0 0 1,15 * mon", "2026-11-30 10:00", "2026-12-01 00:00"),  # either day, as cron has it
        ("0 0 * jan,jul sun", "2026-11-23 10:00", "2027-01-03 00:00"),
        ("5 4 * * 7", "2026-11-23 10:00", "2026-11-29 04:05"),
    ],
)
def test_the_next_moment(calendar, start, then):
    assert Calendar.read(calendar).after(moment(start)) == moment(then)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Write minute"),
        ("0 3 * *", "Write minute"),
        ("60 3 * * *", "“60” is no minute: it goes from 0 to 59"),
        ("0 3 * * 1-x", "“1-x” is no day of the week"),
        ("0 5-3 * * *", "ends before it begins"),
        ("*/0 * * * *", "a step is a number from 1 on"),
        ("0 3 30 2 *", "There is no such day in any year"),
        ("0 ٣ * * *", "is no hour"),
        ("now and then at once", "is no minute"),
    ],
)
def test_what_is_no_calendar_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        Calendar.read(text)


def test_days_are_those_where_the_organisation_is(settings):
    settings.DUE_DATE_ZONE = "Europe/Berlin"
    assert Calendar.read("daily").after(moment("2026-11-23 10:00")) == moment("2026-11-24 02:00")
    skipped = Calendar.read("30 2 * * *").after(moment("2026-03-29 00:00"))  # 02:30 isn't there that night
    assert skipped == moment("2026-03-29 01:30")


@given(st.integers(0, 59), st.integers(0, 23), st.timedeltas(timedelta(0), timedelta(days=6000)))
def test_every_day_has_its_moment_once(minute, hour, later):
    calendar, start = Calendar.read(f"{minute} {hour} * * *"), moment("2024-01-01") + later
    first = calendar.after(start)
    assert start < first <= start + timedelta(days=1) and calendar.after(first) == first + timedelta(days=1)
