"""When the calendar says so: five fields as cron has them, on the clock of a place.

They are minute (0-59), hour (0-23), day (1-31), month (1-12 or jan-dec) and weekday (0-7 or sun-sat; 0 and 7 are
Sunday). A field is *, a value, a range a-b, a list a,b, or any of them with a step /n. Where both day and weekday are
said, one of them is enough, as crontab(5) has it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOOK_AHEAD_DAYS = 366 * 8  # 29 February, across a century that has no leap year
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
PART = re.compile(r"(?:(\*)|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/([0-9]+))?", re.ASCII)
FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))
NAMES = {
    "month": {name: number for number, name in enumerate(MONTHS, 1)},
    "weekday": {name: number for number, name in enumerate(DAYS)},
}


class NotACalendar(ValueError):
    """It can't be read as five fields, with the reason."""


@dataclass(frozen=True)
class Calendar:
    """The moments that five fields name."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # as Python counts them: 0 is Monday
    any_day: bool
    any_weekday: bool

    @classmethod
    def read(cls, said: str) -> Calendar:
        """Read five fields.

        Raises:
            NotACalendar: with the reason, also where they name no day that there ever is.
        """
        words = said.lower().split()
        if len(words) != len(FIELDS):
            raise NotACalendar(f"A calendar has five fields (minute hour day month weekday); this has {len(words)}.")
        minutes, hours, days, months, weekdays = (
            _values(word, *field) for word, field in zip(words, FIELDS, strict=True)
        )
        found = cls(
            tuple(sorted(minutes)),
            tuple(sorted(hours)),
            frozenset(days),
            frozenset(months),
            frozenset((day - 1) % 7 for day in weekdays),
            words[2].startswith("*"),
            words[4].startswith("*"),
        )
        if found.after(datetime(2000, 1, 1, tzinfo=UTC), UTC_ZONE) is None:
            raise NotACalendar("There is no such day in any year.")
        return found

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first moment after `moment`, in UTC.

        A time that a clock skips in spring comes when it springs forward; one that it shows twice comes once.
        """
        here = moment.astimezone(zone)
        for ahead in range(LOOK_AHEAD_DAYS):
            day = here.date() + timedelta(days=ahead)
            if self._includes(day):
                found = next((at for at in self._times(day, zone) if at > moment), None)
                if found is not None:
                    return found
        return None

    def _times(self, day: date, zone: ZoneInfo) -> list[datetime]:
        local = (datetime.combine(day, time(hour, minute), zone) for hour in self.hours for minute in self.minutes)
        return sorted({at.astimezone(UTC) for at in local})

    def _includes(self, day: date) -> bool:
        if day.month not in self.months:
            return False
        by_day, by_weekday = day.day in self.days, day.weekday() in self.weekdays
        return (by_day or by_weekday) if not (self.any_day or self.any_weekday) else (by_day and by_weekday)


UTC_ZONE = ZoneInfo("UTC")


def _values(word: str, name: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in word.split(","):
        matched = PART.fullmatch(part)
        if matched is None:
            raise NotACalendar(f"“{part}” can't be read as a {name}.")
        every, first, last, step = matched.groups()
        start = low if every else _number(first, name, low, high)
        # a value with a step goes to the end, as cron has it: 5/15 is 5-59/15
        end = high if every or (step and not last) else _number(last or first, name, low, high)
        if end < start:
            raise NotACalendar(f"“{part}” runs backwards.")
        if step == "0":
            raise NotACalendar(f"A step of 0 in “{part}” would never come.")
        found.update(range(start, end + 1, int(step or 1)))
    return found


def _number(word: str, name: str, low: int, high: int) -> int:
    number = NAMES.get(name, {}).get(word, int(word) if word.isdecimal() and len(word) <= 2 else None)
    if number is None or not low <= number <= high:
        raise NotACalendar(f"“{word}” isn't a {name}; it goes from {low} to {high}.")
    return number
