"""The links that this room knows: a dataset holds its versions, and what other systems told of."""

import re
from collections.abc import Collection, Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q

from apps.core.lineage import OUTSIDE, Direction, Link, Node
from apps.datasets.models import DatasetVersion, Extraction, LineageLink, LineageRun

NAMESPACE = "quaestor"  # what ours is called in lineage, beside the address of this installation
OURS = re.compile(r"DS-\d+(@\d+)?")


def links(nodes: Collection[Node], direction: Direction, user: Any) -> Iterator[Link]:
    yield from _told(nodes, direction, user)
    yield from _extracted(nodes, direction)
    if direction == "forward":
        held = DatasetVersion.objects.filter(dataset__reference__in=_references(nodes, "dataset"))
        for dataset, version, columns in held.values_list("dataset__reference", "reference", "columns"):
            names = {column["name"]: frozenset([column["name"]]) for column in columns}
            yield Link(Node("dataset", dataset), Node("datasetversion", version), "holds", names)


def _extracted(nodes: Collection[Node], direction: Direction) -> Iterator[Link]:
    """From a source to the versions that were taken from it, column by column under the same names."""
    kind, column = (
        ("source", "source__reference") if direction == "forward" else ("datasetversion", "version__reference")
    )
    rows = Extraction.objects.exclude(version=None).filter(**{f"{column}__in": _references(nodes, kind)})
    for source, version, schema in rows.values_list("source__reference", "version__reference", "schema"):
        names = {entry["name"]: frozenset([entry["name"]]) for entry in schema}
        yield Link(Node("source", source), Node("datasetversion", version), "was read into", names)


def _told(nodes: Collection[Node], direction: Direction, user: Any) -> Iterator[Link]:
    here = "source" if direction == "forward" else "target"
    names = [name for node in nodes for name in _names(node)]
    told = LineageLink.objects.filter(
        Q(**{f"{here}__in": names}), run__in=LineageRun.objects.visible_to(user).values("pk")
    )
    for link in told.select_related("run").order_by("pk"):
        gives = None if link.gives is None else {name: frozenset(to) for name, to in link.gives.items()}
        yield Link(node_of(link.source), node_of(link.target), link.run.job_name, gives)


def node_of(name: str) -> Node:
    """What "namespace name" names: a dataset or version of ours, or something outside."""
    namespace, _, own = name.partition(" ")
    if namespace in _namespaces() and OURS.fullmatch(own):
        return Node("datasetversion" if "@" in own else "dataset", own)
    return Node(OUTSIDE, name)


def _names(node: Node) -> list[str]:
    if node.kind == OUTSIDE:
        return [node.reference]
    if node.kind in ("dataset", "datasetversion"):
        return [f"{namespace} {node.reference}" for namespace in _namespaces()]
    return []


def _namespaces() -> tuple[str, str]:
    return NAMESPACE, settings.BASE_URL


def _references(nodes: Collection[Node], kind: str) -> list[str]:
    return [node.reference for node in nodes if node.kind == kind]
