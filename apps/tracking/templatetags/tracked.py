"""How what runs logged is shown."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
MISSING = SafeString('<span class="muted">—</span>')
FIGURES = 6


@register.filter
def figure(value: Any) -> Any:
    """A logged value: numbers with six figures, texts as they are, a dash for nothing."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, float):
        return format_html('<span title="{}">{}</span>', value, f"{value:.{FIGURES}g}".replace("-", "\u2212"))
    return value


@register.filter
def ends(points: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """A course in a few figures."""
    values = [value for _, value in points]
    return {
        "first": values[0],
        "lowest": min(values),
        "highest": max(values),
        "last": values[-1],
        "step": points[-1][0],
    }


@register.filter
def beside(values: Sequence[Any], things: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each of `things` with its value."""
    return list(zip(things, values, strict=True))
