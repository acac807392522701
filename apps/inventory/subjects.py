"""What earlier rooms may ask about a model."""

from collections.abc import Collection

from django.db.models import Q

from apps.accounts.models import User
from apps.core.subjects import Subject
from apps.inventory.models import Model


class ModelSubject(Subject):
    kind = "model"
    model = Model

    def conflicts(self, row: Model, user: User) -> str | None:
        """Who owns it, develops it or added one of its versions can't judge what is asked for it."""
        if user == row.owner or user in row.developers or row.versions.filter(created_by=user).exists():
            return "You own or develop it, so somebody else has to decide."
        return None

    def conflicting(self, references: Collection[str], user: User) -> set[str]:
        part = Q(owner=user) | Q(developer_rows__user=user) | Q(versions__created_by=user)
        return set(Model.objects.filter(part, reference__in=references).values_list("reference", flat=True))
