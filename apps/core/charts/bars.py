"""Horizontal bars with the accepted band and confidence intervals, and stacked bars for a portfolio."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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

RIGHT, ROW, TOP = 56, 34, 26


def left(width: int) -> int:
    """Room for the labels."""
    return 118 if width == PHONE else 170


@dataclass(frozen=True)
class Band:
    """What is accepted; an open side is None."""

    low: float | None
    high: float | None

    def tone(self, bar: "Bar") -> str:
        """Outside is bad; inside with an interval that reaches out is a warning; flagged isn't judged."""
        if bar.flagged:
            return "is-muted"
        if not self.holds(bar.value):
            return "is-bad"
        return "" if self.holds(bar.lower) and self.holds(bar.upper) else "is-warn"

    def holds(self, value: float | None) -> bool:
        if value is None:
            return True
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def caption(self) -> str:
        low, high = ("" if end is None else short(end) for end in (self.low, self.high))
        if low and high:
            return f"accepted {low}\u2013{high}"
        return f"accepted ≥ {low}" if low else f"accepted ≤ {high}"

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    n: object
    lower: float | None
    upper: float | None
    flagged: bool

    @classmethod
    def read(cls, row: Any) -> "Bar | None":
        value = finite(field(row, 1, "value"))
        if value is None:
            return None
        return cls(
            label=str(field(row, 0, "label", "")),
            value=value,
            n=field(row, 2, "n"),
            lower=finite(field(row, 3, "lower")),
            upper=finite(field(row, 4, "upper")),
            flagged=bool(field(row, 5, "flagged", False)),
        )

    def said(self, digits: int) -> str:
        words = f"{self.label} {self.value:.{digits}f}"
        if self.lower is not None and self.upper is not None:
            words += f" ({self.lower:.{digits}f} to {self.upper:.{digits}f})"
        return words if self.n is None else f"{words}, n {self.n}"


def bars(
    title: str, rows: Rows, low: Figure = None, high: Figure = None, top: Figure = None, digits: int = 2
) -> SafeString:
    """Horizontal bars from zero.

    Args:
        rows: (label, value, n, lower, upper, flagged) as tuples or dicts; only label and value are needed. A flagged
            row (too few cases to judge) is drawn grey.
        low, high: the accepted band; a bar outside is red, one whose interval leaves the band is amber.
        top: where the axis ends; by default past the longest bar.
    """
    known = [bar for bar in map(Bar.read, rows or ()) if bar]
    if not known:
        return nothing(title)
    band = Band(finite(low), finite(high))
    marks = [0.0, band.low, band.high, *(end for bar in known for end in (bar.value, bar.lower, bar.upper))]
    ends = [end for end in marks if end is not None]
    start, longest, asked = min(ends), max(ends), finite(top)
    end = asked if asked is not None and asked >= longest else longest * 1.02
    bottom = TOP + ROW * len(known)
    said = "; ".join(bar.said(digits) for bar in known)

    def draw(width: int) -> SafeString:
        scale = Scale(start, end, left(width), width - RIGHT)
        parts = [*_band(scale, band, bottom, width), *_grid(scale, bottom, width)]
        for number, bar in enumerate(known):
            parts += _bar(scale, band, bar, TOP + number * ROW, digits)
        return chart(title, said, width, bottom + 26, parts)

    return responsive(draw)


def _band(scale: Scale, band: Band, bottom: float, width: int) -> Parts:
    if not band:
        return
    start = scale(scale.low if band.low is None else band.low)
    end = scale(scale.high if band.high is None else band.high)
    yield element("rect", "c-band", x=start, y=TOP - 6, width=max(end - start, 1.0), height=bottom - TOP + 6)
    middle = min(max((start + end) / 2, scale.start + 50), width - 60)
    yield text(middle, 14, band.caption, "c-caption", "middle")


def _grid(scale: Scale, bottom: float, width: int) -> Parts:
    for tick in scale.ticks(3 if width == PHONE else 5):
        yield line(scale(tick), TOP - 6, scale(tick), bottom, "c-grid")
        yield text(scale(tick), bottom + 20, short(tick), "c-tick", "middle")


def _bar(scale: Scale, band: Band, bar: Bar, y: float, digits: int) -> Parts:
    tone = band.tone(bar)
    start, end = sorted((scale(0.0), scale(bar.value)))
    yield text(scale.start - 10, y + 15, clipped(bar.label, int(scale.start / 6.8)), "c-label", "end")
    yield element("rect", f"c-bar {tone}".strip(), x=start, y=y + 2, width=max(end - start, 1.0), height=18, rx=3)
    if bar.lower is not None and bar.upper is not None:
        end = max(end, scale(bar.upper))
        yield from _whisker(scale(bar.lower), scale(bar.upper), y + 11)
    yield text(end + 8, y + 16, f"{bar.value:.{digits}f}", f"c-value {tone}".strip())


def _whisker(start: float, end: float, y: float) -> Parts:
    yield line(start, y, end, y, "c-whisker")
    yield line(start, y - 4, start, y + 4, "c-whisker")
    yield line(end, y - 4, end, y + 4, "c-whisker")


def stacked(title: str, rows: Rows, names: Sequence[str] = ()) -> SafeString:
    """Stacked bars, as a portfolio by tier and status.

    Args:
        rows: (label, [counts]) as tuples, or dicts with label and values; the counts are in the order of `names`.
        names: what the counts are of; up to five, drawn as a legend under the bars.
    """
    known = [(str(field(row, 0, "label", "")), _counts(field(row, 1, "values", ()))) for row in rows or ()]
    longest = max((sum(counts) for _, counts in known), default=0)
    if not longest:
        return nothing(title)
    said = "; ".join(f"{label}: {_counted(counts, names)}" for label, counts in known)
    bottom = 6 + ROW * len(known)

    def draw(width: int) -> SafeString:
        scale = Scale(0, longest, left(width), width - RIGHT)
        parts: list[SafeString] = []
        for number, (label, counts) in enumerate(known):
            parts += _stack(scale, label, counts, 6 + number * ROW)
        marks = [(f"c-fill-{number % 5 + 1}", name) for number, name in enumerate(names)]
        drawn, height = legend(marks, 10, bottom + 14, width)
        return chart(title, said, width, bottom + height, [*parts, *drawn])

    return responsive(draw)


def _counts(values: Rows) -> list[float]:
    return [max(finite(value) or 0.0, 0.0) for value in values or ()]


def _counted(counts: list[float], names: Sequence[str]) -> str:
    named = zip([*names, *[""] * len(counts)], counts, strict=False)
    return ", ".join(f"{name} {short(count)}".strip() for name, count in named if count) or "none"


def _stack(scale: Scale, label: str, counts: list[float], y: float) -> Parts:
    yield text(scale.start - 10, y + 15, clipped(label, int(scale.start / 6.8)), "c-label", "end")
    done = 0.0
    for number, count in enumerate(counts):
        if count:
            start, end = scale(done), scale(done + count)
            wide = max(end - start - 1, 1.0)
            yield element("rect", f"c-fill-{number % 5 + 1}", x=start, y=y + 2, width=wide, height=18)
        done += count
    yield text(scale(done) + 8, y + 16, short(done), "c-value")
