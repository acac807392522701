"""Directed graphs in ranks: what comes from what. From left to right on a desk, from the top down on a phone.

Ranks are longest paths, so that every arrow points onwards; within a rank, nodes stand near what they are linked with
(barycentres: Sugiyama, Tagawa and Toda, Methods for Visual Understanding of Hierarchical System Structures, 1981).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.charts.svg import DESK, PHONE, clipped, element, nothing, responsive, text

WIDE, HIGH = 148, 44  # a node
ACROSS, DOWN = 36, 16  # between ranks, and between nodes of one
MARGIN = 8
SWEEPS = 4


@dataclass(frozen=True)
class GraphNode:
    """A box: what it is called, what it is, how it stands, and where to read on."""

    key: str
    label: str
    note: str = ""
    tone: str = ""  # "", good, warn, bad, accent, muted
    url: str = ""


Pair = tuple[str, str]
Place = tuple[float, float]


def graph(title: str, nodes: Iterable[GraphNode], links: Iterable[Pair]) -> SafeString:
    """Boxes in ranks, with arrows along the links.

    Args:
        nodes: in any order; `key` tells them apart.
        links: (from, to) by key; those of unknown nodes, and of a node to itself, are left out. One arrow of a
            circle points back.
    """
    boxes = {node.key: node for node in nodes}
    if not boxes:
        return nothing(title)
    pairs = sorted({(a, b) for a, b in links if a in boxes and b in boxes and a != b})
    ranks = ranked(list(boxes), pairs)
    return responsive(lambda width: _drawn(title, boxes, pairs, ranks, phone=width == PHONE))


def ranked(keys: Sequence[str], pairs: Iterable[Pair]) -> list[list[str]]:
    """Keys by rank: each one past the last of those that lead to it. Links that close a circle don't count."""
    onward = _without_circles(keys, pairs)
    rank = dict.fromkeys(keys, 0)
    for key in _from_the_start(keys, onward):
        for after in onward[key]:
            rank[after] = max(rank[after], rank[key] + 1)
    found: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for key in keys:
        found[rank[key]].append(key)
    return found


def ordered(ranks: list[list[str]], pairs: Iterable[Pair]) -> list[list[str]]:
    """The ranks with each node near the middle of those it is linked with in the rank beside it."""
    beside: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        beside[a].add(b)
        beside[b].add(a)
    ranks = [list(rank) for rank in ranks]
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for fixed, moved in pairwise(range(len(ranks)) if forward else reversed(range(len(ranks)))):
            ranks[moved] = _nearer(ranks[moved], ranks[fixed], beside)
    return ranks


def _nearer(moved: list[str], fixed: list[str], beside: Mapping[str, set[str]]) -> list[str]:
    """The keys in the order of the middle of their neighbours' places; without any, a key stays where it is."""
    place = {key: number for number, key in enumerate(fixed)}
    middle = {}
    for number, key in enumerate(moved):
        places = [place[neighbour] for neighbour in beside[key] if neighbour in place]
        middle[key] = sum(places) / len(places) if places else number
    return sorted(moved, key=middle.__getitem__)


def _without_circles(keys: Iterable[str], pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Who leads to whom, less the links that lead back into the path walked; without recursion."""
    leads: dict[str, list[str]] = {key: [] for key in keys}
    for a, b in pairs:
        leads[a].append(b)
    kept: dict[str, list[str]] = {key: [] for key in leads}
    state = dict.fromkeys(leads, "new")
    for start in leads:
        path = [(start, iter(leads[start]))] if state[start] == "new" else []
        state[start] = "open" if path else state[start]
        while path:
            key, rest = path[-1]
            after = next(rest, None)
            if after is None:
                state[key] = "done"
                path.pop()
            elif state[after] != "open":
                kept[key].append(after)
                if state[after] == "new":
                    state[after] = "open"
                    path.append((after, iter(leads[after])))
    return kept


def _from_the_start(keys: Iterable[str], onward: Mapping[str, list[str]]) -> Iterable[str]:
    """Each key after all that lead to it."""
    waiting = dict.fromkeys(keys, 0)
    for targets in onward.values():
        for target in targets:
            waiting[target] += 1
    free = [key for key, count in waiting.items() if not count]
    while free:
        key = free.pop()
        yield key
        for target in onward[key]:
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)


def _routed(ranks: list[list[str]], pairs: Sequence[Pair]) -> tuple[list[list[str]], list[list[str]]]:
    """The ranks with room for links that pass through them, and each link as the places it passes."""
    rank = {key: number for number, keys in enumerate(ranks) for key in keys}
    roomy, routes = [list(keys) for keys in ranks], []
    for a, b in pairs:
        passed = [f"{a}\0{b}\0{number}" for number in range(rank[a] + 1, rank[b])]
        for number, key in enumerate(passed, rank[a] + 1):
            roomy[number].append(key)
        routes.append([a, *passed, b])
    return ordered(roomy, [step for route in routes for step in pairwise(route)]), routes


def _drawn(
    title: str, boxes: Mapping[str, GraphNode], pairs: Sequence[Pair], ranks: list[list[str]], *, phone: bool
) -> SafeString:
    if phone:
        places, width, height = _by_rows(ordered(ranks, pairs))
        arrows = [_down(places[a], places[b]) for a, b in pairs]
    else:
        roomy, routes = _routed(ranks, pairs)
        places, width, height = _by_columns(roomy)
        arrows = [_across([places[key] for key in route]) for route in routes]
    parts = [*arrows, *(_box(box, places[key]) for key, box in boxes.items())]
    body = format_html_join("", "{}", ((part,) for part in parts))
    words = f"{title}: {len(boxes)} boxes, {len(pairs)} arrows. The table below says the same."
    size = "is-natural" if width > DESK else ""
    return format_html(
        '<div class="graph-frame" tabindex="0" role="region" aria-label="{}">'
        '<svg class="chart graph {}" viewBox="0 0 {} {}" width="{}" role="group" aria-label="{}">{}</svg></div>',
        title, size, round(width), round(height), round(width), words, body,
    )  # fmt: skip


def _by_columns(ranks: list[list[str]]) -> tuple[dict[str, Place], float, float]:
    tallest = max(map(len, ranks))
    height = 2 * MARGIN + tallest * HIGH + (tallest - 1) * DOWN
    places = {}
    for number, rank in enumerate(ranks):
        used = len(rank) * HIGH + (len(rank) - 1) * DOWN
        for row, key in enumerate(rank):
            places[key] = (
                MARGIN + number * (WIDE + ACROSS),
                (height - used) / 2 + row * (HIGH + DOWN),
            )
    return places, 2 * MARGIN + len(ranks) * (WIDE + ACROSS) - ACROSS, height


def _by_rows(ranks: list[list[str]]) -> tuple[dict[str, Place], float, float]:
    """Two nodes a row: a phone is as wide as that."""
    places, y = {}, float(MARGIN)
    for rank in ranks:
        for row in (rank[start : start + 2] for start in range(0, len(rank), 2)):
            used = len(row) * WIDE + (len(row) - 1) * DOWN
            for number, key in enumerate(row):
                places[key] = ((PHONE - used) / 2 + number * (WIDE + DOWN), y)
            y += HIGH + DOWN
        y += DOWN
    return places, PHONE, y - 2 * DOWN + MARGIN


def _across(places: Sequence[Place]) -> SafeString:
    """A curve out of one box, straight through the ranks it passes, into another, and its point."""
    x, y = places[0][0] + WIDE, places[0][1] + HIGH / 2
    path = f"M {x:.1f} {y:.1f}"
    for number, (left, top) in enumerate(places[1:], 2):
        last = number == len(places)
        end, level = left - 5 if last else left, top + HIGH / 2
        path += f" C {x + 20:.1f} {y:.1f} {end - 20:.1f} {level:.1f} {end:.1f} {level:.1f}"
        x, y = (end, level) if last else (left + WIDE, level)
        path += "" if last else f" L {x:.1f} {y:.1f}"
    return _arrow(path, f"{x:.1f},{y - 4:.1f} {x:.1f},{y + 4:.1f} {x + 5:.1f},{y:.1f}")


def _down(start: Place, end: Place) -> SafeString:
    x1, y1, x2, y2 = start[0] + WIDE / 2, start[1] + HIGH, end[0] + WIDE / 2, end[1] - 5
    path = f"M {x1:.1f} {y1:.1f} C {x1:.1f} {y1 + 14:.1f} {x2:.1f} {y2 - 14:.1f} {x2:.1f} {y2:.1f}"
    return _arrow(path, f"{x2 - 4:.1f},{y2:.1f} {x2 + 4:.1f},{y2:.1f} {x2:.1f},{y2 + 5:.1f}")


def _arrow(path: str, point: str) -> SafeString:
    return format_html("{}{}", element("path", "g-link", d=path), element("polygon", "g-point", points=point))


def _box(node: GraphNode, place: Place) -> SafeString:
    x, y = place
    css = f"g-node is-{node.tone}" if node.tone else "g-node"
    lines: list[Any] = [
        element("title", content=f"{node.label} {node.note}".strip()),
        element("rect", css, x=float(x), y=float(y), width=WIDE, height=HIGH, rx=6),
        text(x + 12, y + (19 if node.note else 27), clipped(node.label, 17), "g-label"),
    ]
    if node.note:
        lines.append(text(x + 12, y + 35, clipped(node.note, 20), "c-tick"))
    body = format_html_join("", "{}", ((line,) for line in lines))
    return format_html('<a href="{}">{}</a>', node.url, body) if node.url else element("g", content=body)
