"""Why somebody may not do something, in words: which roles may, by the one table of roles, which accounts keeps."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied

ELSEWHERE = "Your roles allow this in your own business units only, or where it was granted to you."

_titles: dict[str, Callable[[str], Sequence[str]]] = {}


def told_by(titles: Callable[[str], Sequence[str]]) -> None:
    """Who knows the roles that carry a permission, by their titles. Accounts says this once."""
    _titles["of"] = titles


def not_allowed(user: Any, permission: str) -> PermissionDenied:
    """The refusal of what needs `permission`, for `user`, who doesn't have it here."""
    if user.has_perm(permission):
        return PermissionDenied(ELSEWHERE)
    titles = _titles["of"](permission)
    who = f" Who may: {', '.join(titles)}." if titles else ""
    return PermissionDenied(f"Your roles do not allow this.{who}")
