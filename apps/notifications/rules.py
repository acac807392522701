"""Which events concern whom: data that rooms add in AppConfig.ready(), so that this room needn't know them."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Permission
from django.db.models import Q

from apps.accounts.holdings import read_along
from apps.accounts.models import User
from apps.audit.models import Entry
from apps.core import scope
from apps.core.events import Event

Recipients = Callable[[Entry], Iterable[User]]


@dataclass(frozen=True)
class Rule:
    """Whom an event concerns, and what they are told.

    Args:
        recipients: takes the ledger's entry. Those who have left, or may not see what it is about, are left out.
        sentence: may name {actor} (their name), {subject} (its title) and {reference}, or be a function of the entry.
        tells_the_actor: whether who did it is told, too.
    """

    recipients: Recipients
    sentence: str | Callable[[Entry], str]
    tells_the_actor: bool = False


@dataclass(frozen=True)
class Reminder:
    """Something that is due, for the people it waits for. `key` names it and its moment: said once to each."""

    key: str
    recipients: tuple[User, ...]
    sentence: str
    url: str = ""
    subject_kind: str = ""
    subject_reference: str = ""
    root_reference: str = ""


_rules: defaultdict[str, list[Rule]] = defaultdict(list)
_reminders: dict[str, Callable[[datetime], Iterable[Reminder]]] = {}


def notify(
    event: Event,
    *,
    recipients: Recipients,
    sentence: str | Callable[[Entry], str],
    tells_the_actor: bool = False,
) -> None:
    """Tell people of every `event`; called in AppConfig.ready(). See `Rule`."""
    rule = Rule(recipients, sentence, tells_the_actor)
    if rule not in _rules[event.verb]:
        _rules[event.verb].append(rule)


def rules_of(verb: str) -> list[Rule]:
    return _rules.get(verb, [])


def remind(name: str, due: Callable[[datetime], Iterable[Reminder]]) -> None:
    """Ask `due(now)` for reminders every minute; called in AppConfig.ready()."""
    _reminders[name] = due


def reminders() -> dict[str, Callable[[datetime], Iterable[Reminder]]]:
    return dict(_reminders)


def who_may_know(people: Iterable[User], root_reference: str) -> list[User]:
    """Those of `people` who are still here, and within whose scope what hangs on that root lies now."""
    here = [person for person in people if person.is_active]
    if not here or not root_reference:
        return here
    root = scope.find_root(root_reference)
    read_along(here)
    return [person for person in here if scope.holds(person, root)]


def who_may(permission: str) -> Recipients:
    """Recipients: everybody who holds `permission` (scope is looked at for every rule)."""

    def found(entry: Entry) -> Iterable[User]:
        room, _, codename = permission.partition(".")
        held = Permission.objects.filter(content_type__app_label=room, codename=codename)
        people = Q(groups__permissions__in=held) | Q(user_permissions__in=held)
        return User.objects.filter(people, account_kind=User.Kind.PERSON).distinct()

    return found
