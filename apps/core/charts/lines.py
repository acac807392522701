"""Lines over windows of time, sparklines, and small multiples of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.charts.svg import (
    PHONE,
    Figure,
    Parts,
    Rows,
    Scale,
    chart,
    clipped,
    element,
    field,
    finite,
    legend,
    line,
    nothing,
    responsive,
    short,
    text,
)

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 216, 52, 14, 12, 28
Series = tuple[str, list[float | None]]


def spark(values: Rows, limit: Figure = None) -> SafeString:
    """The last few values as a line beside a figure that is written out; so it is hidden from screen readers."""
    known = [number for number in map(finite, values or ()) if number is not None]
    if not known:
        return SafeString("")
    wall = finite(limit)
    y = Scale.over([*known, *([] if wall is None else [wall])], 23, 3, pad=0)
    x = Scale(0, max(len(known) - 1, 1), 3, 93)
    points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in enumerate(known))
    wall_line = "" if wall is None else line(0, y(wall), 96, y(wall), "c-limit")
    return format_html(
        '<svg class="spark" viewBox="0 0 96 26" aria-hidden="true">{}{}{}</svg>',
        wall_line,
        element("polyline", "spark-line", points=points, fill="none"),
        element("circle", "spark-end", cx=x(len(known) - 1), cy=y(known[-1]), r=2.4),
    )


@dataclass(frozen=True)
class Marks:
    """What the values are held against; any may be missing."""

    low: float | None
    high: float | None
    limit: float | None
    reference: float | None

    @property
    def known(self) -> list[float]:
        return [mark for mark in (self.low, self.high, self.limit, self.reference) if mark is not None]

    def refuses(self, value: float) -> bool:
        return (self.low is not None and value < self.low) or (self.high is not None and value > self.high)

    @property
    def said(self) -> list[str]:
        named = (
            ("accepted from", self.low),
            ("accepted up to", self.high),
            ("limit", self.limit),
            ("reference", self.reference),
        )
        return [f"{name} {short(mark)}" for name, mark in named if mark is not None]


def lines(
    title: str,
    series: Rows,
    labels: Rows = (),
    low: Figure = None,
    high: Figure = None,
    limit: Figure = None,
    reference: Figure = None,
    band_caption: str = "accepted",
) -> SafeString:
    """Values over windows, left to right.

    Args:
        series: [{"name": …, "values": […]}], or plain values for one line; a missing value breaks its line.
        labels: what the windows are called; a few are written under the axis.
        low, high: a band of what is accepted or expected; either side may be open. A value outside is a red dot.
        limit: a dashed red line. reference: a dashed grey line, the value at approval.
    """
    drawn = _series(series)
    marks = Marks(finite(low), finite(high), finite(limit), finite(reference))
    if not _known(drawn):
        return nothing(title)
    return responsive(lambda width: _draw(title, drawn, _names(labels), marks, band_caption, width))


def multiples(items: Iterable[dict[str, Any]] | None) -> SafeString:
    """Small charts of one kind side by side, each with its title.

    Args:
        items: dicts of title, values, and optionally labels, low, high, limit, reference (as `lines`).
    """
    figures = [(item["title"], _small(item)) for item in items or ()]
    if not figures:
        return nothing("Charts")
    written = format_html_join("", "<figure><figcaption>{}</figcaption>{}</figure>", figures)
    return format_html('<div class="multiples">{}</div>', written)


def _small(item: dict[str, Any]) -> SafeString:
    drawn = _series(item.get("values"))
    marks = Marks(*(finite(item.get(name)) for name in ("low", "high", "limit", "reference")))
    if not _known(drawn):
        return nothing(item["title"])
    return _draw(item["title"], drawn, _names(item.get("labels")), marks, "", PHONE)


def _names(labels: Rows) -> list[str]:
    return [str(label) for label in labels or ()]


def _series(series: Rows) -> list[Series]:
    rows = list(series or ())
    if rows and not isinstance(rows[0], (dict, list, tuple)):
        rows = [{"name": "", "values": rows}]
    return [(str(field(row, 0, "name", "")), [finite(v) for v in field(row, 1, "values", ())]) for row in rows]


def _known(drawn: list[Series]) -> list[float]:
    return [value for _, values in drawn for value in values if value is not None]


def _draw(
    title: str, drawn: list[Series], labels: list[str], marks: Marks, band_caption: str, width: int
) -> SafeString:
    bottom = HEIGHT - BOTTOM
    y = Scale.over([*_known(drawn), *marks.known], bottom, TOP)
    count = max(len(values) for _, values in drawn)
    x = Scale(0, max(count - 1, 1), LEFT + 10, width - RIGHT - 10)
    parts = [*_band(y, marks, width), *_grid(y, width), *_dates(x, labels, count, bottom)]
    for css, value in (("c-reference", marks.reference), ("c-limit", marks.limit)):
        if value is not None:
            parts.append(line(LEFT, y(value), width - RIGHT, y(value), css))
    for number, (_, values) in enumerate(drawn, start=1):
        parts += _line(x, y, values, number, marks)
    under, height = legend(_legend(drawn, marks, band_caption), LEFT, HEIGHT + 12, width)
    return chart(title, _said(drawn, labels, marks), width, HEIGHT + height, [*parts, *under])


def _band(y: Scale, marks: Marks, width: int) -> Parts:
    if marks.low is None and marks.high is None:
        return
    bottom = y(marks.low) if marks.low is not None else y.start
    top = y(marks.high) if marks.high is not None else y.end
    yield element("rect", "c-band", x=LEFT, y=top, width=width - LEFT - RIGHT, height=max(bottom - top, 1.0))


def _grid(y: Scale, width: int) -> Parts:
    for tick in y.ticks(4):
        yield line(LEFT, y(tick), width - RIGHT, y(tick), "c-grid")
        yield text(LEFT - 8, y(tick) + 4, short(tick), "c-tick", "end")


def _dates(x: Scale, labels: list[str], count: int, bottom: float) -> Parts:
    names = labels[:count]
    step = max(1, -(-len(names) // (4 if x.end < PHONE else 7)))
    for i in range(0, len(names), step):
        anchor = "start" if i == 0 else "end" if i == count - 1 else "middle"
        yield text(x(i), bottom + 20, clipped(names[i], 12), "c-tick", anchor)


def _line(x: Scale, y: Scale, values: list[float | None], number: int, marks: Marks) -> Parts:
    for run in _runs(values):
        points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in run)
        yield element("polyline", f"c-line c-{number}", points=points, fill="none")
        for i, value in run:
            bad = marks.refuses(value)
            css = f"c-dot c-{number} is-bad" if bad else f"c-dot c-{number}"
            yield element("circle", css, cx=x(i), cy=y(value), r=4 if bad else 3)


def _runs(values: list[float | None]) -> Iterator[list[tuple[int, float]]]:
    """Stretches of values without a gap, each as [(position, value)]."""
    run: list[tuple[int, float]] = []
    for i, value in enumerate([*values, None]):
        if value is not None:
            run.append((i, value))
        elif run:
            yield run
            run = []


def _legend(drawn: list[Series], marks: Marks, band_caption: str) -> list[tuple[str, str]]:
    named = [(f"c-fill-{number}", name) for number, (name, _) in enumerate(drawn, start=1) if name]
    if band_caption and (marks.low is not None or marks.high is not None):
        named.append(("c-band", band_caption))
    if marks.limit is not None:
        named.append(("c-limit", f"limit {short(marks.limit)}"))
    if marks.reference is not None:
        named.append(("c-reference", f"reference {short(marks.reference)}"))
    return named


def _said(drawn: list[Series], labels: list[str], marks: Marks) -> str:
    words = []
    for name, values in drawn:
        known = [value for value in values if value is not None]
        if known:
            course = f"{len(known)} values from {short(known[0])} to {short(known[-1])}"
            ends = f"lowest {short(min(known))}, highest {short(max(known))}"
            words.append(f"{name + ': ' if name else ''}{course}, {ends}")
    if labels:
        words.append(f"from {labels[0]} to {labels[-1]}")
    return "; ".join([*words, *marks.said])
