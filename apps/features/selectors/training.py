"""Training sets, as pages and API show them."""

from typing import Any

from apps.accounts.models import User
from apps.features.models import FeatureView, TrainingSet

BESIDE = ("dataset", "labels__dataset", "requested_by", "version__dataset")


def training_sets_of(view: FeatureView, user: User, feature: str = "") -> list[TrainingSet]:
    """The training sets that took features of a view (or one of them), newest first, as far as `user` may know."""
    rows: Any = TrainingSet.objects.visible_to(user).filter(uses__version__view=view).select_related(*BESIDE)
    found = rows.distinct().order_by("-pk")
    if not feature:
        return list(found)
    return [row for row in found.prefetch_related("uses__version") if _took(row, view, feature)]


def _took(row: TrainingSet, view: FeatureView, feature: str) -> bool:
    return any(
        one["name"] == feature for use in row.uses.all() if use.version.view_id == view.pk for one in use.features
    )
