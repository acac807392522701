"""Who came to something that was under way already: by a role or access given since, or an account given back since.

One administrator gives access alone, and would else choose a judge. A reset hands the account to whoever holds its
one-time link, so it bars from what is under way as a new role does.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from apps.accounts.models import User
from apps.accounts.selectors import ACCOUNT, reached_since, since_when
from apps.core import scope


class Lateness(Enum):
    """Why somebody came late, as the beginning of a sentence and what follows for them."""

    ROLE = ("Your role was granted", "somebody who held it before")
    ACCESS = ("Your access to it was given", "somebody who had it before")
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

    @cached_property
    def _reached(self) -> dict[str, datetime]:
        return reached_since(self.user)

    def late(self, roles: Iterable[str], since: datetime, row: Any) -> Lateness | None:
        """What made them late for something under way on `row` since `since`, or None.

        Args:
            roles: those by which they would take part; one of them held before is enough.
        """
        if self._came(ACCOUNT, since):
            return Lateness.ACCOUNT
        held = list(roles)
        if held and all(self._came(role, since) for role in held):
            return Lateness.ROLE
        return Lateness.ACCESS if self._reaches_late(row, since) else None

    def _reaches_late(self, row: Any, since: datetime) -> bool:
        """Whether every unit and grant by which they reach `row` is newer; the root is read only where any is."""
        newer = {what for what, at in self._reached.items() if at > since}
        root = scope.root_of(row) if newer else None
        if root is None or self.user.sees_everything:
            return False
        ways = [root.business_unit.reference] if root.business_unit_id in self.user.unit_ids else []
        ways += [root.reference] if root.pk in self.user.granted_ids(type(root)) else []
        return bool(ways) and newer.issuperset(ways)

    def _came(self, what: str, since: datetime) -> bool:
        return what in self._since and self._since[what] > since
