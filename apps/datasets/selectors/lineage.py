"""Where lineage is asked for, and how it is drawn."""

from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode

from apps.core import subjects
from apps.core.charts import GraphNode
from apps.core.lineage import OUTSIDE, Graph, Node, Touched
from apps.datasets.lineage.links import links, node_of

WORDS = {
    "dataset": "dataset",
    "datasetversion": "data",
    "source": "source",
    "featureviewversion": "features",
    "run": "run",
    "modelversion": "model version",
    "deployment": "deployment",
    OUTSIDE: "elsewhere",
}


def node_named(name: str, user: Any) -> Node | None:
    """The thing that a reference, or "namespace name" of something told of, names; None where `user` sees none."""
    row = subjects.named(name, user)
    if row is not None:
        return Node(row.kind, row.reference)
    node = node_of(name)
    told = node.kind == OUTSIDE and any(True for way in ("back", "forward") for _ in links([node], way, user))
    return node if told else None


def boxes(graph: Graph, touched: Collection[Touched] = ()) -> list[GraphNode]:
    """The graph's things as boxes; what breaks is red, what may break amber."""
    tones = {hit.node: "bad" if hit.certain else "warn" for hit in touched}
    return [
        GraphNode(
            key=_key(node),
            label=node.reference.partition(" ")[2] if node.kind == OUTSIDE else node.reference,
            note=_note(node, title),
            tone="accent" if node == graph.start else tones.get(node, "muted" if node.kind == OUTSIDE else ""),
            url=address(node),
        )
        for node, (title, _) in graph.nodes.items()
    ]


def arrows(graph: Graph) -> list[tuple[str, str]]:
    return [(_key(link.source), _key(link.target)) for link in graph.links]


def address(node: Node) -> str:
    """The lineage page of a thing."""
    return f"{reverse('lineage')}?{urlencode({'of': node.reference})}"


def _key(node: Node) -> str:
    return f"{node.kind} {node.reference}"


def own_name(node: Node, title: str) -> str:
    """What the thing is called beside its reference; "" where that is all."""
    return title.removeprefix(node.reference).strip()


def _note(node: Node, title: str) -> str:
    if node.kind == OUTSIDE:
        return node.reference.partition(" ")[0]
    return own_name(node, title) or WORDS.get(node.kind, node.kind)
