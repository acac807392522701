"""What earlier rooms may ask about a model."""

from typing import Any

from apps.accounts.models import User
from apps.core.subjects import Subject
from apps.inventory.models import Model


class ModelSubject(Subject):
    kind = "model"
    model = Model

    def with_parts(self, rows: Any) -> Any:
        return rows.select_related("owner").prefetch_related("developer_rows__user", "versions")

    def conflicts(self, row: Model, user: User) -> str | None:
        """Who owns it, develops it or added one of its versions can't judge what is asked for it."""
        built = user in row.developers or user.pk in {version.created_by_id for version in row.versions.all()}
        if built or user == row.owner:
            return "You own or develop it, so somebody else has to decide."
        return None
