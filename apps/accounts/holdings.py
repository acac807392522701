"""What people hold (roles, permissions, units, grants on single roots), read for one person or for many at once.

`User` asks here when it is asked, and keeps the answer. Who asks many people the same thing has all of it read along
first, in as many queries for a hundred people as for two.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from apps.core import scope

if TYPE_CHECKING:
    from apps.accounts.models import User

NAMED = ("permission__content_type__app_label", "permission__codename")
Grants = dict[int, set[str]]  # the codenames that were granted, by the root's primary key


def read_along(people: Collection["User"]) -> None:
    """Read what `User.may` looks at for all of `people` together."""
    if not people:
        return
    named = {person.pk for person in people}
    person_model: Any = get_user_model()
    held = _by_person(person_model.groups.through, named, "group_id", "group__name")
    units = _by_person(person_model.units.through, named, "unit_id")
    own = _by_person(person_model.user_permissions.through, named, *NAMED)
    carried = _carried({group for rows in held.values() for group, _ in rows})
    for person in people:
        mine = held.get(person.pk, [])
        permissions = {*own.get(person.pk, []), *(pair for group, _ in mine for pair in carried.get(group, []))}
        person.roles = sorted(name for _, name in mine)
        person.unit_ids = frozenset(unit for (unit,) in units.get(person.pk, []))
        person._perm_cache = {f"{room}.{codename}" for room, codename in permissions} if person.is_active else set()
    granted = grants(named)
    for person in people:
        person._granted = granted.get(person.pk, {})


def grants(people: Collection[int]) -> dict[int, dict[type[Model], Grants]]:
    """What was granted on single roots of each kind, to `people` or to a group of theirs. One query."""
    from guardian.models import GroupObjectPermission, UserObjectPermission

    kinds = {kind.pk: model for model, kind in ContentType.objects.get_for_models(*scope.root_models()).items()}
    own = UserObjectPermission.objects.filter(content_type__in=kinds, user__in=people)
    shared = GroupObjectPermission.objects.filter(content_type__in=kinds, group__user__in=people)
    columns = ("content_type_id", "object_pk", "permission__codename")
    rows = own.values_list("user_id", *columns).union(shared.values_list("group__user", *columns))
    found: dict[int, dict[type[Model], Grants]] = {}
    for person, kind, root, codename in rows:
        of_kind = found.setdefault(person, {}).setdefault(kinds[kind], {})
        of_kind.setdefault(int(root), set()).add(codename)
    return found


def _by_person(table: Any, people: Collection[int], *columns: str) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for person, *values in table._base_manager.filter(user__in=people).values_list("user_id", *columns):
        found.setdefault(person, []).append(tuple(values))
    return found


def _carried(groups: Collection[int]) -> dict[int, list[tuple[str, str]]]:
    """The permissions that each of `groups` carries, as (room, codename)."""
    found: dict[int, list[tuple[str, str]]] = {}
    rows = Permission.objects.filter(group__in=groups).values_list("group", "content_type__app_label", "codename")
    for group, room, codename in rows.order_by():
        found.setdefault(group, []).append((room, codename))
    return found
