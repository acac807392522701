"""When something that comes round is due next: five fields as cron has them, in the organisation's time zone.

minute hour day-of-month month day-of-week      0 3 * * 1-5   at 03:00 from Monday to Friday
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

BOUNDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NAMED = {"hourly": "0 * * * *", "daily": "0 3 * * *", "weekly": "0 3 * * 1", "monthly": "0 3 1 * *"}
YEARS_AHEAD = 9  # 29 February is at most eight years away


@dataclass(frozen=True)
class Calendar:
    """The moments that a text of five fields names.

    Attributes:
        either_day: whether both day fields are restricted, and then either will do, as cron has it.
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # Sunday is 0
    either_day: bool

    @classmethod
    def read(cls, text: str) -> Calendar:
        """The calendar that a text says: five fields, or hourly, daily, weekly, monthly.

        Raises:
            ValueError: with the sentence that says what is wrong.
        """
        fields = NAMED.get(text.strip().lower(), text).split()
        if len(fields) != len(BOUNDS):
            raise ValueError(
                "Write minute, hour, day of the month, month and day of the week, such as 0 3 * * 1-5; "
                "or hourly, daily, weekly, monthly."
            )
        sets = [_read(said, *bound) for said, bound in zip(fields, BOUNDS, strict=True)]
        minutes, hours, days, months, weekdays = sets
        found = cls(
            minutes=tuple(sorted(minutes)),
            hours=tuple(sorted(hours)),
            days=frozenset(days),
            months=frozenset(months),
            weekdays=frozenset(day % 7 for day in weekdays),
            either_day=not (fields[2].startswith("*") or fields[4].startswith("*")),
        )
        if next(found._dates(date(2024, 1, 1)), None) is None:
            raise ValueError("There is no such day in any year.")
        return found

    def after(self, moment: datetime) -> datetime:
        """The first moment after `moment`, in UTC. What falls into the hour that summer time skips comes after it."""
        zone = ZoneInfo(settings.DUE_DATE_ZONE)
        for day in self._dates(moment.astimezone(zone).date()):
            for hour in self.hours:
                for minute in self.minutes:
                    found = datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
                    if found > moment:
                        return found
        raise ValueError("This calendar has no moment left.")

    def _dates(self, start: date) -> Iterator[date]:
        for ahead in range(366 * YEARS_AHEAD):
            day = start + timedelta(days=ahead)
            if day.month in self.months and self._has(day):
                yield day

    def _has(self, day: date) -> bool:
        by_date, by_weekday = day.day in self.days, (day.weekday() + 1) % 7 in self.weekdays
        return (by_date or by_weekday) if self.either_day else (by_date and by_weekday)


def _read(said: str, name: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in said.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and int(step)):
            raise ValueError(f"“{part}” is no {name}: a step is a number from 1 on.")
        start, end = _span(span, part, name, low, high, open_ended=bool(slash))
        found.update(range(start, end + 1, int(step or 1)))
    return found


def _span(span: str, part: str, name: str, low: int, high: int, *, open_ended: bool) -> tuple[int, int]:
    if span == "*":
        return low, high
    first, dash, last = span.partition("-")
    start = _number(first, part, name, low, high)
    end = _number(last, part, name, low, high) if dash else high if open_ended else start
    if end < start:
        raise ValueError(f"“{part}” is no {name}: it ends before it begins.")
    return start, end


def _number(said: str, part: str, name: str, low: int, high: int) -> int:
    names = {"month": MONTHS, "day of the week": DAYS}.get(name, ())
    if said.lower() in names:
        return names.index(said.lower()) + low
    if not said.isascii() or not said.isdecimal() or not low <= int(said) <= high:
        raise ValueError(f"“{part}” is no {name}: it goes from {low} to {high}.")
    return int(said)
