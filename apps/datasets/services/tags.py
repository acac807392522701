"""Tags: names that point to versions, and can be moved."""

import re
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit.acts import act, lock
from apps.core.errors import BadInput, Conflict
from apps.datasets import events
from apps.datasets.models import Dataset, DatasetVersion, Tag

NAME = re.compile(r"[0-9a-z][0-9a-z.-]{0,39}")
NUMBER = re.compile(r"[0-9.]+")
HOW = "A tag is up to 40 small letters, digits, dots and hyphens, with a letter among them: “golden”, “2016-holdout”."


def set_tag(
    *,
    actor: User,
    dataset: Dataset,
    name: str,
    version: DatasetVersion | None,
    now: datetime,
    note: str = "",
    moved_from: DatasetVersion | None = None,
) -> Tag:
    """Put the tag on a version, or move it there; without a version, take it off.

    Args:
        moved_from: where the actor saw it; another place now is a conflict.

    Raises:
        BadInput: the name can't be a tag's, the version is another dataset's, or there is nothing to take off.
        Conflict: somebody moved it meanwhile.
        Gone: the version's rows are no longer here.
    """
    _require_name(name)
    if version is not None and version.dataset_id != dataset.pk:
        raise BadInput(errors={"version": [f"{version.reference} is no version of {dataset.reference}."]})
    with transaction.atomic():
        tag = Tag.objects.filter(dataset=lock(dataset), name=name).select_related("version").first()
        _require_unmoved(tag, moved_from)
        if version is not None:
            lock(version).require_kept()
        elif tag is None or tag.version is None:
            raise BadInput(errors={"name": [f"{dataset.reference} has no tag “{name}”."]})
        said = {"version": version, "note": note, "set_by": actor, "set_at": now}
        if tag is None:
            new = Tag(dataset=dataset, name=name, **said)
            with act(events.TAG_SET, actor=actor, creates=new, now=now, note=note) as tag:
                return tag
        return _move(actor, tag, said, now)


def _move(actor: User, tag: Tag, said: dict, now: datetime) -> Tag:
    event = events.TAG_TAKEN_OFF if said["version"] is None else events.TAG_SET
    with act(event, actor=actor, subject=tag, now=now, note=said["note"]) as tag:
        for field, value in said.items():
            setattr(tag, field, value)
        tag.save()
        return tag


def _require_name(name: str) -> None:
    if NAME.fullmatch(name) is None or NUMBER.fullmatch(name):
        raise BadInput(errors={"name": [HOW]})


def _require_unmoved(tag: Tag | None, seen_at: DatasetVersion | None) -> None:
    if seen_at is None:
        return
    there = tag.version if tag is not None else None
    if there != seen_at:
        where = f"points to {there.reference}" if there else "points to no version"
        raise Conflict(f"Somebody moved the tag: it {where} now. Look at it again, then move it.")
