"""Lines over windows of time, sparklines, and small multiples of them."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.charts.svg import Scale, chart, clipped, element, field, finite, line, nothing, short, text

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 260, 52, 16, 16, 34


def spark(values, limit=None) -> SafeString:
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


def lines(
    title: str, series, labels=(), low=None, high=None, limit=None, reference=None, band_caption="", height=HEIGHT
) -> SafeString:
    """Values over windows, left to right.

    Args:
        series: [{"name": …, "values": […]}], or plain values for one line; a missing value breaks its line.
        labels: what the windows are called; a few are written under the axis.
        low, high: a band of what is accepted or expected; either side may be open.
        limit: a dashed red line. reference: a dashed grey line, the value at approval.
    """
    drawn = _series(series)
    marks = [finite(mark) for mark in (low, high, limit, reference)]
    known = [value for _, values in drawn for value in values if value is not None]
    if not known:
        return nothing(title)
    legend = 22 if len(drawn) > 1 else 0
    bottom = height - BOTTOM - legend
    y = Scale.over([*known, *(mark for mark in marks if mark is not None)], bottom, TOP)
    count = max(len(values) for _, values in drawn)
    x = Scale(0, max(count - 1, 1), LEFT + 10, WIDTH - RIGHT - 10)
    parts = [*_band(y, marks[0], marks[1], band_caption), *_grid(y), *_dates(x, labels, count, bottom)]
    parts += _walls(y, marks[2], marks[3])
    for number, (_, values) in enumerate(drawn, start=1):
        parts += _line(x, y, values, number, marks)
    parts += _legend(drawn, height - 8) if legend else ()
    return chart(title, _said(drawn, labels, marks), WIDTH, height, parts)


def _series(series):
    rows = list(series or ())
    if rows and not isinstance(rows[0], (dict, list, tuple)):
        rows = [{"name": "", "values": rows}]
    return [(str(field(row, 0, "name", "")), [finite(v) for v in field(row, 1, "values", ())]) for row in rows]


def _band(y, low, high, caption):
    if low is None and high is None:
        return
    bottom = y(low) if low is not None else y.start
    top = y(high) if high is not None else y.end
    yield element("rect", "c-band", x=LEFT, y=top, width=WIDTH - LEFT - RIGHT, height=max(bottom - top, 1.0))
    if caption:
        yield text(WIDTH - RIGHT - 6, top + 14, caption, "c-caption", "end")


def _grid(y):
    for tick in y.ticks(4):
        yield line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "c-grid")
        yield text(LEFT - 8, y(tick) + 4, short(tick), "c-tick", "end")


def _dates(x, labels, count, bottom):
    names = [str(label) for label in labels or ()][:count]
    step = max(1, -(-len(names) // 7))
    for i in range(0, len(names), step):
        anchor = "start" if i == 0 else "end" if i == count - 1 else "middle"
        yield text(x(i), bottom + 20, clipped(names[i], 14), "c-tick", anchor)


def _walls(y, limit, reference):
    if reference is not None:
        yield line(LEFT, y(reference), WIDTH - RIGHT, y(reference), "c-reference")
        yield text(LEFT + 4, y(reference) - 5, f"reference {short(reference)}", "c-note")
    if limit is not None:
        yield line(LEFT, y(limit), WIDTH - RIGHT, y(limit), "c-limit")
        yield text(WIDTH - RIGHT - 4, y(limit) - 5, f"limit {short(limit)}", "c-note", "end")


def _line(x, y, values, number, marks):
    low, high = marks[0], marks[1]
    for run in _runs(values):
        points = " ".join(f"{x(i):.1f},{y(value):.1f}" for i, value in run)
        yield element("polyline", f"c-line c-{number}", points=points, fill="none")
        for i, value in run:
            bad = (low is not None and value < low) or (high is not None and value > high)
            yield element(
                "circle", f"c-dot c-{number}{' is-bad' if bad else ''}", cx=x(i), cy=y(value), r=4 if bad else 3
            )


def _runs(values):
    """Stretches of values without a gap, each as [(position, value)]."""
    run = []
    for i, value in enumerate([*values, None]):
        if value is not None:
            run.append((i, value))
        elif run:
            yield run
            run = []


def _legend(drawn, y):
    x = LEFT
    for number, (name, _) in enumerate(drawn, start=1):
        yield element("circle", f"c-dot c-{number}", cx=float(x + 5), cy=float(y - 4), r=5)
        yield text(x + 15, y, name, "c-tick")
        x += 32 + 6.6 * len(name)


def _said(drawn, labels, marks) -> str:
    words = []
    for name, values in drawn:
        known = [value for value in values if value is not None]
        if known:
            shown = f"{len(known)} values from {short(known[0])} to {short(known[-1])}"
            words.append(
                f"{name + ': ' if name else ''}{shown}, lowest {short(min(known))}, highest {short(max(known))}"
            )
    names = [str(label) for label in labels or ()]
    if names:
        words.append(f"from {names[0]} to {names[-1]}")
    for mark, name in zip(marks, ("accepted from", "accepted up to", "limit", "reference"), strict=True):
        if mark is not None:
            words.append(f"{name} {short(mark)}")
    return "; ".join(words)


def multiples(items) -> SafeString:
    """Small charts of one kind side by side, each with its title.

    Args:
        items: dicts of title, values, and optionally labels, low, high, limit, reference (as `lines`).
    """
    drawn = [
        (
            item["title"],
            lines(item["title"], item.get("values"), **{k: item[k] for k in _OPTIONS if k in item}, height=220),
        )
        for item in items or ()
    ]
    if not drawn:
        return nothing("Charts")
    figures = format_html_join("", "<figure><figcaption>{}</figcaption>{}</figure>", drawn)
    return format_html('<div class="multiples">{}</div>', figures)


_OPTIONS = ("labels", "low", "high", "limit", "reference")
