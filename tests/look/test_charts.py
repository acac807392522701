"""Charts draw what there is, say it in words, and survive whatever a result holds."""

import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import charts
from apps.core.charts.graph import ordered, ranked

NUMBERS = st.one_of(st.none(), st.floats(), st.integers(-(10**6), 10**6))
ROWS = st.lists(st.tuples(st.text(max_size=40), NUMBERS, NUMBERS, NUMBERS, NUMBERS), max_size=6)


def drawings(markup):
    """Every SVG in the markup, parsed; the parser refuses what is not well formed."""
    return [ET.fromstring(svg) for svg in re.findall(r"<svg .*?</svg>", str(markup), re.S)]


def coordinates(svg):
    names = ("x", "y", "x1", "x2", "y1", "y2", "width", "height", "cx", "cy", "r")
    for node in svg.iter():
        yield from (float(node.attrib[name]) for name in names if name in node.attrib)
        yield from (float(number) for number in re.findall(r"[^ ,]+", node.attrib.get("points", "")))


@given(rows=ROWS, low=NUMBERS, high=NUMBERS, top=NUMBERS)
def test_bars_draw_any_figures(rows, low, high, top):
    rows = [(re.sub(r"[^ -~]", "", label), *rest) for label, *rest in rows]
    for svg in drawings(charts.bars("Ratio", rows, low=low, high=high, top=top)):
        assert all(math.isfinite(c) for c in coordinates(svg))


@given(values=st.lists(NUMBERS, max_size=12), marks=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_lines_and_sparks_draw_any_figures(values, marks):
    low, high, limit, reference = marks
    drawn = [
        charts.lines("Drift", values, low=low, high=high, limit=limit, reference=reference),
        charts.spark(values, limit),
    ]
    for svg in (svg for markup in drawn for svg in drawings(markup)):
        assert all(math.isfinite(c) for c in coordinates(svg))


NAN = float("nan")
HOLLOW = {
    charts.bars: [("a", NAN), ("b", None)],
    charts.histogram: [("a", NAN, None)],
    charts.lines: [NAN, None],
    charts.reliability: [(NAN, 0.1), (0.2, None)],
    charts.roc: [(NAN, 0.1)],
    charts.stacked: [("a", [NAN, 0])],
}


@pytest.mark.parametrize("draw", HOLLOW)
def test_a_chart_of_nothing_says_so(draw):
    for rows in (None, [], HOLLOW[draw]):
        assert "Figure 1: no values to draw." in draw("Figure 1", rows)


def test_a_bar_outside_the_band_is_red_and_one_whose_interval_leaves_it_amber():
    drawn = charts.bars("Ratio", [("out", 0.71), ("at risk", 0.83, 402, 0.77, 0.9), ("in", 0.9)], low=0.8, high=1.25)
    tones = [node.attrib["class"] for node in drawings(drawn)[0].iter() if "c-bar" in node.attrib.get("class", "")]
    assert tones == ["c-bar is-bad", "c-bar is-warn", "c-bar"]


def test_a_flagged_group_is_not_judged():
    drawn = charts.bars("Ratio", [{"label": "few", "value": 0.2, "n": 3, "flagged": True}], low=0.8)
    assert "is-muted" in drawn and "is-bad" not in drawn


def test_the_text_alternative_tells_every_bar_with_its_interval_and_n():
    svg = drawings(charts.bars("Impact ratio", [("White", 0.831, 4004, 0.799, 0.864)], digits=3))[0]
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == "Impact ratio: White 0.831 (0.799 to 0.864), n 4004"


def test_labels_can_not_inject_markup():
    assert "<script>" not in charts.bars("<script>", [("<script>", 1.0)])


def test_a_missing_window_breaks_the_line():
    svg = drawings(charts.lines("PSI", [0.1, None, 0.2, 0.3]))[0]
    assert len([node for node in svg if node.tag == "polyline"]) == 2


def test_numpy_figures_are_figures():
    assert "0.50" in charts.bars("Ratio", [("a", np.float64(0.5)), ("b", np.float32("nan"))])


def test_one_constant_value_has_a_scale():
    assert all(math.isfinite(c) for c in coordinates(drawings(charts.lines("Flat", [0.0, 0.0]))[0]))


def test_no_chart_has_inline_style_on_the_web_and_every_one_has_its_palette_in_print():
    drawn = charts.bars("Ratio", [("a", 1.0)])
    assert "style" not in drawn
    printed = charts.for_print(drawn)
    assert printed.count("<style>") == printed.count("<svg") == 1
    assert "<title>Ratio: a 1.00</title>" in printed


def test_a_stack_counts_its_parts_in_words():
    svg = drawings(charts.stacked("Portfolio", [("Tier 1", [2, 0, 1])], names=["Live", "In approval", "Suspended"]))[
        0
    ]
    assert svg.attrib["aria-label"] == "Portfolio: Tier 1: Live 2, Suspended 1"


KEYS = st.sampled_from("abcdefgh")


@given(pairs=st.lists(st.tuples(KEYS, KEYS), max_size=20), names=st.lists(KEYS, min_size=1, max_size=8, unique=True))
def test_a_graph_draws_any_links_with_every_box_once(pairs, names):
    nodes = [charts.GraphNode(key, f"<{key}>", "note", url=f"/{key}/") for key in names]
    for svg in drawings(charts.graph("What rests on what", nodes, pairs)):
        assert all(math.isfinite(c) for c in coordinates(svg))
        boxes = [(node.attrib["x"], node.attrib["y"]) for node in svg.iter("rect")]
        assert len(boxes) == len(names) == len(set(boxes))


def test_arrows_of_a_graph_point_onwards_and_a_circle_is_opened():
    ranks = ranked(list("abcd"), [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("d", "a")])
    assert ranks == [["a"], ["b"], ["c"], ["d"]]


def test_boxes_of_a_graph_stand_beside_what_they_are_linked_with():
    assert ordered([["a", "b"], ["x", "y"]], [("a", "y"), ("b", "x")])[1] == ["y", "x"]


def test_a_graph_of_nothing_says_so():
    assert "no values to draw" in charts.graph("Lineage", [], [])
