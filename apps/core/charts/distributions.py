"""A distribution now beside the one at approval."""

from django.utils.safestring import SafeString

from apps.core.charts.svg import Scale, chart, clipped, element, field, finite, line, nothing, short, text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 250, 52, 12, 12, 56


def histogram(title: str, bins, names=("Reference", "Current")) -> SafeString:
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
    bottom = HEIGHT - BOTTOM
    y = Scale(0, max([*heights, 0.0]) * 1.05, bottom, TOP)
    slot = (WIDTH - LEFT - RIGHT) / len(rows)
    parts = []
    for tick in y.ticks(4):
        parts += (
            line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "c-grid"),
            text(LEFT - 8, y(tick) + 4, short(tick), "c-tick", "end"),
        )
    for number, row in enumerate(rows):
        parts += _bin(y, row, LEFT + number * slot, slot, bottom)
    parts += _names(rows, slot, bottom)
    both = any(row[2] is not None for row in rows)
    parts += _legend(names if both else names[:1])
    said = "; ".join(_said(row, names) for row in rows)
    return chart(title, said, WIDTH, HEIGHT, parts)


def _bin(y, row, x, slot, bottom):
    """A bin's bars; the reference is drawn in the quieter colour, since the news is what is current."""
    wide = slot * 0.38
    for value, css, shift in ((row[1], "c-fill-5", 0.1), (row[2], "c-fill-1", 0.52)):
        if value is not None and value > 0:
            yield element(
                "rect", css, x=x + slot * shift, y=y(value), width=max(wide, 1.0), height=bottom - y(value), rx=1
            )


def _names(rows, slot, bottom):
    step = max(1, -(-len(rows) // 10))
    for i in range(0, len(rows), step):
        yield text(
            LEFT + (i + 0.5) * slot,
            bottom + 18,
            clipped(rows[i][0], max(4, int(slot * step / 7))),
            "c-tick",
            "middle",
        )


def _legend(names):
    x = LEFT
    for name, css in zip(names, ("c-fill-5", "c-fill-1"), strict=False):
        yield element("rect", css, x=float(x), y=float(HEIGHT - 17), width=10, height=10, rx=2)
        yield text(x + 15, HEIGHT - 8, name, "c-tick")
        x += 32 + 6.6 * len(str(name))


def _said(row, names) -> str:
    values = [
        f"{str(name).lower()} {value:.3g}" for name, value in zip(names, row[1:], strict=False) if value is not None
    ]
    return f"{row[0]}: {', '.join(values) or 'no value'}"
