"""Facts in bulk: inserted once, never changed, named by digest in the event of the act that took them in."""

from typing import Any

from django.db import models

from apps.core.errors import UnauditedChange


class EvidenceQuerySet(models.QuerySet):
    def update(self, **kwargs: Any) -> int:
        raise UnauditedChange("Evidence is never changed; record a new fact beside it.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise UnauditedChange("Evidence is never deleted.")

    def _raw_delete(self, using: str | None) -> int:
        raise UnauditedChange("Evidence is never deleted.")


class Evidence(models.Model):
    """A row that is inserted once. Bulk insert is welcome; update and delete are refused."""

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise UnauditedChange("Evidence is never changed; record a new fact beside it.")
        super().save_base(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise UnauditedChange("Evidence is never deleted.")
