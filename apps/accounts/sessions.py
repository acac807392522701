"""Where a person is logged in: which browser, since when, last used when. allauth keeps the list, from log-in on."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts.models import User

SEEN = "seen"  # when the list last heard of the session, in the session itself
EVERY = timedelta(minutes=5)  # so that most requests write nothing
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox"}
BROWSERS |= {"Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari"}
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Mac OS X": "macOS"}
SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


@dataclass(frozen=True)
class LoggedIn:
    """One session as its owner knows it again."""

    number: int
    device: str
    since: datetime
    last_used: datetime
    is_this: bool


def begun(request: HttpRequest, now: datetime) -> None:
    """A session was logged in; from here on its use is noted."""
    request.session[SEEN] = now.timestamp()


def moved(before: str | None, after: str | None) -> None:
    """A session goes on under another key."""
    UserSession.objects.filter(session_key=before).update(session_key=after)


def listed(user: User, key: str | None) -> list[LoggedIn]:
    """The sessions of `user` that still count, the one of `key` first, then the last used."""
    rows = [
        LoggedIn(row.pk, device(row.user_agent), row.created_at, row.last_seen_at, row.session_key == key)
        for row in UserSession.objects.purge_and_list(user)
    ]
    return sorted(rows, key=lambda row: (not row.is_this, -row.last_used.timestamp()))


def device(agent: str) -> str:
    """ "Firefox on Windows": a browser as people call it, as far as it says what it is."""
    browser = _first(BROWSERS, agent, r"\b{}(?:iOS|A)?/")
    system = _first(SYSTEMS, agent, r"\b{}\b")
    return " on ".join(part for part in (browser or "A program", system) if part)


def _first(names: dict[str, str], agent: str, pattern: str) -> str:
    return next((name for mark, name in names.items() if re.search(pattern.format(mark), agent)), "")


class NotedUse:
    """Middleware: notes that a session is used, every few minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            self._note(request, timezone.now())
        return self.get_response(request)

    def _note(self, request: HttpRequest, now: datetime) -> None:
        seen = request.session.get(SEEN)
        if seen is not None and now.timestamp() - seen >= EVERY.total_seconds():
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
            request.session[SEEN] = now.timestamp()
