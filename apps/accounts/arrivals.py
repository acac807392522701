"""Who came to something that was under way already: by a role granted since, or an account given back since.

A reset hands the account to whoever holds its one-time link, so it bars from what is under way as a new role does.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from functools import cached_property

from apps.accounts.models import User
from apps.accounts.selectors import ACCOUNT, since_when


class Lateness(Enum):
    """Why somebody came late, as the beginning of a sentence and what follows for them."""

    ROLE = ("Your role was granted", "somebody who held it before")
    ACCOUNT = ("Your account was reset", "somebody else")

    def after(self, what: str, duty: str) -> str:
        """ "Your role was granted after this was asked for, so somebody who held it before has to decide."."""
        came, other = self.value
        return f"{came} after {what}, so {other} {duty}."


class Arrivals:
    """Since when a person has their roles, and their account as it is: asked once, for many looks."""

    def __init__(self, user: User) -> None:
        self.user = user

    @cached_property
    def _since(self) -> dict[str, datetime]:
        return since_when(self.user)

    def late(self, roles: Iterable[str], since: datetime) -> Lateness | None:
        """What made them late for something under way since `since`, or None.

        Args:
            roles: those by which they would take part; one of them held before is enough.
        """
        if self._came(ACCOUNT, since):
            return Lateness.ACCOUNT
        held = list(roles)
        return Lateness.ROLE if held and all(self._came(role, since) for role in held) else None

    def _came(self, what: str, since: datetime) -> bool:
        return what in self._since and self._since[what] > since
