"""What earlier rooms may ask about a model."""

from collections.abc import Collection

from apps.core.subjects import Barred, Subject
from apps.inventory.models import Model


class ModelSubject(Subject):
    kind = "model"
    model = Model

    def parts(self, references: Collection[str]) -> Barred:
        """Who owns it, develops it or added one of its versions can't judge what is asked for it."""
        rows = Model.objects.filter(reference__in=references)
        found: Barred = {}
        for role in ("owner", "developer_rows__user", "versions__created_by"):
            for reference, person in rows.values_list("reference", role).distinct():
                if person is not None:
                    found.setdefault(reference, {})[person] = "You own or develop it, so somebody else has to decide."
        return found
