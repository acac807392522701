"""How a card writes numbers, moments and what a result is about."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from apps.core.figures import finite
from apps.core.templatetags.format import DASH, moment, number, whole
from apps.reports.layout.blocks import Cell

SMALLEST = 0.0005
FIXED = "\u00a0"  # no line breaks here
UNKNOWN = {"not_available": "not available", "error": "could not be computed", "too_small": "too few rows"}


def figure(value: Any, digits: int = 3) -> str:
    """A number; one that would be rounded to nothing is written with its exponent."""
    known = finite(value)
    if known is not None and 0 < abs(known) < SMALLEST:
        return f"{known:.1e}".replace("-", "−")
    return number(value, digits)


def interval(result: dict[str, Any]) -> str:
    """ "[0.799, 0.864]", or nothing where there is no interval."""
    if finite(result.get("low")) is None or finite(result.get("high")) is None:
        return ""
    return f"[{figure(result['low'])},{FIXED}{figure(result['high'])}]"


def rests_on(result: dict[str, Any], said: int | None = None) -> str:
    """ "[0.799, 0.864], n 1 131": what a number is worth; without an n that is `said` already."""
    rows = "" if result["n"] == said else f"n{FIXED}{whole(result['n'])}"
    return ", ".join(part for part in (interval(result), rows) if part)


def shared_n(results: Iterable[dict[str, Any] | None]) -> int | None:
    """The denominator of all of a table's numbers, where they have one in common: its caption says it once."""
    found = {result["n"] for result in results if result is not None}
    return found.pop() if len(found) == 1 else None


def captioned(caption: str, n: int | None) -> str:
    """A caption with the denominator that holds for every number under it."""
    return caption if n is None else f"{caption}, n{FIXED}{whole(n)} throughout"


def measured(result: dict[str, Any] | None, said: int | None = None) -> Cell:
    """A result as a cell: the number, with it its interval and denominator (unless `said`), or why there is none."""
    if result is None:
        return Cell(DASH)
    if result["value"] is None:
        return Cell(DASH, UNKNOWN.get(result["status"], result["status"]))
    small = rests_on(result, said)
    if result["status"] == "too_small":
        return Cell(figure(result["value"]), f"{small}, too few", "warn")
    return Cell(figure(result["value"]), small)


def group_name(result: dict[str, Any]) -> str:
    """The group, class or slice that a result is about, without the names of the columns."""
    for part in ("group", "slice"):
        if result.get(part):
            return ", ".join(str(label) for label in result[part].values())
    return str(result.get("class") or "")


def when(iso: str | None) -> str:
    """A moment or a day, written as everywhere."""
    if not iso:
        return DASH
    if len(iso) == 10:
        return moment(date.fromisoformat(iso))
    return moment(datetime.fromisoformat(iso))


def worded(key: Any) -> str:
    text = str(key).replace("_", " ")
    return text[:1].upper() + text[1:]
