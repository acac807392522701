"""What every chart is made of: elements, scales with round ticks, texts, and the frame with its alternative."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.core import figures

__all__ = [
    "PHONE",
    "Figure",
    "Parts",
    "Rows",
    "Scale",
    "chart",
    "clipped",
    "element",
    "field",
    "finite",
    "legend",
    "line",
    "nothing",
    "responsive",
    "short",
    "text",
    "ticks",
]

DESK, PHONE = 640, 350

Figure = Any  # whatever a result holds: a number, None, NaN, a numpy scalar
Rows = Iterable[Any] | None
Parts = Iterator[SafeString]


def finite(value: Figure) -> float | None:
    """The value as one that can be drawn: the difference of any two of them is finite too."""
    number = figures.finite(value)
    return number if number is not None and abs(number) < 1e150 else None


def element(name: str, css: str = "", content: Any = "", **attributes: Any) -> SafeString:
    """One SVG element; coordinates are rounded to a tenth, `text_anchor` becomes text-anchor."""
    written = {"class": css} if css else {}
    for key, value in attributes.items():
        written[key.replace("_", "-")] = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
    return format_html("<{0}{1}>{2}</{0}>", mark_safe(name), flatatt(written), content)


def text(x: float, y: float, content: Any, css: str = "", anchor: str = "start") -> SafeString:
    return element("text", css, content, x=float(x), y=float(y), text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, css: str) -> SafeString:
    return element("line", css, x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2))


def chart(
    title: str, alternative: str, width: int, height: float, parts: Iterable[SafeString], css: str = "chart"
) -> SafeString:
    """The frame: role=img, named by its title and what it shows in words."""
    body = format_html_join("", "{}", ((part,) for part in parts))
    words = f"{title}: {alternative}" if title else alternative
    return format_html(
        '<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        css, width, round(height), words, body,
    )  # fmt: skip


def responsive(draw: Callable[[int], SafeString]) -> SafeString:
    """The chart drawn for a desk and for a phone, where its texts would shrink with it; CSS shows one."""
    return format_html('<div class="chart-desk">{}</div><div class="chart-phone">{}</div>', draw(DESK), draw(PHONE))


def nothing(title: str) -> SafeString:
    """What stands where a chart has nothing to draw."""
    return format_html('<p class="no-chart">{}: no values to draw.</p>', title or "Chart")


def field(row: Any, position: int, name: str, default: Any = None) -> Any:
    """A row's value, whether the row is a dict, a tuple in the documented order, or an object."""
    if isinstance(row, dict):
        return row.get(name, default)
    if isinstance(row, (list, tuple)):
        return row[position] if len(row) > position else default
    return getattr(row, name, default)


def legend(marks: list[tuple[str, str]], x: float, y: float, width: int) -> tuple[list[SafeString], float]:
    """Coloured marks with their names, as many lines as they need; returns the parts and their height.

    Args:
        marks: (class, name); a class that begins with c-limit or c-reference is drawn as a line, others as a square.
    """
    parts: list[SafeString] = []
    at, first = x, y
    for css, name in marks:
        wide = 34 + 6.6 * len(str(name))
        if at > x and at + wide > width:
            at, y = x, y + 20
        if css.startswith(("c-limit", "c-reference")):
            parts.append(line(at, y - 4, at + 14, y - 4, css))
        else:
            parts.append(element("rect", css, x=float(at), y=float(y - 9), width=10, height=10, rx=2))
        parts.append(text(at + 19, y, name, "c-tick"))
        at += wide
    return parts, (y - first + 20 if marks else 0)


def short(value: float, digits: int = 4) -> str:
    """A tick's text: as few figures as say it."""
    return (
        f"{value:.{digits}g}".replace("-", "\u2212") if abs(value) < 1e4 else f"{value:,.0f}".replace(",", "\u202f")
    )


def clipped(label: Any, length: int) -> str:
    """A label that fits; its whole stands in the table under the chart."""
    words = str(label)
    return words if len(words) <= length else words[: length - 1] + "…"


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round values between low and high, about as many as wanted."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    raw = span / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.9)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


class Scale:
    """Maps values onto pixels; a range of zero width is given some."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        if high <= low:
            pad = abs(low) * 0.1 or 0.5
            low, high = low - pad, high + pad
        self.low, self.high, self.start, self.end = low, high, start, end

    @classmethod
    def over(cls, values: Iterable[Figure], start: float, end: float, pad: float = 0.08) -> "Scale":
        """A scale round all finite values, with room at both ends."""
        known = [number for number in map(finite, values) if number is not None] or [0.0, 1.0]
        room = (max(known) - min(known)) * pad
        return cls(min(known) - room, max(known) + room, start, end)

    def __call__(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, wanted: int = 5) -> list[float]:
        return ticks(self.low, self.high, wanted)
