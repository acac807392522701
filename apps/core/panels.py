"""Pages that are composed: a later room puts its panel on an earlier room's page without being known there.

A page ("version", "dataset", "validation", "dashboard" …) shows its panels in order; each is a template with a
context of its own.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

Place = Literal["main", "aside", "head", "actions"]


@dataclass(frozen=True, order=True)
class Panel:
    """One part of a page; `context(row, user)` gives its variables, or None where there is nothing to show."""

    order: int
    template: str
    place: Place
    context: Callable[[Any, Any], dict[str, Any] | None]


_panels: defaultdict[str, list[Panel]] = defaultdict(list)


def register(page: str, panel: Panel) -> None:
    """Put `panel` on `page`; called once, in AppConfig.ready()."""
    if panel not in _panels[page]:
        _panels[page].append(panel)


def rendered(page: str, row: Any, request: HttpRequest) -> dict[Place, list[SafeString]]:
    """The page's panels as HTML, by place, in order; those with nothing to say are left out."""
    shown: dict[Place, list[SafeString]] = {"head": [], "main": [], "aside": [], "actions": []}
    for panel in sorted(_panels[page], key=lambda panel: (panel.order, panel.template)):
        context = panel.context(row, request.user)
        if context is not None:
            shown[panel.place].append(render_to_string(panel.template, context, request))
    return shown
