"""Making accounts, changing what is said of people, closing accounts. One administrator does it; it is told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.accounts import events
from apps.accounts.links import link_for
from apps.accounts.models import BusinessUnit, Membership, User
from apps.accounts.services.roles import ADMINISTRATOR, require_administrators_left
from apps.accounts.services.tokens import end_tokens
from apps.audit.acts import tell
from apps.core.errors import BadInput, Conflict
from apps.core.governed import Change


def invite(
    *, actor: User, email: str, name: str, now: datetime, title: str = "", units: Iterable[BusinessUnit] = ()
) -> tuple[User, str]:
    """Make an account without a role, and the one-time link by which the person chooses a password.

    Returns:
        The person and the link, to be handed over; it is good for three days.

    Raises:
        BadInput: the address is used already.
    """
    email = email.strip().lower()
    _require_free(email)
    new = User(email=email, name=name.strip(), title=title.strip())
    new.set_unusable_password()
    with tell(events.PERSON_INVITED, actor=actor, subject=new, now=now) as changes:
        new.save()
        _set_units(new, units)
        changes.append(Change(new, None, said_of(new)))
    return new, link_for(new)


def change_person(
    *, actor: User, user: User, name: str, title: str, units: Iterable[BusinessUnit], now: datetime
) -> User:
    """Change what is said of a person, and where they work."""
    with tell(events.PERSON_CHANGED, actor=actor, subject=user, now=now) as changes:
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        before = said_of(user)
        user.name, user.title = name.strip(), title.strip()
        user.save(update_fields=["name", "title"])
        _set_units(user, units)
        changes.append(Change(user, before, said_of(user)))
    return user


def deactivate(*, actor: User, user: User, reason: str, now: datetime) -> User:
    """Close an account at once: log-in, sessions, keys and signing end. Opening it again takes two people.

    Raises:
        Conflict: it is closed already, or it is one's own.
        RuleViolated: fewer than two administrators would be left.
    """
    if user == actor:
        raise Conflict("You can't close your own account. Ask another administrator.")
    with tell(events.PERSON_DEACTIVATED, actor=actor, subject=user, now=now, note=reason) as changes:
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not user.is_active or user.account_kind == User.Kind.SYSTEM:
            raise Conflict("This account can't be closed, or is closed already.")
        if ADMINISTRATOR in user.roles:
            require_administrators_left(without=user)
        user.is_active = False
        user.save(update_fields=["is_active"])
        changes.append(Change(user, {"is_active": True}, {"is_active": False}))
        changes.extend(end_tokens(user, now))
    return user


def add_machine(
    *,
    actor: User,
    name: str,
    answerable: User,
    now: datetime,
    units: Iterable[BusinessUnit] = (),
    email: str = "",
) -> User:
    """Make a service account: a program that sends what it has by its own keys. It can't log in and can't sign.

    Args:
        answerable: the person who answers for it.

    Raises:
        BadInput: nobody could answer for it, or there is one of that name.
    """
    if not answerable.is_person or not answerable.is_active:
        raise BadInput(errors={"answerable": ["Choose a person who has an open account."]})
    email = email or f"{'-'.join(name.lower().split())}@machine.invalid"
    _require_free(email, field="name")
    new = User(email=email, name=name.strip(), account_kind=User.Kind.MACHINE, answerable=answerable)
    new.set_unusable_password()
    with tell(events.MACHINE_ADDED, actor=actor, subject=new, now=now) as changes:
        new.save()
        new.groups.set(User.groups.rel.model.objects.filter(name="machine"))
        _set_units(new, units)
        changes.append(Change(new, None, {**said_of(new), "answerable": answerable.reference}))
    return new


def said_of(user: User) -> dict[str, Any]:
    """What the ledger holds of a person: where they work, never names and addresses."""
    units = Membership.objects.filter(user=user).order_by("unit_id").values_list("unit_id", flat=True)
    return {"account_kind": user.account_kind, "title": user.title, "units": [f"UNIT-{pk}" for pk in units]}


def _set_units(user: User, units: Iterable[BusinessUnit]) -> None:
    wanted = {unit.pk for unit in units}
    Membership.objects.filter(user=user).exclude(unit_id__in=wanted).delete()
    held = set(Membership.objects.filter(user=user).values_list("unit_id", flat=True))
    Membership.objects.bulk_create(Membership(user=user, unit_id=pk) for pk in sorted(wanted - held))


def _require_free(email: str, field: str = "email") -> None:
    if User.objects.filter(email__iexact=email).exists():
        raise BadInput(errors={field: ["There is an account of that name already."]})
