"""Versions by their tags."""

from typing import Any

from apps.accounts.models import User
from apps.datasets.models import Tag


def reference_of(named: str, user: User) -> str:
    """The reference of the version that `named` means to `user`: itself, or where the tag after its @ points.

    No tag is a number, and what follows the @ of a version is one, so there is nothing to mistake.
    """
    dataset, at, name = named.partition("@")
    if not at or name.isdecimal():
        return named
    tags = Tag.objects.visible_to(user).filter(dataset__reference=dataset, name=name, version__isnull=False)
    found = tags.select_related("version").first()
    return found.version.reference if found else named


def in_use(dataset: Any) -> Any:
    """A dataset's tags that point somewhere, by name."""
    return (
        Tag.objects.filter(dataset=dataset, version__isnull=False)
        .select_related("version", "set_by")
        .order_by("name")
    )
