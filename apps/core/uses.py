"""What rests on what: a later room says which of its rows use a row of an earlier one, which is shown and asked here.

A dataset's page lists the model versions that were trained or judged on it, although models come later than data; and
nothing is disposed of while somebody rests on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from apps.core import scope
from apps.core.dates import overdue


@dataclass(frozen=True)
class Use:
    """That one row rests on another.

    Attributes:
        of: the reference of what is used.
        part: what it is to the user of it, as words: "trained on it".
        kind, reference, title, url: what uses it.
        status: where that stands, as a page shows it: (its key, its words).
        live: whether it stands in the way of taking away what it uses; with `until`, only to the end of that day.
        root_reference: by which it is known who may see it.
    """

    of: str
    part: str
    kind: str
    reference: str
    title: str
    url: str
    root_reference: str
    status: tuple[str, str] = ("", "")
    live: bool = True
    until: date | None = None

    def stands(self, now: datetime) -> bool:
        """Whether it is in the way at `now`."""
        return self.live and (self.until is None or not overdue(self.until, now))

    def as_dict(self) -> dict[str, Any]:
        """As the API shows it, and as a record keeps it."""
        shown = ("of", "part", "kind", "reference", "title", "live")
        return {**{name: getattr(self, name) for name in shown}, "status": self.status[0]}


Finder = Callable[[Collection[str]], Iterable[Use]]

_finders: list[Finder] = []


def register(finder: Finder) -> None:
    """Have `finder(references)` asked for who uses them, whoever may see it. Called once, in AppConfig.ready()."""
    if finder not in _finders:
        _finders.append(finder)


def of(references: Collection[str]) -> list[Use]:
    """Everything that rests on any of `references`, for rules and records; `seen` for what people are shown."""
    return [use for finder in _finders for use in finder(references)]


def seen(references: Collection[str], user: Any) -> tuple[list[Use], int]:
    """What `user` may know of that rests on any of `references`, and how much more there is."""
    found = of(references)
    known = scope.known({use.root_reference for use in found}, user)
    shown = [use for use in found if use.root_reference in known]
    return shown, len(found) - len(shown)
