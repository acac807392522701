"""One-time links, by which a person whose account was made or reset chooses a password.

A link holds no secret of ours: it is signed, dies after three days, and with the first password that is chosen by it.
"""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse

from apps.accounts.models import User

_links = PasswordResetTokenGenerator()


def link_for(user: User) -> str:
    """The whole address of a new one-time link for `user`."""
    path = reverse("choose-password", args=[user.reference, _links.make_token(user)])
    return f"{settings.BASE_URL}{path}"


def holds(user: User, token: str) -> bool:
    """Whether `token` is of a link for `user` that is neither used nor too old."""
    return user.is_active and user.is_person and _links.check_token(user, token)


def token_in(link: str) -> str:
    """The token of a link that `link_for` gave."""
    return link.rstrip("/").rpartition("/")[2]
