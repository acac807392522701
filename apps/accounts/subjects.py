"""What other rooms may ask about people, grants and resets."""

from typing import Any

from apps.accounts.models import Reset, RoleGrant, User
from apps.core.subjects import Subject


class UserSubject(Subject):
    kind = "user"
    model = User

    def find(self, reference: str) -> Any:
        return User.objects.get(pk=int(reference.removeprefix("USR-")))


class RoleGrantSubject(Subject):
    kind = "rolegrant"
    model = RoleGrant


class ResetSubject(Subject):
    kind = "reset"
    model = Reset
