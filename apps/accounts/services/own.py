"""What people do to their own account."""

from datetime import datetime

from allauth.usersessions.models import UserSession

from apps.accounts import events, links
from apps.accounts.models import User
from apps.audit.acts import tell
from apps.core.errors import Conflict


def change_password(*, actor: User, password: str, now: datetime) -> None:
    """Choose another password. It ends every session but the one it was done in (Django's session hash)."""
    with tell(events.PASSWORD_CHANGED, actor=actor, subject=actor, now=now):
        actor.set_password(password)
        actor.save(update_fields=["password"])


def choose_password(*, actor: User, password: str, token: str, now: datetime) -> None:
    """Choose a password by a one-time link, which is used up by it.

    Raises:
        Conflict: the link was used already, or is too old.
    """
    with tell(events.PASSWORD_CHOSEN, actor=actor, subject=actor, now=now):
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        if not links.holds(user, token):
            raise Conflict("This link was used already, or is too old. Ask for a new one.")
        user.set_password(password)
        user.save(update_fields=["password"])


def end_session(*, actor: User, session: UserSession, now: datetime) -> None:
    """Log out of one browser."""
    with tell(events.SESSION_ENDED, actor=actor, subject=actor, now=now):
        session.end()


def end_sessions(*, actor: User, now: datetime) -> User:
    """Log out of every browser; the caller keeps its own session by Django's `update_session_auth_hash`."""
    with tell(events.SESSIONS_ENDED, actor=actor, subject=actor, now=now):
        user = User.objects.select_for_update(no_key=True).get(pk=actor.pk)
        user.sessions_ended += 1
        user.save(update_fields=["sessions_ended"])
        return user
