"""Which data a run read, and which versions of models came of a run."""

from collections.abc import Collection, Iterator
from typing import Any

from apps.core.lineage import Direction, Link, Node
from apps.inventory.models import ModelVersion
from apps.tracking.models import DataInput, Run

SAID = "reference", "metadata"


def links(nodes: Collection[Node], direction: Direction, user: Any) -> Iterator[Link]:
    """From data to the runs that read it; from a run to the versions that say they were trained in it."""
    kind, column = ("datasetversion", "version__reference") if direction == "forward" else ("run", "run__reference")
    inputs = DataInput.objects.filter(version__isnull=False, **{f"{column}__in": _named(nodes, kind)})
    for version, run in inputs.order_by("pk").values_list("version__reference", "run__reference"):
        yield Link(Node("datasetversion", version), Node("run", run), "was read by")
    kind, column = ("run", "metadata__training_run") if direction == "forward" else ("modelversion", "reference")
    versions = ModelVersion.objects.filter(**{f"{column}__in": _named(nodes, kind)}).order_by("pk")
    trained = {reference: metadata.get("training_run") for reference, metadata in versions.values_list(*SAID)}
    known = set(Run.objects.filter(reference__in=trained.values()).values_list("reference", flat=True))
    for reference, run in trained.items():
        if run in known:  # it may as well be a run of another system, by the name it has there
            yield Link(Node("run", run), Node("modelversion", reference), "trained")


def _named(nodes: Collection[Node], kind: str) -> list[str]:
    return [node.reference for node in nodes if node.kind == kind]
