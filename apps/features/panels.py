"""What features show on their own pages and on those of data: who uses them, and what was made."""

from typing import Any

from apps.accounts.models import User
from apps.core import uses
from apps.datasets.models import Dataset, DatasetVersion
from apps.features import events
from apps.features.models import Feature, FeatureView, Materialisation, TrainingSet
from apps.features.selectors.statistics import bins_of, newest_made, statistics_of
from apps.features.selectors.training import training_sets_of
from apps.features.selectors.views import in_force

SHOWN = 20
LAST = 5


def views_of_dataset(dataset: Dataset, user: User) -> dict[str, Any] | None:
    """The feature views that are made of a dataset."""
    views = list(dataset.feature_views.select_related("owner").prefetch_related("versions").order_by("-pk")[:SHOWN])
    return {"views": views} if views else None


def made_as(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """Of a version that is a training set: what it was made of."""
    rows = TrainingSet.objects.visible_to(user).filter(version=version).select_related("labels", "requested_by")
    found = rows.order_by("-pk").first()
    return {"training_set": found} if found else None


def users_of_view(view: FeatureView, user: User) -> dict[str, Any]:
    """The training sets that took features of a view, and the models that rest on those."""
    return _users(training_sets_of(view, user), user)


def users_of_feature(feature: Feature, user: User) -> dict[str, Any]:
    """The same of one feature."""
    return _users(training_sets_of(feature.version.view, user, feature.name), user)


def statistics_of_feature(feature: Feature, user: User) -> dict[str, Any]:
    """What was counted of a feature's latest values, and how new they are."""
    made = newest_made(feature.version)
    found = statistics_of(feature, made, user)
    return {
        "feature": feature,
        "materialisation": made,
        "statistics": found,
        "bins": bins_of(found),
        "names": ("Entities",),
        "stale_since": feature.version.view.stale_since,
    }


def values_of_view(view: FeatureView, user: User) -> dict[str, Any]:
    """When the values of a view were made, how new they are, and the door to making them anew."""
    rows = Materialisation.objects.filter(version__view=view).select_related("version", "source", "requested_by")
    version = in_force(view)
    may = version is not None and user.may(str(events.MATERIALISATION_REQUESTED.permission), view)
    return {"view": view, "version": version, "rows": list(rows.order_by("-pk")[:LAST]), "may_make": may}


def _users(rows: list[TrainingSet], user: User) -> dict[str, Any]:
    made = {row.version.reference: row for row in rows if row.version}
    found, hidden = uses.seen(list(made), user) if made else ([], 0)
    return {"training_sets": rows[:SHOWN], "total": len(rows), "models": found[:SHOWN], "hidden": hidden}
