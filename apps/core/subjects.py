"""How an early room acts on a later one without knowing it.

Approvals, findings, signatures, notifications, audit and search hold (subject_kind, subject_reference) as text. The
room that owns the kind registers a Subject in its AppConfig.ready(), and is asked through it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, ClassVar

from apps.core import scope
from apps.core.errors import BadInput
from apps.core.governed import Governed

Barred = dict[str, dict[int, str]]  # by reference, and by the number of who is kept from it: why, as a sentence


class Subject:
    """What an early room may ask about a row of a later room. Subclass it, one class a kind."""

    kind: ClassVar[str]
    model: ClassVar[type[Governed]]
    TITLE_OF: ClassVar[tuple[str, ...]] = ()  # the rows that title and url look at beside the row itself

    def find(self, reference: str) -> Any:
        """The row of that reference.

        Raises:
            DoesNotExist: there is none.
        """
        return self.model.objects.get(reference=reference)  # type: ignore[misc]

    def title(self, row: Any) -> str:
        return str(row)

    def url(self, row: Any) -> str:
        return str(row.get_absolute_url())

    def root_reference(self, row: Any) -> str:
        return scope.root_reference(row)

    def parts(self, references: Collection[str]) -> Barred:
        """Who may not judge each of `references`: in as many queries for a hundred as for one."""
        return {}

    def heard(self, references: Collection[str]) -> Barred:
        """Whose word on each of `references` keeps them from deciding on it, beside `parts`."""
        return {}

    def conflicts(self, row: Any, user: Any) -> str | None:
        """Why `user` may not judge `row`, as a sentence; None where nothing is in the way."""
        return self.parts([row.reference]).get(row.reference, {}).get(user.pk)

    def headings(self, references: Collection[str]) -> dict[str, tuple[str, str]]:
        """Title and address of those of `references` that exist: one query, however many they are."""
        rows: Any = self.model.objects
        found = rows.filter(reference__in=references).select_related(*self.TITLE_OF)
        return {row.reference: (self.title(row), self.url(row)) for row in found}

    def snapshot(self, row: Any) -> dict[str, Any]:
        """What is signed when `row` is decided on; its canonical JSON's digest is shown to who decides."""
        raise LookupError(f"A {self.kind} is not something that is decided on.")

    def obstacle(self, row: Any, *, exceptions: list[str], now: datetime) -> str | None:
        """What forbids granting this at `now`, whoever decides (a failed gate without an exception), or None."""
        return None

    def stand_ins(self, row: Any, relied_upon: Collection[str], now: datetime) -> dict[str, str]:
        """For each exception that `row` was granted on and that counts no longer, one that covers the same now.

        Args:
            relied_upon: the references that deciders said they rely upon, beside those that the record rests on.
        """
        return {}

    def asked_at(self, row: Any) -> datetime | None:
        """Since when `row` is under way to be judged; None where it never was."""
        return None

    def on_decided(self, row: Any, *, outcome: str, approval: Any, actor: Any, now: datetime, cause: str) -> None:
        """Called in the deciding transaction, after the decision's own act: the consequence's act happens here."""


_subjects: dict[str, Subject] = {}


def register(subject: type[Subject]) -> None:
    """Make a kind known; called once, in the owning room's AppConfig.ready()."""
    _subjects[subject.kind] = subject()


def subject_of(kind: str) -> Subject:
    """The Subject of `kind`.

    Raises:
        LookupError: no room has registered it.
    """
    try:
        return _subjects[kind]
    except KeyError:
        raise LookupError(f"No room knows the kind {kind!r}.") from None


def kinds() -> list[str]:
    return sorted(_subjects)


def named(reference: str, user: Any) -> Any:
    """The row of any kind that `reference` names, if `user` may know of it; else None."""
    prefix = "" if "@" in reference else reference.partition("-")[0]
    for subject in _subjects.values():
        columns = {field.name for field in subject.model._meta.concrete_fields}
        if "reference" in columns and subject.model.PREFIX in ("", prefix):
            rows: Any = subject.model.objects
            row = rows.filter(reference=reference).visible_to(user).first()
            if row is not None:
                return row
    return None


def require_known(references: Iterable[str], user: Any) -> None:
    """Refuse what looks like a reference of ours and names nothing that `user` may know of; other words are theirs.

    Raises:
        BadInput: under `references`, a sentence for each.
    """
    unknown = [reference for reference in references if _is_ours(reference) and named(reference, user) is None]
    if unknown:
        raise BadInput(errors={"references": [f"There is no {reference} here." for reference in unknown]})


def _is_ours(reference: str) -> bool:
    prefix, dash, number = reference.partition("@")[0].partition("-")
    prefixes = {getattr(subject.model, "PREFIX", "") for subject in _subjects.values()}
    return bool(dash) and number.isdecimal() and prefix in prefixes


def headings(named: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Title and address of what (kind, reference) name, one query a kind; kinds without a page are left out."""
    return {
        (kind, reference): heading
        for kind, references in _by_kind(named).items()
        if kind in _subjects
        for reference, heading in _subjects[kind].headings(references).items()
    }


def parts(named: Iterable[tuple[str, str]]) -> Barred:
    """Who may not judge what (kind, reference) name: no more queries for a hundred of a kind than for one."""
    found: Barred = {}
    for kind, references in _by_kind(named).items():
        found.update(subject_of(kind).parts(references))
    return found


def heard(named: Iterable[tuple[str, str]]) -> Barred:
    """Whose word on what (kind, reference) name keeps them from deciding on it."""
    found: Barred = {}
    for kind, references in _by_kind(named).items():
        found.update(subject_of(kind).heard(references))
    return found


def find(kind: str, reference: str) -> Any:
    """The row that (kind, reference) names."""
    return subject_of(kind).find(reference)


def _by_kind(named: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    by_kind: dict[str, set[str]] = {}
    for kind, reference in named:
        by_kind.setdefault(kind, set()).add(reference)
    return by_kind
