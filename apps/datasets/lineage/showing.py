"""Lineage on the pages of data."""

from typing import Any

from apps.accounts.models import User
from apps.core.lineage import Node, graph
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.lineage import address, arrows, boxes


def lineage(row: Dataset | DatasetVersion, user: User) -> dict[str, Any]:
    """The graph of what the row came of and what came of it."""
    found = graph(Node(row.kind, row.reference), user)
    return {
        "reference": row.reference,
        "nodes": boxes(found) if found.links else [],
        "pairs": arrows(found),
        "links": found.links,
        "hidden": found.hidden,
        "url": address(found.start),
    }
