"""How long versions are kept, what holds them, and what stands in the way of disposing of one."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from apps.accounts.models import User
from apps.core import uses
from apps.core.dates import overdue, today
from apps.core.uses import Use
from apps.datasets.models import Dataset, DatasetVersion, Hold, Retention


def retention_of(dataset: Dataset) -> Retention | None:
    """What was said of how long the dataset's versions are kept; None where nothing was."""
    return Retention.objects.filter(dataset=dataset).first()


def kept_until(version: DatasetVersion, retention: Retention | None) -> date | None:
    """The last day on which the version has to be kept; None where it is kept for good."""
    if retention is None or retention.days is None:
        return None
    return today(version.rows_since or version.created_at) + timedelta(days=retention.days)


def is_past(version: DatasetVersion, retention: Retention | None, now: datetime) -> bool:
    """Whether the version is still here although its retention is over."""
    last = kept_until(version, retention)
    return not version.gone and last is not None and overdue(last, now)


def standing_holds(dataset: Dataset, versions: Iterable[DatasetVersion] | None = None) -> list[Hold]:
    """The legal holds that stand on the dataset as a whole or, of `versions` (all by default), on one of them."""
    rows = Hold.objects.filter(dataset=dataset, status=Hold.Status.ACTIVE).select_related("version", "placed_by")
    named = None if versions is None else {version.pk for version in versions}
    return [hold for hold in rows.order_by("pk") if named is None or hold.version_id in {None, *named}]


def obstacle_to_disposal(version: DatasetVersion, actor: User, now: datetime) -> str | None:
    """Why the version can't be disposed of at `now`, as a sentence; None where it can."""
    retention = retention_of(version.dataset)
    return (
        _not_yet(version, retention, now)
        or _own_schedule(retention, actor)
        or held_by(standing_holds(version.dataset, [version]))
        or _tagged(version)
        or rested_upon(version, actor, now)
    )


def held_by(holds: list[Hold]) -> str | None:
    """The sentence for legal holds that stand in the way."""
    if not holds:
        return None
    named = ", ".join(hold.reference for hold in holds)
    return f"{named} holds it: nothing goes until the hold is lifted."


def rested_upon(version: DatasetVersion, actor: User, now: datetime) -> str | None:
    """Who rests on the version and would lose its rows, as a sentence."""
    resting = [use for use in uses.of([version.reference]) if use.stands(now)]
    if not resting:
        return None
    shown, _ = uses.seen([version.reference], actor)
    named = next((use for use in shown if use.stands(now)), None)
    if named is None:
        return "Something that you may not see rests on it."
    more = f", and {len(resting) - 1} more" if len(resting) > 1 else ""
    return f"{named.reference} ({named.status[1].lower() or 'live'}) rests on it{more}."


def rests(versions: Iterable[DatasetVersion]) -> dict[str, list[Use]]:
    """What rests on each of `versions`, by reference, whoever may see it."""
    found: dict[str, list[Use]] = {version.reference: [] for version in versions}
    for use in uses.of(list(found)):
        found[use.of].append(use)
    return found


def same_rows(version: DatasetVersion, user: User) -> list[DatasetVersion]:
    """Other versions that `user` may see and that have the very same table, with its rows."""
    rows = DatasetVersion.objects.kept().filter(digest=version.digest).exclude(pk=version.pk).visible_to(user)
    return list(rows.select_related("dataset").order_by("pk")[:20])


def _not_yet(version: DatasetVersion, retention: Retention | None, now: datetime) -> str | None:
    last = kept_until(version, retention)
    if last is None:
        return "No retention says until when it has to be kept, so it is kept for good."
    return None if overdue(last, now) else f"It has to be kept until {last:%d %b %Y}."


def _own_schedule(retention: Retention | None, actor: User) -> str | None:
    if retention is not None and retention.set_by_id == actor.pk:
        return "You said how long it is kept, so somebody else has to dispose of it."
    return None


def _tagged(version: DatasetVersion) -> str | None:
    tag = version.tags.first()
    return f"The tag “{tag.name}” points to it. Move it or take it off first." if tag else None
