"""Where a version runs."""

from collections.abc import Collection, Iterator
from typing import Any

from apps.core.lineage import Direction, Link, Node
from apps.deployments.models import Deployment


def links(nodes: Collection[Node], direction: Direction, user: Any) -> Iterator[Link]:
    """From a version to its live deployments."""
    kind, column = ("modelversion", "version__reference") if direction == "forward" else ("deployment", "reference")
    named = [node.reference for node in nodes if node.kind == kind]
    rows = Deployment.objects.live().filter(**{f"{column}__in": named}).order_by("pk")
    for version, deployment in rows.values_list("version__reference", "reference"):
        yield Link(Node("modelversion", version), Node("deployment", deployment), "runs as")
