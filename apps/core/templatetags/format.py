"""How figures, moments and digests read: one way on every page and in every document.

A missing value (None, NaN, empty text) is a dash; a figure is never made up, and never rounded to look better.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils import formats, timezone

from apps.core.figures import finite

register = template.Library()

DASH = "—"
THIN = "\u202f"  # narrow, and doesn't break
MINUS = "\u2212"


def _written(value: float, digits: int) -> str:
    text = f"{abs(value):,.{digits}f}".replace(",", THIN)
    is_zero = not any(c in "123456789" for c in text)
    return text if value >= 0 or is_zero else MINUS + text


@register.filter
def number(value: Any, digits: Any = 3) -> str:
    """0.8312 -> "0.831": a figure with fixed digits (3 unless told), thousands set apart."""
    figure = finite(value)
    return DASH if figure is None else _written(figure, 3 if digits in (None, "") else int(digits))


@register.filter
def whole(value: Any) -> str:
    """4004 -> "4 004": a count."""
    return number(value, 0)


@register.filter
def percent(value: Any, digits: Any = 1) -> str:
    """0.042 -> "4.2 %": a share of one."""
    figure = finite(value)
    return DASH if figure is None else f"{_written(figure * 100, int(digits))}{THIN}%"


@register.filter
def signed(value: Any, digits: Any = 3) -> str:
    """0.034 -> "+0.034": a margin or a change."""
    figure = finite(value)
    if figure is None:
        return DASH
    text = _written(figure, int(digits))
    return text if text.startswith(MINUS) or not figure else f"+{text}"


@register.simple_tag
def interval(value: Any, lower: Any, upper: Any, digits: int = 3) -> str:
    """ "0.831 [0.799, 0.864]"; without bounds just the value."""
    if finite(lower) is None or finite(upper) is None:
        return number(value, digits)
    return f"{number(value, digits)} [{number(lower, digits)}, {number(upper, digits)}]"


@register.filter
def short_digest(value: Any) -> str:
    """ "sha256:9f3b…41c0" for a digest with or without its algorithm's name."""
    text = str(value or "")
    if not text:
        return DASH
    name, _, digest = text.rpartition(":")
    shown = digest if len(digest) <= 12 else f"{digest[:4]}…{digest[-4:]}"
    return f"{name}:{shown}" if name else shown


@register.filter
def moment(value: Any) -> str:
    """A moment or a day, in the organisation's time zone; a text stays as it is."""
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return formats.date_format(local, "j M Y, H:i T" if timezone.is_aware(value) else "j M Y, H:i")
    return day(value)


@register.filter
def day(value: Any) -> str:
    """ "20 Nov 2026"."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    if isinstance(value, date):
        return formats.date_format(value, "j M Y")
    return str(value or "")


@register.filter
def duration(value: Any) -> str:
    """Seconds or a timedelta: "0.4 s", "2 min 5 s", "3 h 20 min", "4 d 2 h"."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else finite(value)
    if seconds is None:
        return DASH
    if seconds < 60:
        return f"{seconds:.1f}{THIN}s" if seconds < 10 else f"{seconds:.0f}{THIN}s"
    for size, name, smaller, smaller_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if seconds >= size:
            rest = int(seconds % size // smaller)
            return f"{int(seconds // size)}{THIN}{name}" + (f" {rest}{THIN}{smaller_name}" if rest else "")
    return DASH


@register.filter
def size(value: Any) -> str:
    """Bytes: "812 B", "4.2 MB" (powers of a thousand)."""
    figure = finite(value)
    if figure is None:
        return DASH
    for unit in ("B", "kB", "MB", "GB"):
        if abs(figure) < 1000:
            return f"{figure:.0f}{THIN}B" if unit == "B" else f"{figure:.1f}{THIN}{unit}"
        figure /= 1000
    return f"{figure:.1f}{THIN}TB"
