"""What was taken from sources."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from apps.datasets.models import Dataset, DatasetVersion, Extraction, Part, Source

MANY_ENOUGH = 2  # a course needs two points


def previous_extraction(source: Source) -> Extraction | None:
    """The last extraction from `source` that led to a version."""
    landed = source.extractions.landed()
    return landed.select_related("version").order_by("-number").first()


def parts_of(extraction: Extraction) -> list[Part]:
    """What the version that an extraction led to is made of; an extraction that found nothing new has no own list."""
    made = origin_of(extraction.version) if extraction.version else None
    return list(made.parts.select_related("blob")) if made else []


def last_kept(version: DatasetVersion) -> DatasetVersion | None:
    """The version, or the one that has those of its rows that weren't erased; None where none of them are here."""
    while version is not None and version.gone:
        version = version.successor
    return version


def newest_version(dataset: Dataset) -> DatasetVersion | None:
    return dataset.versions.order_by("-number").first()


def origin_of(version: DatasetVersion) -> Extraction | None:
    """The extraction that made `version`; None where it was uploaded or made here."""
    made = version.extractions.filter(outcome=Extraction.Outcome.NEW)
    return made.select_related("source").order_by("number").first()


def with_last(sources: QuerySet[Source]) -> QuerySet[Source]:
    """Sources with `last_outcome`, `last_at` and `last_rows` of their last extraction, in one query."""
    last = Extraction.objects.filter(source=OuterRef("pk")).order_by("-number")
    return sources.annotate(
        last_outcome=Subquery(last.values("outcome")[:1]),
        last_at=Subquery(last.values("ended_at")[:1]),
        last_rows=Subquery(last.values("rows")[:1]),
    )


def drift_in_words(drift: dict[str, Any]) -> list[str]:
    """What changed of a table's columns since the version before, a phrase for each."""
    return [
        *(f"{name} is new" for name in drift.get("added", ())),
        *(f"{name} is gone" for name in drift.get("removed", ())),
        *(f"{each['name']} is {each['now']} instead of {each['before']}" for each in drift.get("changed", ())),
    ]


def course(source: Source, most: int = 30) -> dict[str, Any] | None:
    """How many rows the last extractions found, for a chart; a failed one leaves a gap. None where there are few."""
    last = list(source.extractions.order_by("-number").values("number", "outcome", "rows", "new_rows")[:most])
    if len(last) < MANY_ENOUGH:
        return None
    last.reverse()
    failed = Extraction.Outcome.FAILED
    series = [
        {"name": label, "values": [None if each["outcome"] == failed else each[name] for each in last]}
        for name, label in (("rows", "Rows of the table"), ("new_rows", "Rows taken"))
    ]
    return {"labels": [f"@{each['number']}" for each in last], "series": series}
