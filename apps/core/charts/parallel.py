"""Parallel coordinates: many things, each a line across as many axes as there are figures of it.

Inselberg, The plane with parallel coordinates (1985). An axis of texts has a place for each text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from apps.core.charts.svg import (
    PHONE,
    Figure,
    Parts,
    Scale,
    chart,
    clipped,
    element,
    finite,
    legend,
    line,
    nothing,
    responsive,
    short,
    text,
)

HEIGHT, SIDE, TOP, BOTTOM = 280, 64, 34, 18
MOST_LINES, MOST_TEXTS, MOST_AXES, MOST_ON_PHONE = 200, 12, 8, 4


class Axis:
    """One figure's scale: of numbers, or of a few texts in their order."""

    def __init__(self, name: str, values: Sequence[Figure]) -> None:
        self.name = name
        said = [value for value in values if value not in (None, "")]
        numbers = [number for number in map(_number, said) if number is not None]
        self.texts = [] if len(numbers) == len(said) else sorted({str(value) for value in said})[:MOST_TEXTS]
        self.scale = Scale.over(range(len(self.texts)) if self.texts else numbers, HEIGHT - BOTTOM, TOP, pad=0)
        self.drawable = bool(said)

    def place(self, value: Figure) -> float | None:
        """How high `value` lies; None where it has no place."""
        if self.texts:
            return self.scale(self.texts.index(str(value))) if str(value) in self.texts else None
        number = _number(value)
        return None if number is None else self.scale(number)

    def marks(self) -> list[tuple[float, str]]:
        """The heights that are named, and what they are called."""
        if self.texts:
            return [(self.scale(place), clipped(word, 10)) for place, word in enumerate(self.texts)]
        return [(self.scale(tick), short(tick)) for tick in self.scale.ticks(4)]


def parallel(title: str, axes: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> SafeString:
    """Lines across axes.

    Args:
        axes: the figures' names, left to right; the first eight are drawn (four on a phone).
        rows: {"name", "values": {axis: number or text}, "is_chosen"?}; the first two hundred. A chosen one is drawn
            last and strong. A value that is missing breaks its line.
    """
    shown = list(rows)[:MOST_LINES]
    drawn = [Axis(name, [row["values"].get(name) for row in shown]) for name in axes]
    drawn = [axis for axis in drawn if axis.drawable][:MOST_AXES]
    if len(drawn) < 2:
        return nothing(title)
    return responsive(lambda width: _draw(title, drawn[:MOST_ON_PHONE] if width <= PHONE else drawn, shown, width))


def _number(value: Figure) -> float | None:
    if isinstance(value, str):
        try:
            return finite(float(value))
        except ValueError:
            return None
    return finite(value)


def _draw(title: str, axes: list[Axis], rows: Sequence[Mapping[str, Any]], width: int) -> SafeString:
    across = Scale(0, len(axes) - 1, SIDE, width - SIDE / 2)
    ends = {0: "start", len(axes) - 1: "end"}  # so that the outermost names stay inside
    parts = [
        part
        for place, axis in enumerate(axes)
        for part in _axis(axis, across(place), place % 2, ends.get(place, "middle"))
    ]
    for row in sorted(rows, key=lambda row: bool(row.get("is_chosen"))):
        parts += _line(axes, across, row)
    chosen = [row["name"] for row in rows if row.get("is_chosen")]
    marks = [("c-fill-2", f"chosen: {clipped(chosen[0], 30)}")] if chosen else []
    under, height = legend(marks, SIDE, HEIGHT + 14, width)
    return chart(title, _said(axes, rows, chosen), width, HEIGHT + height, [*parts, *under])


def _axis(axis: Axis, x: float, row: int, anchor: str) -> Parts:
    yield text(x, TOP - 20 + 10 * row, clipped(axis.name, 16), "c-tick", anchor)
    yield line(x, TOP, x, HEIGHT - BOTTOM, "c-axis")
    for height, word in axis.marks():
        yield text(x - 5, height + 4, word, "c-tick", "end")


def _line(axes: list[Axis], across: Scale, row: Mapping[str, Any]) -> Parts:
    css = "c-line c-2" if row.get("is_chosen") else "c-line c-thin c-1"
    stretch: list[str] = []
    for place, axis in enumerate(axes):
        height = axis.place(row["values"].get(axis.name))
        if height is not None:
            stretch.append(f"{across(place):.1f},{height:.1f}")
        if height is None or place == len(axes) - 1:
            if len(stretch) > 1:
                yield element("polyline", css, points=" ".join(stretch), fill="none")
            stretch = []


def _said(axes: list[Axis], rows: Sequence[Mapping[str, Any]], chosen: list[str]) -> str:
    names = ", ".join(axis.name for axis in axes)
    words = f"{len(rows)} {'line' if len(rows) == 1 else 'lines'} across {names}"
    return f"{words}; {chosen[0]} is chosen" if chosen else words
