"""Roles: one administrator asks, another one grants. Taking away is safe, so one does it at once."""

from datetime import datetime

from django.contrib.auth.models import Group

from apps.accounts import events
from apps.accounts.models import RoleGrant, User
from apps.accounts.roles import NOT_FOR_PEOPLE, ROLES, excluded_by
from apps.audit.acts import act
from apps.core.errors import BadInput, Conflict, RuleViolated

Status = RoleGrant.Status
ADMINISTRATOR = "administrator"


def request_role(*, actor: User, user: User, role: str, reason: str, now: datetime) -> RoleGrant:
    """Ask for a role, for somebody else.

    Raises:
        BadInput: there is no such role for people.
        RuleViolated: it is for oneself, or can't be held beside a role that the person holds or is to get.
        Conflict: the person has it, or it was asked for already.
    """
    _require_grantable(role)
    if user == actor:
        raise RuleViolated("Nobody asks for a role of their own. Have another administrator ask for it.")
    _require_open_person(user)
    if RoleGrant.objects.filter(user=user, role=role, status__in=[Status.REQUESTED, Status.GRANTED]).exists():
        raise Conflict(f"{user.name} holds this role, or it was asked for already.")
    asked = RoleGrant.objects.filter(user=user, status=Status.REQUESTED).values_list("role", flat=True)
    _require_compatible(user, role, {*_held(user), *asked})
    new = RoleGrant(user=user, role=role, reason=reason, requested_by=actor, requested_at=now)
    with act(events.ROLE_REQUESTED, actor=actor, creates=new, now=now, note=reason) as grant:
        return grant


def grant_role(*, actor: User, grant: RoleGrant, now: datetime, revision: int | None = None) -> RoleGrant:
    """Grant a role that another administrator asked for; it counts from now on.

    Raises:
        RuleViolated: `actor` asked for it or would get it; or it can't be held beside another one.
        IllegalTransition: it is not waiting.
    """
    with act(events.ROLE_GRANTED, actor=actor, subject=grant, now=now, expected_revision=revision) as grant:
        user = User.objects.select_for_update(no_key=True).get(pk=grant.user_id)
        grant.move_to(Status.GRANTED)
        _require_open_person(user)
        _require_compatible(user, grant.role, _held(user))
        grant.confirmed_by, grant.granted_at = actor, now
        grant.save()
        user.groups.add(Group.objects.get(name=grant.role))
        return grant


def decline_role(
    *, actor: User, grant: RoleGrant, now: datetime, reason: str = "", revision: int | None = None
) -> RoleGrant:
    """Don't grant it; also how who asked takes it back."""
    return _end(events.ROLE_DECLINED, Status.DECLINED, actor, grant, reason, now, revision)


def revoke_role(
    *, actor: User, grant: RoleGrant, reason: str, now: datetime, revision: int | None = None
) -> RoleGrant:
    """Take a role away, at once.

    Raises:
        RuleViolated: nobody would be left to keep people.
    """
    return _end(events.ROLE_REVOKED, Status.REVOKED, actor, grant, reason, now, revision)


def _end(event, status, actor, grant, reason, now, revision) -> RoleGrant:
    with act(event, actor=actor, subject=grant, now=now, expected_revision=revision, note=reason) as grant:
        was_held = grant.status == Status.GRANTED
        grant.move_to(status)
        grant.ended_by, grant.ended_at = actor, now
        grant.save()
        if was_held:
            if grant.role == ADMINISTRATOR:
                require_administrators_left(without=grant.user)
            grant.user.groups.remove(Group.objects.get(name=grant.role))
        return grant


def _held(user: User) -> set[str]:
    return set(user.groups.values_list("name", flat=True))


def _require_grantable(role: str) -> None:
    if role not in ROLES or role in NOT_FOR_PEOPLE:
        raise BadInput(errors={"role": ["There is no such role for people."]})


def _require_open_person(user: User) -> None:
    if not user.is_person or not user.is_active:
        raise RuleViolated("Only a person with an open account holds roles.")


def _require_compatible(user: User, role: str, others: set[str]) -> None:
    clash = excluded_by(role, others - {role})
    if clash:
        raise RuleViolated(
            f"{user.name} can't be {ROLES[role].title.lower()} and {ROLES[clash].title.lower()} at once:"
            " these duties are kept apart."
        )


def require_administrators_left(*, without: User) -> None:
    """Two must stay, or nobody could ever grant anything again. Who takes the next one away waits for the lock.

    Raises:
        RuleViolated: fewer than two would be left.
    """
    Group.objects.select_for_update().get(name=ADMINISTRATOR)
    left = User.objects.people().filter(groups__name=ADMINISTRATOR, is_active=True).exclude(pk=without.pk)
    if left.count() < 2:
        raise RuleViolated("Two administrators have to stay. Grant the role to somebody else first.")
