"""What every page's frame shows, asked for only where a page has a frame."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.accounts.roles import ROLES
from apps.audit.selectors import state
from apps.web.navigation import navigation

VERSION = "0.1.0"


def frame(request: HttpRequest) -> dict[str, Any]:
    """`navigation`, the person's first role, and the product's version."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    return {
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "ledger_state": SimpleLazyObject(state),
        "quaestor_version": VERSION,
        "user_role": SimpleLazyObject(lambda: ", ".join(ROLES[role].title for role in request.user.roles[:2])),
    }
