"""Horizontal bars with the accepted band and confidence intervals, and stacked bars for a portfolio."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from apps.core.charts.svg import Scale, chart, clipped, element, field, finite, line, nothing, short, text

WIDTH, LEFT, RIGHT, ROW, TOP = 640, 170, 64, 34, 26


@dataclass(frozen=True)
class Band:
    """What is accepted; an open side is None."""

    low: float | None
    high: float | None

    def tone(self, value: float, lower: float | None, upper: float | None) -> str:
        """Outside is bad; inside with an interval that reaches out is a warning."""
        if not self.holds(value):
            return "is-bad"
        return "" if self.holds(lower) and self.holds(upper) else "is-warn"

    def holds(self, value: float | None) -> bool:
        if value is None:
            return True
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    @property
    def caption(self) -> str:
        if self.low is None:
            return f"accepted ≤ {short(self.high)}"
        return (
            f"accepted ≥ {short(self.low)}"
            if self.high is None
            else f"accepted {short(self.low)}\u2013{short(self.high)}"
        )

    def __bool__(self) -> bool:
        return self.low is not None or self.high is not None


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    n: object
    lower: float | None
    upper: float | None
    muted: bool

    @classmethod
    def read(cls, row) -> "Bar | None":
        value = finite(field(row, 1, "value"))
        if value is None:
            return None
        return cls(
            label=str(field(row, 0, "label", "")),
            value=value,
            n=field(row, 2, "n"),
            lower=finite(field(row, 3, "lower")),
            upper=finite(field(row, 4, "upper")),
            muted=bool(field(row, 5, "flagged", False)),
        )

    def said(self, digits: int) -> str:
        words = f"{self.label} {self.value:.{digits}f}"
        if self.lower is not None and self.upper is not None:
            words += f" ({self.lower:.{digits}f} to {self.upper:.{digits}f})"
        return words if self.n is None else f"{words}, n {self.n}"


def bars(title: str, rows, low=None, high=None, top=None, digits: int = 2) -> SafeString:
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
    ends = [0.0, *(end for bar in known for end in (bar.value, bar.lower, bar.upper) if end is not None)]
    ends += [end for end in (band.low, band.high) if end is not None]
    scale = Scale(min(ends), finite(top) or max(ends) * 1.02, LEFT, WIDTH - RIGHT)
    bottom = TOP + ROW * len(known)
    parts = [*_band(scale, band, bottom), *_grid(scale, bottom)]
    for number, bar in enumerate(known):
        parts += _bar(scale, band, bar, TOP + number * ROW, digits)
    return chart(title, "; ".join(bar.said(digits) for bar in known), WIDTH, bottom + 26, parts)


def _band(scale, band, bottom):
    if not band:
        return
    start = scale(band.low if band.low is not None else scale.low)
    end = scale(band.high if band.high is not None else scale.high)
    yield element("rect", "c-band", x=start, y=TOP - 6, width=max(end - start, 1.0), height=bottom - TOP + 6)
    yield text(min(max((start + end) / 2, LEFT + 40), WIDTH - 70), 14, band.caption, "c-caption", "middle")


def _grid(scale, bottom):
    for tick in scale.ticks():
        yield line(scale(tick), TOP - 6, scale(tick), bottom, "c-grid")
        yield text(scale(tick), bottom + 20, short(tick), "c-tick", "middle")


def _bar(scale, band, bar, y, digits):
    tone = "is-muted" if bar.muted else band.tone(bar.value, bar.lower, bar.upper)
    start, end = sorted((scale(max(scale.low, 0.0)), scale(bar.value)))
    yield text(LEFT - 10, y + 15, clipped(bar.label, 24), "c-label", "end")
    yield element("rect", f"c-bar {tone}".strip(), x=start, y=y + 2, width=max(end - start, 1.0), height=18, rx=3)
    if bar.lower is not None and bar.upper is not None:
        end = max(end, scale(bar.upper))
        yield from _whisker(scale(bar.lower), scale(bar.upper), y + 11)
    yield text(end + 8, y + 16, f"{bar.value:.{digits}f}", f"c-value {tone if not bar.muted else ''}".strip())


def _whisker(start, end, y):
    yield line(start, y, end, y, "c-whisker")
    yield line(start, y - 4, start, y + 4, "c-whisker")
    yield line(end, y - 4, end, y + 4, "c-whisker")


def stacked(title: str, rows, names=()) -> SafeString:
    """Stacked bars, as a portfolio by tier and status.

    Args:
        rows: (label, [counts]) as tuples, or dicts with label and values; the counts are in the order of `names`.
        names: what the counts are of; up to five, drawn as a legend under the bars.
    """
    known = [(str(field(row, 0, "label", "")), _counts(field(row, 1, "values", ()))) for row in rows or ()]
    longest = max((sum(counts) for _, counts in known), default=0)
    if not longest:
        return nothing(title)
    scale = Scale(0, longest, LEFT, WIDTH - RIGHT)
    parts = []
    for number, (label, counts) in enumerate(known):
        parts += _stack(scale, label, counts, 6 + number * ROW)
    parts += _legend(names, 6 + ROW * len(known) + 14)
    said = "; ".join(f"{label}: {_counted(counts, names)}" for label, counts in known)
    return chart(title, said, WIDTH, ROW * len(known) + (34 if names else 8), parts)


def _counts(values) -> list[float]:
    return [max(finite(value) or 0.0, 0.0) for value in values or ()]


def _counted(counts, names) -> str:
    named = zip(list(names) + [""] * len(counts), counts, strict=False)
    return ", ".join(f"{name} {short(count)}".strip() for name, count in named if count) or "none"


def _stack(scale, label, counts, y):
    yield text(LEFT - 10, y + 15, clipped(label, 24), "c-label", "end")
    done = 0.0
    for number, count in enumerate(counts):
        if count:
            start, end = scale(done), scale(done + count)
            yield element(
                "rect", f"c-fill-{number % 5 + 1}", x=start, y=y + 2, width=max(end - start - 1, 1.0), height=18
            )
        done += count
    yield text(scale(done) + 8, y + 16, short(done), "c-value")


def _legend(names, y, x=LEFT):
    for number, name in enumerate(names):
        yield element("rect", f"c-fill-{number % 5 + 1}", x=float(x), y=float(y - 9), width=10, height=10, rx=2)
        yield text(x + 15, y, name, "c-tick")
        x += 30 + 6.6 * len(str(name))
