"""What others ask about people."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Value

from apps.accounts.models import Membership, Reset, RoleGrant, User
from apps.audit.models import Entry, FieldChange
from apps.audit.selectors import names
from apps.core.events import words_of

ACCOUNT = "account"


def since_when(people: Collection[User]) -> dict[User, dict[str, datetime]]:
    """Since when each holds each role by a grant, and under ACCOUNT when two others last gave the account back.

    A role held since before there were grants, and an account that was never reset, are not in it. One query.
    """
    grants = RoleGrant.objects.filter(user__in=people, status=RoleGrant.Status.GRANTED)
    resets = Reset.objects.filter(user__in=people, status=Reset.Status.DONE)
    rows = grants.values_list("user_id", "role", "granted_at").union(
        resets.values_list("user_id", Value(ACCOUNT), "ended_at"), all=True
    )
    newest: dict[int, dict[str, datetime]] = {person.pk: {} for person in people}
    for person, what, at in rows:
        newest[person][what] = max(at, newest[person].get(what, at))
    return {person: newest[person.pk] for person in people}


def reached_since(people: Collection[User]) -> dict[User, dict[str, datetime]]:
    """Since when each works in each unit and has each grant on a root, by reference, as far as the ledger tells.

    Those that an account was made with are not in it. One query.
    """
    newest: dict[str, dict[str, datetime]] = {person.reference: {} for person in people}
    moved = FieldChange.objects.filter(row_kind="user", row_reference__in=newest, field__in=["units", "access"])
    rows = moved.order_by("pk").values_list("row_reference", "before", "after", "entry__occurred_at")
    for person, before, after, at in rows:
        for reference in _names(after) - _names(before):
            newest[person][reference] = max(at, newest[person].get(reference, at))
    return {person: newest[person.reference] for person in people}


def _names(said: Any) -> set[str]:
    return set(said) if isinstance(said, list) else {said} if said else set()


def people_with_roles() -> QuerySet[User]:
    """People and service accounts with roles and units, for lists: a constant number of queries."""
    return (
        User.objects.exclude(account_kind=User.Kind.SYSTEM)
        .select_related("answerable")
        .prefetch_related("groups", Prefetch("memberships", Membership.objects.select_related("unit")))
        .annotate(live_tokens=Count("tokens", filter=Q(tokens__revoked_at=None)))
        .order_by("name")
    )


def may_look(user: User) -> bool:
    """Whether `user` may look at other people's accounts."""
    return bool(user.sees_everything or user.has_perm("accounts.manage_people"))


def waiting_for(user: User) -> list[Any]:
    """Grants and resets that `user` could confirm: asked for by others, for others."""
    if not user.has_perm("accounts.change_rolegrant"):
        return []
    return [
        *RoleGrant.objects.filter(status=RoleGrant.Status.REQUESTED).select_related("user", "requested_by"),
        *Reset.objects.filter(status=Reset.Status.REQUESTED).select_related("user", "requested_by"),
    ]


def history(reader: User, person: User, limit: int = 25) -> list[dict[str, Any]]:
    """The last events about `person` that `reader` may know of, for the log on their page."""
    about = {grant.reference: f"the role {grant.role_title}" for grant in person.role_grants.all()}
    about |= {reset.reference: f"a reset: {reset.get_what_display().lower()}" for reset in person.resets.all()}
    references = [person.reference, *about]
    rows = list(Entry.objects.visible_to(reader).filter(subject_reference__in=references).order_by("-pk")[:limit])
    known = names(row.actor for row in rows)
    return [
        {
            "at": row.occurred_at,
            "who": known.get(row.actor, row.actor),
            "text": words_of(row.verb)[0].replace("{it}", about.get(row.subject_reference, "the account")),
        }
        for row in rows
    ]
