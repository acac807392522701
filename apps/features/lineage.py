"""Which data features are made of, and which training sets are made of them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.db.models import Q

from apps.core.lineage import Direction, Link, Node
from apps.features.definitions import ViewDefinition
from apps.features.models import TrainingSet, TrainingSetUse
from apps.features.statements.looking import expression

Gives = Mapping[str, frozenset[str]]


def links(nodes: Collection[Node], direction: Direction, user: Any) -> Iterator[Link]:
    """From data to the view's version that was made of it, and from that and the labels to training sets."""
    data = [node.reference for node in nodes if node.kind == "datasetversion"]
    views = [node.reference for node in nodes if node.kind == "featureviewversion"]
    if direction == "forward":
        uses = Q(source__reference__in=data) | Q(version__reference__in=views)
        labelled = Q(labels__reference__in=data)
    else:
        uses = Q(version__reference__in=views) | Q(training_set__version__reference__in=data)
        labelled = Q(version__reference__in=data)
    yield from _of_features(uses)
    yield from _of_labels(labelled)


def _of_features(wanted: Q) -> Iterator[Link]:
    rows = TrainingSetUse.objects.filter(wanted, training_set__version__isnull=False)
    for use in rows.select_related("source", "version", "training_set__version").order_by("pk"):
        view = Node("featureviewversion", use.version.reference)
        named = {feature["name"]: frozenset([feature["column"]]) for feature in use.features}
        yield Link(
            Node("datasetversion", use.source.reference), view, "is made into", read_by(use.version.definition)
        )
        yield Link(view, Node("datasetversion", use.training_set.version.reference), "is joined into", named)


def _of_labels(wanted: Q) -> Iterator[Link]:
    rows = TrainingSet.objects.filter(wanted, version__isnull=False).select_related("labels", "version")
    for row in rows.order_by("pk"):
        made = {column["name"] for column in row.version.columns}
        gives = {column["name"]: frozenset({column["name"]} & made) for column in row.labels.columns}
        yield Link(
            Node("datasetversion", row.labels.reference),
            Node("datasetversion", row.version.reference),
            "has the labels of",
            {name: columns for name, columns in gives.items() if columns},
        )


def read_by(view: ViewDefinition) -> Gives | None:
    """The source's columns that a view reads, with the features each ends in; None where it has SQL of its own.

    Without its keys and times a view gives nothing: they end in every feature.
    """
    if view.sql is not None:
        return None
    gives: defaultdict[str, set[str]] = defaultdict(set)
    for feature in view.features:
        for column in _columns(feature.sql):
            gives[column].add(feature.name)
    for column in (*view.keys, view.event_time, view.created_time):
        gives[column] |= {feature.name for feature in view.features}
    return {column: frozenset(features) for column, features in gives.items()}


@lru_cache(maxsize=2048)
def _columns(sql: str) -> frozenset[str]:
    """The columns that an expression names."""
    found, waiting = set(), [expression(sql, "sql")]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get("class") == "COLUMN_REF":
                found.add(part["column_names"][-1])
            waiting.extend(part.values())
        elif isinstance(part, list):
            waiting.extend(part)
    return frozenset(found)
