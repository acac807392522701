"""How old a view's newest event may grow: watched by a duty that comes round, told to its owner."""

from collections.abc import Iterable
from datetime import datetime

from apps.accounts.models import User
from apps.audit.acts import act
from apps.audit.models import Entry
from apps.core.periodic import row_by_row
from apps.features import events
from apps.features.models import FeatureView, FeatureViewVersion
from apps.features.selectors.statistics import newest_made


def watch(now: datetime) -> list[FeatureView]:
    """Say of each view that has grown too old that it has, and of each that has news again that it has."""
    views = FeatureView.objects.filter(
        status=FeatureView.Status.ACTIVE, versions__status=FeatureViewVersion.Status.PUBLISHED
    )
    return row_by_row(views.order_by("pk"), _changed, _say, now)


def stale_at(view: FeatureView) -> datetime | None:
    """From when on the view is too old: its newest event and what it allows; None where it may grow however old.

    What was never made counts from the day on which it came into force.
    """
    version = view.versions.filter(status=FeatureViewVersion.Status.PUBLISHED).first()
    if version is None or version.definition.stale_after is None:
        return None
    newest = newest_made(version)
    begin = version.published_at if newest is None else newest.newest_event
    return None if begin is None else begin + version.definition.stale_after


def owner_of(entry: Entry) -> Iterable[User]:
    """Whom an event about a view, its version or a materialisation of it concerns."""
    view = _view_of(entry)
    return [] if view is None else [view.owner]


def sentence_of(entry: Entry) -> str:
    view = _view_of(entry)
    if view is None or view.stale_since is None:
        return "A feature view has grown too old: {subject}."
    due = view.stale_since
    return f"{view} has grown too old: its next event was due by {due.day} {due:%B %Y}."


def _view_of(entry: Entry) -> FeatureView | None:
    rows = FeatureView.objects.select_related("owner")
    if entry.subject_kind == "materialisation":
        return rows.filter(versions__materialisations__reference=entry.subject_reference).first()
    return rows.filter(reference=entry.subject_reference).first()


def _changed(view: FeatureView, now: datetime) -> bool:
    since = stale_at(view)
    stale = since is not None and since < now
    return stale != (view.stale_since is not None)


def _say(view: FeatureView, now: datetime) -> FeatureView:
    since, system = stale_at(view), User.objects.system()
    stale = since is not None and since < now
    event = events.FRESHNESS_LOST if stale else events.FRESHNESS_REGAINED
    with act(event, actor=system, subject=view, now=now) as row:
        row.stale_since = since if stale else None
        row.save()
        return row
