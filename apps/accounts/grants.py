"""Make groups and their permissions equal to the table in roles.py."""

from django.contrib.auth.models import Group, Permission

from apps.accounts.roles import ROLES, permissions_of


def keep_roles(using: str = "default") -> None:
    """Run after every migrate, once all rooms have their permissions."""
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.using(using).select_related("content_type")
    }
    for role in ROLES:
        group, _ = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set([known[name] for name in permissions_of(role) if name in known])
