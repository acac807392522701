"""What this room shows on its own pages beside the tables: what rests on them, their names, how long they stay."""

from typing import Any

from django.db.models import Model
from django.utils import timezone

from apps.accounts.models import User
from apps.core import uses
from apps.core.panels import Panel
from apps.core.panels import register as show
from apps.datasets import events
from apps.datasets.models import Dataset, DatasetVersion, Erasure, Returned
from apps.datasets.selectors.keeping import is_past, kept_until, retention_of, same_rows, standing_holds
from apps.datasets.selectors.sources import drift_in_words, origin_of, with_last
from apps.datasets.selectors.tags import in_use

SHOWN = 50
ERASURES = 5


def register() -> None:
    """Put this room's panels on its pages; called once, in AppConfig.ready()."""
    show("dataset", Panel(20, "datasets/_tags.html", "aside", tags_of_dataset))
    show("dataset", Panel(30, "datasets/_keeping.html", "aside", keeping_of_dataset))
    show("dataset", Panel(40, "datasets/_erasures.html", "aside", erasures_of_dataset))
    show("dataset", Panel(40, "datasets/sources/_panel.html", "main", sources_of_dataset))
    show("dataset", Panel(60, "datasets/_uses.html", "main", uses_of_dataset))
    show("datasetversion", Panel(10, "datasets/_gone.html", "head", what_became))
    show("datasetversion", Panel(12, "datasets/_returned.html", "head", what_returned))
    show("datasetversion", Panel(20, "datasets/_tags.html", "aside", tags_of_version))
    show("datasetversion", Panel(30, "datasets/_keeping.html", "aside", keeping_of_version))
    show("datasetversion", Panel(40, "datasets/sources/_origin.html", "main", origin_of_version))
    show("datasetversion", Panel(60, "datasets/_uses.html", "main", uses_of_version))


def uses_of_dataset(dataset: Dataset, user: User) -> dict[str, Any]:
    """What rests on a dataset or on one of its versions."""
    return _uses([dataset.reference, *dataset.versions.values_list("reference", flat=True)], user, whole=True)


def uses_of_version(version: DatasetVersion, user: User) -> dict[str, Any]:
    """What rests on a version."""
    return _uses([version.reference], user, whole=False)


def _uses(references: list[str], user: User, *, whole: bool) -> dict[str, Any]:
    found, hidden = uses.seen(references, user)
    return {"uses": found[:SHOWN], "total": len(found), "hidden": hidden, "whole": whole}


def keeping_of_dataset(dataset: Dataset, user: User) -> dict[str, Any]:
    """Until when a dataset is kept, who holds it, and the doors to both."""
    return {
        "dataset": dataset,
        "retention": retention_of(dataset),
        "holds": standing_holds(dataset),
        "may_set": user.may(str(events.RETENTION_SET.permission), dataset),
        "may_hold": user.may(str(events.HOLD_PLACED.permission), dataset),
    }


def keeping_of_version(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """The same of one version, and the door to disposing of it."""
    if version.gone:
        return None
    retention, now = retention_of(version.dataset), timezone.now()
    return {
        "version": version,
        "dataset": version.dataset,
        "retention": retention,
        "last_day": kept_until(version, retention),
        "past": is_past(version, retention, now),
        "holds": standing_holds(version.dataset, [version]),
        "may_dispose": user.may(str(events.VERSION_DISPOSED.permission), version),
        "may_hold": user.may(str(events.HOLD_PLACED.permission), version),
    }


def what_became(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """What became of rows that are no longer here, and where the very same ones still are."""
    if not version.gone:
        return None
    return {"version": version, "same": same_rows(version, user)}


def erasures_of_dataset(dataset: Dataset, user: User) -> dict[str, Any] | None:
    """The newest erasures, and the door to asking for one; None where there is neither."""
    rows = Erasure.objects.filter(dataset=dataset).order_by("-pk")
    may_ask = user.may(str(events.ERASURE_REQUESTED.permission), dataset)
    if not may_ask and not rows.exists():
        return None
    return {"dataset": dataset, "erasures": rows[:ERASURES], "total": rows.count(), "may_ask": may_ask}


def what_returned(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """The erasures whose rows this version holds again."""
    found = list(Returned.objects.filter(version=version).select_related("erasure").order_by("pk"))
    return {"version": version, "returned": found} if found and not version.gone else None


def tags_of_dataset(dataset: Dataset, user: User) -> dict[str, Any]:
    """The tags that point somewhere, and the door to a new one."""
    return _tags(dataset, in_use(dataset), user, dataset)


def tags_of_version(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """Those that point to this version."""
    tags = in_use(version.dataset).filter(version=version)
    return None if version.gone and not tags else _tags(version.dataset, tags, user, version)


def _tags(dataset: Dataset, tags: Any, user: User, row: Model) -> dict[str, Any]:
    version = row if isinstance(row, DatasetVersion) else None
    return {
        "dataset": dataset,
        "version": version,
        "tags": tags,
        "may_tag": user.may(str(events.TAG_SET.permission), dataset) and not (version and version.gone),
    }


def sources_of_dataset(dataset: Dataset, user: User) -> dict[str, Any]:
    """Where a dataset's tables are taken from."""
    may_add = user.may(str(events.SOURCE_REGISTERED.permission), dataset)
    return {"dataset": dataset, "sources": with_last(dataset.sources.order_by("pk")), "may_add": may_add}


def origin_of_version(version: DatasetVersion, user: User) -> dict[str, Any] | None:
    """Which extraction made a version, and what of."""
    extraction = origin_of(version)
    if extraction is None:
        return None
    parts = list(extraction.parts.select_related("blob"))
    return {"extraction": extraction, "parts": parts, "drift": drift_in_words(extraction.drift)}
