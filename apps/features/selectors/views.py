"""Views and their versions, as both doors show them."""

from typing import Any

from django.db.models import Prefetch

from apps.accounts.models import User
from apps.features.models import Feature, FeatureView, FeatureViewVersion

PEOPLE = ("author", "published_by", "view__source")


def views_with_versions() -> Any:
    """Every view with its source, people and versions; scope it by `visible_to`."""
    return FeatureView.objects.select_related("source", "owner", "proposed_by").prefetch_related("versions")


def history(view: FeatureView) -> list[FeatureViewVersion]:
    """The versions of `view`, the newest first, with the people."""
    return list(view.versions.select_related(*PEOPLE).order_by("-number"))


def version_of(reference: str, user: User, *, of_view: str = "newest") -> FeatureViewVersion | None:
    """The version that `reference` names, where `user` may know of it.

    Args:
        of_view: which one a view's own reference stands for: the "newest", or the one "in_force".
    """
    rows: Any = FeatureViewVersion.objects.visible_to(user).select_related(*PEOPLE)
    if "@" in reference:
        found = rows.filter(reference=reference).first()
    elif of_view == "in_force":
        found = rows.filter(view__reference=reference, status=FeatureViewVersion.Status.PUBLISHED).first()
    else:
        found = rows.filter(view__reference=reference).order_by("-number").first()
    return found  # type: ignore[no-any-return]


def in_force(view: FeatureView) -> FeatureViewVersion | None:
    """The version in force, out of versions that were prefetched."""
    return next((row for row in view.versions.all() if row.status == FeatureViewVersion.Status.PUBLISHED), None)


def draft_of(view: FeatureView) -> FeatureViewVersion | None:
    return next((row for row in view.versions.all() if row.is_draft), None)


def catalogue() -> Any:
    """The features of versions in force, with what a list shows of them; scope it by `visible_to`."""
    people = Prefetch("version__view", FeatureView.objects.select_related("source", "owner"))
    return Feature.objects.in_force().select_related("version", "owner").prefetch_related(people)
