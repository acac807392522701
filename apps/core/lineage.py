"""What comes from what, across rooms, and what breaks if a column goes.

A room registers a function that gives the links at the things it is asked about; the graph is walked rank by rank, so
that each room is asked once a rank, however many things stand in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from apps.core import subjects
from apps.core.events import Event

Direction = Literal["back", "forward"]
OUTSIDE = "outside"  # what other systems told of: no row of ours, seen by who may see the link
MOST = 200  # things in one graph; a larger one can't be read


class Node(NamedTuple):
    """A thing that data flows into or out of: a kind of Subject and a reference, or something outside."""

    kind: str
    reference: str


@dataclass(frozen=True)
class Link:
    """That `target` was made of `source`.

    Args:
        how: the words between the two: "trains", "is released as".
        gives: for each column of the source that is read, the columns of the target it ends in (none: the target as
            a whole rests on it). None: which columns are read is not known.
    """

    source: Node
    target: Node
    how: str
    gives: Mapping[str, frozenset[str]] | None = field(default=None, hash=False)


Links = Callable[[Collection[Node], Direction, Any], Iterable[Link]]

_links: list[Links] = []
_making: set[str] = set()


def register(links: Links) -> None:
    """Have `links(nodes, direction, user)` asked: forward for links that leave nodes, back for those that end there.

    Once, in AppConfig.ready(). Things with a Subject are shown to who may see them; of links between things outside,
    the function gives only those that `user` may see.
    """
    if links not in _links:
        _links.append(links)


def makes(*events: Event) -> None:
    """Say that each of `events` makes a thing that lineage should be told of. Once, in AppConfig.ready()."""
    _making.update(event.verb for event in events)


def making() -> set[str]:
    """The verbs of the events that make things."""
    return set(_making)


def behind(node: Node, user: Any) -> list[Link]:
    """The links that end at `node`, as far as `user` may see where they come from."""
    links = [link for ask in _links for link in ask([node], "back", user)]
    seen = _seen({link.source for link in links}, user)
    return [link for link in links if link.source in seen]


@dataclass
class Graph:
    """What was walked from `start`.

    Attributes:
        hidden: how many further things lie in business units that the reader does not see.
        cut: whether there is more than was walked.
    """

    start: Node
    nodes: dict[Node, tuple[str, str]] = field(default_factory=dict)  # title and address
    links: list[Link] = field(default_factory=list)
    hidden: int = 0
    cut: bool = False


def graph(
    start: Node, user: Any, *, directions: Collection[Direction] = ("back", "forward"), most: int = MOST
) -> Graph:
    """Everything that `start` came of and everything that came of it, as far as `user` may see it."""
    found = Graph(start)
    known: set[Node] = {start}
    hidden: set[Node] = set()
    links: set[Link] = set()
    for direction in directions:
        edge = {start}
        while edge:
            met = [link for ask in _links for link in ask(edge, direction, user)]
            ends = {_end(link, direction) for link in met} - known - hidden
            seen = _seen(ends, user)
            hidden |= ends - seen
            edge = set(sorted(seen)[: max(most - len(known), 0)])
            found.cut = found.cut or len(edge) < len(seen)
            known |= edge
            links |= {link for link in met if link.source in known and link.target in known}
    found.hidden = len(hidden)
    found.links = sorted(links, key=lambda link: (link.source, link.target, link.how))
    found.nodes = _named(known)
    return found


class Touched(NamedTuple):
    """One thing that rests on what goes.

    Attributes:
        columns: which of its columns can't be filled any more; empty where it is touched as a whole.
        certain: whether every link on the way says which columns it reads.
        through: the thing it was reached from.
        how: the words of the link it was reached by.
    """

    node: Node
    columns: frozenset[str]
    certain: bool
    through: Node
    how: str


def impact(walked: Graph, columns: Collection[str] = ()) -> list[Touched]:
    """What breaks if these columns of the graph's start go; all of it, where none is named. Nearest first.

    A link whose columns are not known may read any of them: what lies behind it is named, as uncertain.
    """
    leaving: defaultdict[Node, list[Link]] = defaultdict(list)
    for link in walked.links:
        leaving[link.source].append(link)
    gone: dict[Node, Touched] = {}
    edge = [Touched(walked.start, frozenset(columns), True, walked.start, "")]
    while edge:
        edge = _further(edge, leaving, gone)
    gone.pop(walked.start, None)
    return list(gone.values())


def _further(edge: list[Touched], leaving: Mapping[Node, list[Link]], gone: dict[Node, Touched]) -> list[Touched]:
    reached = []
    for at in edge:
        for link in leaving[at.node]:
            touched = _through(at, link)
            if touched is not None and (merged := _merged(gone.get(link.target), touched)) is not None:
                gone[link.target] = merged
                reached.append(merged)
    return reached


def _through(at: Touched, link: Link) -> Touched | None:
    """What the link carries on of what is gone at its source; None where it reads nothing of it."""
    if link.gives is None:
        return Touched(link.target, frozenset(), at.certain and not at.columns, at.node, link.how)
    read = at.columns & link.gives.keys() if at.columns else link.gives.keys()
    if at.columns and not read:
        return None
    columns = frozenset[str]().union(*(link.gives[column] for column in read))
    whole = any(not link.gives[column] for column in read)
    return Touched(link.target, frozenset() if whole else columns, at.certain, at.node, link.how)


def _merged(before: Touched | None, touched: Touched) -> Touched | None:
    """Both ways to one thing together; None where the second adds nothing, so that circles end."""
    if before is None:
        return touched
    whole = not before.columns or not touched.columns
    merged = before._replace(
        columns=frozenset() if whole else before.columns | touched.columns, certain=before.certain or touched.certain
    )
    return merged if merged != before else None


def _end(link: Link, direction: Direction) -> Node:
    return link.target if direction == "forward" else link.source


def _seen(nodes: Iterable[Node], user: Any) -> set[Node]:
    """Those of `nodes` that `user` may know of: one query a kind."""
    by_kind: defaultdict[str, set[str]] = defaultdict(set)
    for node in nodes:
        by_kind[node.kind].add(node.reference)
    seen = {Node(OUTSIDE, reference) for reference in by_kind.pop(OUTSIDE, ())}
    for kind, references in by_kind.items():
        rows: Any = subjects.subject_of(kind).model.objects
        visible = rows.filter(reference__in=references).visible_to(user).values_list("reference", flat=True)
        seen |= {Node(kind, reference) for reference in visible}
    return seen


def _named(nodes: Iterable[Node]) -> dict[Node, tuple[str, str]]:
    headings = subjects.headings(nodes)
    return {node: headings.get(node, (node.reference, "")) for node in sorted(nodes)}
