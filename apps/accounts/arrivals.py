"""Who came to something that was under way already: by a role or access given since, or an account given back since.

One administrator gives access alone, and would else choose a judge. A reset hands the account to whoever holds its
one-time link, so it bars from what is under way as a new role does.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any

from apps.accounts.models import BusinessUnit, User
from apps.accounts.selectors import ACCOUNT, reached_since, since_when


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
    """Since when people have their roles and access, and their accounts as they are: read once, for all of them."""

    def __init__(self, people: Iterable[User]) -> None:
        self.people = list(people)

    @cached_property
    def _since(self) -> dict[User, dict[str, datetime]]:
        return since_when(self.people)

    @cached_property
    def _reached(self) -> dict[User, dict[str, datetime]]:
        return reached_since(self.people)

    def late(self, user: User, roles: Iterable[str], since: datetime, root: Any) -> Lateness | None:
        """What made `user`, one of the people, late for something under way on `root` since `since`, or None.

        Args:
            roles: those by which they would take part; one of them held before is enough.
        """
        if self._came(user, ACCOUNT, since):
            return Lateness.ACCOUNT
        held = list(roles)
        if held and all(self._came(user, role, since) for role in held):
            return Lateness.ROLE
        return Lateness.ACCESS if self._reaches_late(user, root, since) else None

    def _reaches_late(self, user: User, root: Any, since: datetime) -> bool:
        """Whether every unit and grant by which they reach `root` is newer."""
        newer = {what for what, at in self._reached[user].items() if at > since}
        if not newer or root is None or user.sees_everything:
            return False
        ways = [BusinessUnit(pk=root.business_unit_id).reference] if root.business_unit_id in user.unit_ids else []
        ways += [root.reference] if root.pk in user.granted_ids(type(root)) else []
        return bool(ways) and newer.issuperset(ways)

    def _came(self, user: User, what: str, since: datetime) -> bool:
        held = self._since[user]
        return what in held and held[what] > since
