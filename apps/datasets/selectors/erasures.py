"""What is searched for erasures, and what may be shown of them."""

from typing import Any

from apps.accounts.models import User
from apps.core import scope
from apps.datasets.erasing.keys import KEY_TYPES
from apps.datasets.erasing.rows import Sought
from apps.datasets.models import Dataset, DatasetVersion, Erasure

SEARCH, ERASE, LOOK_AGAIN = "datasets.search_rows", "datasets.erase_rows", "datasets.look_for_erased"


def columns_called(dataset: Dataset, column: str) -> set[str]:
    """The types that a column has in the versions whose rows are here."""
    return {type_ for version in dataset.versions.kept() if (type_ := type_of(version, column))}


def type_of(version: DatasetVersion, column: str) -> str | None:
    """The type of a version's column; None where it has none of that name."""
    return next((entry["type"] for entry in version.columns if entry["name"] == column), None)


def searchable(dataset: Dataset, column: str) -> tuple[list[DatasetVersion], list[DatasetVersion]]:
    """The versions that can be searched by the column, in order, and those that can't: they have no such key."""
    kept = list(dataset.versions.kept().select_related("profile").order_by("number"))
    by_key = [version for version in kept if type_of(version, column) in KEY_TYPES]
    return by_key, [version for version in kept if version not in by_key]


def sought(erasure: Erasure) -> Sought:
    """Which rows an erasure is about."""
    return Sought(erasure.column, erasure.digests, erasure.salt.salt)


def shown_record(erasure: Erasure, user: User) -> dict[str, Any]:
    """What was done, as far as `user` may know of what it touched; `hidden` counts the rest."""
    record = erasure.record
    if not record:
        return {}
    listed = {name: record.get(name, []) for name in ("uses", "same", "derived", "held")}
    roots = {_root(each) for group in listed.values() for each in group}
    known = scope.known(roots, user)
    shown = {name: [each for each in group if _root(each) in known] for name, group in listed.items()}
    hidden = sum(len(listed[name]) - len(shown[name]) for name in listed)
    return {"versions": record["versions"], **shown, "hidden": hidden}


def _root(each: dict[str, Any]) -> str:
    return str(each["root"])
