"""What other rooms may ask about people, grants and resets."""

from collections.abc import Collection
from typing import Any

from apps.accounts.models import Reset, RoleGrant, User
from apps.core.subjects import Subject


class UserSubject(Subject):
    kind = "user"
    model = User

    def find(self, reference: str) -> Any:
        return User.objects.get(pk=int(reference.removeprefix("USR-")))

    def headings(self, references: Collection[str]) -> dict[str, tuple[str, str]]:
        found = User.objects.filter(pk__in=[int(reference.removeprefix("USR-")) for reference in references])
        return {person.reference: (self.title(person), self.url(person)) for person in found}


class RoleGrantSubject(Subject):
    kind = "rolegrant"
    model = RoleGrant
    TITLE_OF = ("user",)


class ResetSubject(Subject):
    kind = "reset"
    model = Reset
    TITLE_OF = ("user",)
