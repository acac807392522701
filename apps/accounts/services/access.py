"""Access to one model or dataset of another unit: guardian's grants, which change only here."""

from datetime import datetime
from typing import Any

from guardian.shortcuts import assign_perm, remove_perm

from apps.accounts import events
from apps.accounts.models import User
from apps.audit.acts import tell
from apps.core import scope
from apps.core.errors import BadInput, Conflict
from apps.core.governed import Change


def grant_access(*, actor: User, user: User, root_reference: str, reason: str, now: datetime) -> User:
    """Let a person see one model or dataset as if it were of their unit. What they may do with it, their roles say.

    Raises:
        BadInput: there is no such model or dataset.
        Conflict: they see it already by such a grant.
    """
    root = _root(root_reference)
    with tell(events.ACCESS_GRANTED, actor=actor, subject=user, now=now, note=reason) as changes:
        if not user.is_active:
            raise Conflict("This account is closed.")
        if root.pk in _fresh(user).granted_ids(type(root)):
            raise Conflict(f"{user.name} was given access to {root_reference} already.")
        assign_perm(permission_to_see(type(root)), user, root)
        changes.append(Change(user, {"access": None}, {"access": root.reference}))
    return user


def end_access(*, actor: User, user: User, root_reference: str, now: datetime, reason: str = "") -> User:
    """End such a grant.

    Raises:
        Conflict: there is none.
    """
    root = _root(root_reference)
    with tell(events.ACCESS_ENDED, actor=actor, subject=user, now=now, note=reason) as changes:
        if root.pk not in _fresh(user).granted_ids(type(root)):
            raise Conflict(f"{user.name} has no such access.")
        remove_perm(permission_to_see(type(root)), user, root)
        changes.append(Change(user, {"access": root.reference}, {"access": None}))
    return user


def access_of(user: User) -> list[Any]:
    """The models and datasets that `user` was given access to one by one."""
    return [
        root for model in scope.root_models() for root in model._base_manager.filter(pk__in=user.granted_ids(model))
    ]


def permission_to_see(model: Any) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def _root(reference: str) -> Any:
    try:
        return scope.find_root(reference.strip().upper())
    except LookupError:
        raise BadInput(errors={"root_reference": ["There is no such model or dataset."]}) from None


def _fresh(user: User) -> User:
    """The same person without what was read of them before."""
    return User.objects.get(pk=user.pk)
