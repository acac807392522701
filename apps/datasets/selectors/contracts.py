"""Reads of contracts and of what came of checking against them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.datasets.contracts import Before, Kind, Terms
from apps.datasets.models import CheckResult, Contract, Dataset, DatasetVersion, Inspection
from apps.datasets.selectors.tables import table_path

HISTORY = 40


def in_force(dataset: Dataset) -> Contract | None:
    """The contract that a dataset's versions are held against; None where there is none."""
    return Contract.objects.filter(dataset=dataset, status=Contract.Status.IN_FORCE).first()


def draft_of(dataset: Dataset) -> Contract | None:
    """The contract that is being written."""
    return Contract.objects.filter(dataset=dataset, status=Contract.Status.DRAFT).first()


def newest_inspection(version: DatasetVersion) -> Inspection | None:
    """What came out when the version was checked last."""
    return version.inspections.select_related("contract").order_by("-pk").first()


def named_elsewhere(terms: Terms) -> dict[str, tuple[str | int, ...]]:
    """The datasets (DS-0002) and versions (DS-0001@1) that checks compare with, and where they are named."""
    keys = {Kind.REFERENTIAL: "dataset", Kind.DISTRIBUTION: "against"}
    return {str(check.arguments[keys[check.kind]]): check.place for check in terms.checks if check.kind in keys}


def unknown_to(user: User, references: Iterable[str]) -> set[str]:
    """Those of `references` that name nothing that `user` may know of."""
    wanted = set(references)
    datasets = Dataset.objects.visible_to(user).filter(reference__in=wanted)
    versions = DatasetVersion.objects.visible_to(user).filter(reference__in=wanted)
    return wanted - {row.reference for rows in (datasets, versions) for row in rows}


def tables_to_compare(terms: Terms) -> dict[str, Path]:
    """The files of what checks compare with: of a dataset its newest version that may be used."""
    found = {}
    for reference in named_elsewhere(terms):
        version = _usable(reference)
        if version is not None:
            found[reference] = table_path(version)
    return found


def version_before(version: DatasetVersion) -> Before | None:
    """What the version follows: the newest before it that is kept, and wasn't refused."""
    earlier = version.dataset.versions.kept().exclude(fitness__in=UNFIT).filter(number__lt=version.number)
    found = earlier.order_by("-number").first()
    if found is None:
        return None
    types = {column["name"]: column["type"] for column in found.columns}
    return Before(found.reference, types, digests_of(found))


def digests_of(version: DatasetVersion) -> dict[str, str]:
    """The digest of each column's cells."""
    return {column["name"]: column["digest"] for column in version.columns}


UNFIT = (DatasetVersion.Fitness.REFUSED, DatasetVersion.Fitness.BROKEN, DatasetVersion.Fitness.WAITING)


def _usable(reference: str) -> DatasetVersion | None:
    if "@" in reference:
        return DatasetVersion.objects.kept().filter(reference=reference).first()
    rows = DatasetVersion.objects.kept().filter(dataset__reference=reference).exclude(fitness__in=UNFIT)
    return rows.order_by("-number").first()


def history(dataset: Dataset, *, limit: int = HISTORY) -> list[Inspection]:
    """The last inspection of each of a dataset's versions, oldest version first, with their results."""
    rows = Inspection.objects.filter(version__dataset=dataset).select_related("version", "contract")
    newest: dict[int, Inspection] = {}
    for inspection in rows.order_by("-pk").prefetch_related("results")[: 4 * limit]:
        newest.setdefault(inspection.version_id, inspection)
    return sorted(newest.values(), key=lambda inspection: inspection.version.number)[-limit:]


def courses(inspections: list[Inspection]) -> list[dict[str, Any]]:
    """Each check's figure over versions: name, unit, expected, and one value (or None) a version."""
    by_name: dict[str, dict[str, Any]] = {}
    for place, inspection in enumerate(inspections):
        for result in inspection.results.all():
            name = _course(result)
            course = by_name.setdefault(name, {"name": name, "values": [None] * len(inspections), "outcomes": []})
            course["values"][place] = result.value
            course["outcomes"].append(result.outcome)
            course |= {"unit": result.unit, "expected": result.expected, "outcome": result.outcome}
    return list(by_name.values())


def _course(result: CheckResult) -> str:
    """A check's name over versions: what a table is compatible with changes from one to the next."""
    return "compatible with the version before" if result.name.startswith("compatible with ") else result.name
