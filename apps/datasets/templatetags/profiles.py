"""Small pictures of columns, for a table's page."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.templatetags.format import DASH, number, whole

register = template.Library()

WIDTH, HEIGHT, GAP = 160, 32, 1


@register.filter
def brief(value) -> str:
    """A bound or a moment of a column: counts whole, other numbers to four figures, dates and texts as they are."""
    if value is None:
        return DASH
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if value == int(value) and abs(value) < 1e12:
        return whole(value)
    size = abs(value)
    return f"{value:.3e}" if size >= 1e9 or size < 1e-3 else number(value, max(0, 4 - len(str(int(size)))))


@register.simple_tag
def small_histogram(name: str, counts: list[int]) -> SafeString:
    """Counts of neighbouring bins as bars; the figures stand in the table beside it."""
    top, slot = max(counts) or 1, WIDTH / len(counts)
    bars = format_html_join(
        "",
        '<rect class="c-bar" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (round(place * slot, 1), round(HEIGHT - height, 1), round(slot - GAP, 1), round(height, 1))
            for place, height in enumerate(max(count / top * HEIGHT, 1 if count else 0) for count in counts)
        ),
    )
    return _picture(f"How the values of {name} are spread: {', '.join(f'{count:,}' for count in counts)}", bars)


@register.simple_tag
def small_shares(name: str, top: list, rows: int) -> SafeString:
    """The most frequent values as one bar cut by their shares of all rows; what is left white is other or missing."""
    cuts, start = [], 0.0
    for place, (_, count) in enumerate(top[:8]):
        width = count / rows * WIDTH if rows else 0
        shade = round(1 - 0.1 * place, 2)
        cuts.append((round(start, 1), round(max(width - GAP, 0.5), 1), shade))
        start += width
    bars = format_html_join("", '<rect class="c-bar" x="{}" y="10" width="{}" height="12" fill-opacity="{}"/>', cuts)
    said = ", ".join(f"{value} in {count:,}" for value, count in top[:8])
    return _picture(f"The values of {name}: {said}", bars)


def _picture(alternative: str, bars: SafeString) -> SafeString:
    return format_html(
        '<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}</svg>',
        WIDTH,
        HEIGHT,
        alternative,
        bars,
    )
