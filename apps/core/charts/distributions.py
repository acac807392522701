"""A distribution now beside the one at approval."""

import math

from django.utils.safestring import SafeString

from apps.core.charts.svg import (
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

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 216, 52, 12, 12, 28
Bin = tuple[str, float | None, float | None]
LETTER, LONGEST = 6.6, 130.0  # the width of a letter under a bar, and what is kept free for a label at most
REFERENCE, CURRENT = "c-fill-5", "c-fill-1"  # the quieter colour for what is known


def histogram(title: str, bins: Rows, names: tuple[str, ...] = ("Reference", "Current")) -> SafeString:
    """Shares by bin, two bars each: the frozen reference and the current window.

    Args:
        bins: (label, reference, current) as tuples or dicts, shares of one or counts; `current` may be missing.
    """
    rows = [
        (str(field(row, 0, "label", "")), finite(field(row, 1, "reference")), finite(field(row, 2, "current")))
        for row in bins or ()
    ]
    heights = [value for row in rows for value in row[1:] if value is not None]
    if not heights:
        return nothing(title)
    said = "; ".join(_said(row, names) for row in rows)
    shown = names if any(row[2] is not None for row in rows) else names[:1]
    bottom = HEIGHT - BOTTOM
    y = Scale(0, max([*heights, 0.0]) * 1.05, bottom, TOP)

    def draw(width: int) -> SafeString:
        slot = (width - LEFT - RIGHT) / len(rows)
        parts = [*_grid(y, width), *_labels(rows, slot, bottom)]
        for number, row in enumerate(rows):
            parts += _bin(y, row, LEFT + number * slot, slot, bottom)
        under, height = legend(list(zip((REFERENCE, CURRENT), shown, strict=False)), LEFT, HEIGHT + 12, width)
        return chart(title, said, width, HEIGHT + height, [*parts, *under])

    return responsive(draw)


def _grid(y: Scale, width: int) -> Parts:
    for tick in y.ticks(4):
        yield line(LEFT, y(tick), width - RIGHT, y(tick), "c-grid")
        yield text(LEFT - 8, y(tick) + 4, short(tick), "c-tick", "end")


def _bin(y: Scale, row: Bin, x: float, slot: float, bottom: float) -> Parts:
    wide = max(slot * 0.38, 1.0)
    for value, css, shift in ((row[1], REFERENCE, 0.1), (row[2], CURRENT, 0.52)):
        if value is not None and value > 0:
            yield element("rect", css, x=x + slot * shift, y=y(value), width=wide, height=bottom - y(value), rx=1)


def _labels(rows: list[Bin], slot: float, bottom: float) -> Parts:
    longest = max(len(row[0]) for row in rows)
    wanted = min(max(58.0, longest * LETTER + 8), LONGEST)
    step = max(1, math.ceil(wanted / slot))
    for i in range(0, len(rows), step):
        label = clipped(rows[i][0], max(4, int(slot * step / LETTER)))
        yield text(LEFT + (i + 0.5) * slot, bottom + 18, label, "c-tick", "middle")


def _said(row: Bin, names: tuple[str, ...]) -> str:
    pairs = zip(names, row[1:], strict=False)
    values = [f"{str(name).lower()} {value:.3g}" for name, value in pairs if value is not None]
    return f"{row[0]}: {', '.join(values) or 'no value'}"
