"""Dates that something is due on: they end at midnight where the organisation is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings


def today(now: datetime) -> date:
    """The date that it is, at `now`, where the organisation is."""
    return now.astimezone(ZoneInfo(settings.DUE_DATE_ZONE)).date()


def end_of(day: date) -> datetime:
    """The moment, in UTC, at which `day` is over where the organisation is."""
    following = day + timedelta(days=1)
    midnight = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(settings.DUE_DATE_ZONE))
    return midnight.astimezone(UTC)


def overdue(day: date, now: datetime) -> bool:
    """Whether something due on `day` is late at `now`."""
    return now >= end_of(day)
