"""Values over steps: what a training measured as it went, several runs in one drawing."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from apps.core.charts.svg import (
    Figure,
    Parts,
    Rows,
    Scale,
    chart,
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

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 236, 56, 14, 12, 30
MOST_SERIES, MOST_POINTS = 5, 300
Point = tuple[float, float]
Course = tuple[str, list[Point]]


def steps(title: str, series: Rows, caption: str = "step") -> SafeString:
    """Lines over a numeric axis.

    Args:
        series: [{"name": …, "points": [(step, value), …]}]; the first five are drawn, each thinned to 300 points that
            keep every stretch's lowest and highest value. What is no number is left out.
        caption: what the axis counts.
    """
    drawn = [(name, thinned(points)) for name, points in _courses(series)[:MOST_SERIES] if points]
    if not drawn:
        return nothing(title)
    return responsive(lambda width: _draw(title, drawn, caption, width))


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """About `most` of the points at most: of each stretch the first, the lowest and the highest, and the last."""
    if len(points) <= most:
        return list(points)
    size = -(-len(points) * 3 // most)
    kept: set[int] = {len(points) - 1}
    for first in range(0, len(points), size):
        stretch = range(first, min(first + size, len(points)))
        kept |= {first, min(stretch, key=lambda i: points[i][1]), max(stretch, key=lambda i: points[i][1])}
    return [points[i] for i in sorted(kept)]


def _courses(series: Rows) -> list[Course]:
    return [(str(field(row, 0, "name", "")), _finite(field(row, 1, "points", ()))) for row in series or ()]


def _finite(points: Sequence[tuple[Figure, Figure]]) -> list[Point]:
    known = ((finite(step), finite(value)) for step, value in points)
    return [(step, value) for step, value in known if step is not None and value is not None]


def _draw(title: str, drawn: list[Course], caption: str, width: int) -> SafeString:
    bottom = HEIGHT - BOTTOM
    x = Scale.over([step for _, points in drawn for step, _ in points], LEFT + 6, width - RIGHT - 6, pad=0)
    y = Scale.over([value for _, points in drawn for _, value in points], bottom, TOP)
    parts = [*_grid(x, y, width, bottom), text(width - RIGHT, HEIGHT, caption, "c-note", "end")]
    for number, (_, points) in enumerate(drawn, start=1):
        parts += _line(x, y, points, number)
    marks = [(f"c-fill-{number}", name) for number, (name, _) in enumerate(drawn, start=1) if name]
    under, height = legend(marks, LEFT, HEIGHT + 16, width)
    return chart(title, _said(drawn, caption), width, HEIGHT + height + 4, [*parts, *under])


def _grid(x: Scale, y: Scale, width: int, bottom: float) -> Parts:
    for tick in y.ticks(4):
        yield line(LEFT, y(tick), width - RIGHT, y(tick), "c-grid")
        yield text(LEFT - 8, y(tick) + 4, short(tick), "c-tick", "end")
    for tick in x.ticks(4 if width < 500 else 7):
        yield text(x(tick), bottom + 18, short(tick), "c-tick", "middle")


def _line(x: Scale, y: Scale, points: list[Point], number: int) -> Parts:
    if len(points) == 1:
        (step, value) = points[0]
        yield element("circle", f"c-dot c-{number}", cx=x(step), cy=y(value), r=4)
        return
    course = " ".join(f"{x(step):.1f},{y(value):.1f}" for step, value in points)
    yield element("polyline", f"c-line c-{number}", points=course, fill="none")


def _said(drawn: list[Course], caption: str) -> str:
    words = []
    for name, points in drawn:
        values = [value for _, value in points]
        ends = f"from {short(values[0])} at {caption} {short(points[0][0])} to {short(values[-1])}"
        span = f"at {caption} {short(points[-1][0])}, lowest {short(min(values))}, highest {short(max(values))}"
        words.append(f"{name + ': ' if name else ''}{ends} {span}")
    return "; ".join(words)
