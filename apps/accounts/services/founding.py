"""The first two administrators of an empty installation, whom nobody could grant anything."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction

from apps.accounts import events
from apps.accounts.links import link_for
from apps.accounts.models import User
from apps.audit.acts import tell
from apps.core.errors import RuleViolated
from apps.core.governed import Change

FOUNDERS = 2


def found(*, people: Iterable[tuple[str, str]], now: datetime) -> list[tuple[User, str]]:
    """Make the first administrators, and their one-time links.

    Args:
        people: (address, name), two of them.

    Raises:
        RuleViolated: there are people already, or these are not two.
    """
    chosen = list(people)
    if len({email.lower() for email, _ in chosen}) != FOUNDERS:
        raise RuleViolated("Name two administrators with two addresses: one can't grant anything alone.")
    with transaction.atomic():
        if User.objects.people().exists():
            raise RuleViolated("There are people here already. An administrator invites further ones.")
        made = [_administrator(email, name, now) for email, name in chosen]
    return [(user, link_for(user)) for user in made]


def _administrator(email: str, name: str, now: datetime) -> User:
    new = User(email=email.strip().lower(), name=name.strip())
    new.set_unusable_password()
    with tell(events.INSTALLATION_FOUNDED, actor=User.objects.system(), subject=new, now=now) as changes:
        new.save()
        new.groups.set(Group.objects.filter(name="administrator"))
        changes.append(Change(new, None, {"account_kind": new.account_kind, "role": "administrator"}))
    return new
