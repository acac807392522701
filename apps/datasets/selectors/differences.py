"""Differences of versions: by which key rows are matched, what is known already, and what a person may see of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.accounts.models import User
from apps.core.canonical import digest
from apps.core.errors import BadInput
from apps.datasets.comparing import Side
from apps.datasets.comparing.examples import cells_at
from apps.datasets.models import DatasetVersion, Difference
from apps.datasets.selectors.tables import READ_ROWS, table_path
from apps.jobs.models import Job

BEFORE, AFTER = "{before}", "{after}"  # stand for the versions' references in what is kept
KIND = "datasets.compare"  # the job that works out what is large
SHOWN_COLUMNS = 8


def key_for(before: DatasetVersion, after: DatasetVersion, asked: Sequence[str]) -> list[str]:
    """The columns by which rows are matched: those asked for, else the id that both versions name; none: whole rows.

    Raises:
        BadInput: one is no column of both, or of another type in each.
    """
    if not asked:
        named = after.metadata.get("id_column")
        return [named] if named and named == before.metadata.get("id_column") and _alike(named, before, after) else []
    for name in asked:
        types = [_types(version).get(name) for version in (before, after)]
        for version, type_ in zip((before, after), types, strict=True):
            if type_ is None:
                raise BadInput(errors={"key": [f"{version.reference} has no column “{name}”."]})
        if types[0] != types[1]:
            said = f"“{name}” is {types[0]} in {before.reference} and {types[1]} in {after.reference}"
            raise BadInput(errors={"key": [f"{said}, so rows can't be matched by it."]})
    return list(dict.fromkeys(asked))


def known_difference(before: DatasetVersion, after: DatasetVersion, key: Sequence[str]) -> Difference | None:
    """The difference, where it was worked out before.

    Raises:
        BadInput: it was found that rows can't be matched by that key.
    """
    named = {"before": before.digest, "after": after.digest, "key": digest(list(key))}
    known = Difference.objects.filter(**named).first()
    if known is not None and "refused" in known.details:
        raise BadInput(errors={"key": [worded(known.details["refused"], before, after)]})
    return known


def once(before: DatasetVersion, after: DatasetVersion, key: Sequence[str]) -> str:
    """The name of the job that works it out, of which one at most is under way."""
    return f"{KIND} {digest([before.digest, after.digest, list(key)])}"


def given_up(before: DatasetVersion, after: DatasetVersion, key: Sequence[str]) -> Job | None:
    """The last job that was to work it out, where it failed or was cancelled: a page doesn't ask again by itself."""
    last = Job.objects.filter(kind=KIND, once=once(before, after, key)).order_by("-created_at").first()
    return last if last is not None and last.state in (Job.State.FAILED, Job.State.CANCELLED) else None


def worded(sentence: str, before: DatasetVersion, after: DatasetVersion) -> str:
    """A kept sentence with the references of the versions that are looked at."""
    return sentence.replace(BEFORE, before.reference).replace(AFTER, after.reference)


def side(version: DatasetVersion, name: str) -> Side:
    """A version's table as a side of a comparison.

    Raises:
        Gone: its rows are no longer here.
    """
    return Side(
        name=name,
        path=table_path(version),
        digest=version.digest,
        rows=version.rows,
        columns={column["name"]: column for column in version.columns},
        details=version.profile.details,
    )


def shown_difference(
    difference: Difference, before: DatasetVersion, after: DatasetVersion, user: User
) -> dict[str, Any]:
    """What `user` may see of it: examples and levels for who may read both versions' rows, else no cell."""
    details = difference.details
    found = {
        **details,
        "before": {"reference": before.reference, **details["before"]},
        "after": {"reference": after.reference, **details["after"]},
    }
    if all(user.may(READ_ROWS, version) and not version.gone for version in (before, after)):
        return found | _examples(details, before, after)
    return found | _without_cells(details)


def _without_cells(details: dict[str, Any]) -> dict[str, Any]:
    hidden = [
        {name: value for name, value in row.items() if name != "bins" or row["kind"] == "number"}
        for row in details["distributions"]
    ]
    return {
        "rows": {**details["rows"], "examples": None},
        "cells": [{**row, "examples": None} for row in details["cells"]],
        "distributions": hidden,
    }


def _examples(details: dict[str, Any], before: DatasetVersion, after: DatasetVersion) -> dict[str, Any]:
    """The places of examples replaced by what stands there."""
    key, cells = details["key"], details["cells"]
    changed = [column["column"] for column in cells]
    added, removed = (details["rows"]["examples"][which] for which in ("added", "removed"))
    rest = [name for name in _types(after) if name in _types(before)]
    names = list(dict.fromkeys([*key, *changed, *rest[:SHOWN_COLUMNS]]))
    pairs = [pair for column in cells for pair in column["examples"]]
    old = cells_at(table_path(before), {*removed, *(pair[0] for pair in pairs)}, names)
    new = cells_at(table_path(after), {*added, *(pair[1] for pair in pairs)}, names)
    few = [*key, *(name for name in rest if name not in key)][:SHOWN_COLUMNS]
    return {
        "rows": {
            **details["rows"],
            "examples": {
                "added": [{name: new[place][name] for name in few} for place in added],
                "removed": [{name: old[place][name] for name in few} for place in removed],
            },
        },
        "cells": [
            {
                **column,
                "examples": [
                    {
                        "key": {name: old[b][name] for name in key},
                        "before": old[b][column["column"]],
                        "after": new[a][column["column"]],
                    }
                    for b, a in column["examples"]
                ],
            }
            for column in cells
        ],
    }


def _types(version: DatasetVersion) -> dict[str, str]:
    return {column["name"]: column["type"] for column in version.columns}


def _alike(name: str, before: DatasetVersion, after: DatasetVersion) -> bool:
    return _types(before).get(name) == _types(after).get(name) is not None
