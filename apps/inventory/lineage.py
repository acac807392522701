"""Which data a version rests on, and which models rest on another's output."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import Q

from apps.core.lineage import Direction, Link, Node
from apps.inventory.models import Dependency, ModelVersion

ROLES = {"training_data": "trains", "reference_data": "is the reference of", "evaluation_data": "judges"}


def links(nodes: Collection[Node], direction: Direction, user: Any) -> Iterator[Link]:
    yield from _of_data(nodes, direction)
    yield from _of_models(nodes, direction)


def _of_data(nodes: Collection[Node], direction: Direction) -> Iterator[Link]:
    for version in _resting(nodes, direction):
        gives = {column: frozenset[str]() for column in _read(version.metadata)}
        for role, how in ROLES.items():
            source = Node("datasetversion", version.metadata.get(role) or "")
            if source.reference and (direction == "back" or source in nodes):
                yield Link(source, Node("modelversion", version.reference), how, gives)


def _resting(nodes: Collection[Node], direction: Direction) -> Any:
    if direction == "back":
        named = [node.reference for node in nodes if node.kind == "modelversion"]
        return ModelVersion.objects.filter(reference__in=named)
    named = [node.reference for node in nodes if node.kind == "datasetversion"]
    asked = Q()
    for role in ROLES:
        asked |= Q(**{f"metadata__{role}__in": named})
    return ModelVersion.objects.filter(asked) if named else ModelVersion.objects.none()


def _read(metadata: dict[str, Any]) -> set[str]:
    """The columns that a version says it reads: to predict, to be judged, to be judged by group."""
    protected = [entry["column"] if isinstance(entry, dict) else entry for entry in metadata.get("protected", [])]
    parts = [metadata.get("target"), metadata.get("weight"), *metadata.get("segments", []), *protected]
    return {*metadata.get("inputs", []), *filter(None, parts)}


def _of_models(nodes: Collection[Node], direction: Direction) -> Iterator[Link]:
    """From each version of a model to the models that rest on its output; on a dataset, they rest as a whole."""
    live = Dependency.objects.filter(ended_at=None).select_related("model")
    if direction == "forward":
        versions = [node for node in nodes if node.kind == "modelversion"]
        upstream = {node.reference.partition("@")[0]: node for node in versions}
        upstream |= {node.reference: node for node in nodes if node.kind in ("model", "dataset")}
        for row in live.filter(upstream__in=upstream):
            yield Link(upstream[row.upstream], Node("model", row.model.reference), "feeds")
    else:
        named = [node.reference for node in nodes if node.kind == "model"]
        for row in live.filter(model__reference__in=named, upstream_kind__in=("model", "dataset")):
            yield Link(Node(row.upstream_kind, row.upstream), Node("model", row.model.reference), "feeds")
