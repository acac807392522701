"""A whole organisation at once, made the way people make it: two found it, invite the others, and grant in pairs."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from apps.accounts.links import token_in
from apps.accounts.models import BusinessUnit, User
from apps.accounts.services.founding import FOUNDERS, found
from apps.accounts.services.own import choose_password
from apps.accounts.services.people import change_person, invite
from apps.accounts.services.roles import grant_role, request_role
from apps.accounts.services.units import add_unit
from apps.core.errors import RuleViolated


def found_organisation(*, people: Iterable[dict[str, Any]], now: datetime) -> dict[str, str]:
    """Make units, people and their roles on an empty installation.

    Args:
        people: [{name, email, title?, unit, roles}]; the first two with the role "administrator" found it, and there
            have to be two.

    Returns:
        {email: password}, each password drawn at random and kept nowhere else.

    Raises:
        RuleViolated: fewer than two administrators, or there are people here already.
    """
    asked = list(people)
    founders = [one for one in asked if "administrator" in one["roles"]][:FOUNDERS]
    if len(founders) < FOUNDERS:
        raise RuleViolated("An organisation is founded by two administrators.")
    made = found(people=[(one["email"], one["name"]) for one in founders], now=now)
    first, second = (user for user, _ in made)
    units = {name: add_unit(actor=first, name=name, now=now) for name in dict.fromkeys(one["unit"] for one in asked)}
    passwords = {}
    for one, (user, link) in zip(founders, made, strict=True):
        other = second if user == first else first
        _describe(other, user, one, units[one["unit"]], now)
        passwords[user.email] = _enter(user, link, now)
    for one in asked:
        if one not in founders:
            said = {"email": one["email"], "name": one["name"], "title": one.get("title", "")}
            user, link = invite(actor=first, units=[units[one["unit"]]], now=now, **said)
            passwords[user.email] = _enter(user, link, now)
            _grant(first, second, user, one["roles"], now)
    return passwords


def _describe(actor: User, user: User, said: dict[str, Any], unit: BusinessUnit, now: datetime) -> None:
    change_person(actor=actor, user=user, name=said["name"], title=said.get("title", ""), units=[unit], now=now)


def _enter(user: User, link: str, now: datetime) -> str:
    password = secrets.token_urlsafe(15)
    choose_password(actor=user, password=password, token=token_in(link), now=now)
    return password


def _grant(first: User, second: User, user: User, roles: Iterable[str], now: datetime) -> None:
    for role in roles:
        asked = request_role(actor=first, user=user, role=role, reason="Founding", now=now)
        grant_role(actor=second, grant=asked, now=now)
