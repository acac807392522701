"""The way around: which rooms a page's side bar leads to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from apps.accounts.selectors import may_look
from apps.web import selectors


@dataclass(frozen=True)
class Place:
    """One line of the side bar: what it is called, the name of its URL, and how many things wait there."""

    label: str
    name: str
    icon: str
    group: str = ""
    key: str = ""
    count: Callable[[HttpRequest], int] | None = None
    shown_to: Callable[[Any], bool] | None = None  # everybody, where it is not said


PLACES = (
    Place("Overview", "overview", "layout-dashboard", key="overview"),
    Place("Model inventory", "models", "boxes", key="inventory"),
    Place("Datasets", "datasets", "database"),
    Place("Sources", "sources", "cable"),
    Place("Features", "features", "shapes"),
    Place("Experiments", "experiments", "flask-conical"),
    Place("Pipelines", "pipelines", "workflow"),
    Place("Lineage", "lineage", "waypoints"),
    Place("Validations", "validations", "microscope"),
    Place("Approvals", "approvals", "stamp", key="approvals", count=selectors.approvals_waiting),
    Place("Findings", "findings", "flag", key="findings", count=selectors.findings_open),
    Place("Deployments", "deployments", "rocket"),
    Place("Monitoring", "monitoring", "activity", key="monitoring"),
    Place("Policies & gates", "policies", "file-check-corner", "Govern"),
    Place("Exceptions", "exceptions", "shield-off", "Govern"),
    Place("Audit log", "audit", "scroll-text", "Govern"),
    Place("Jobs", "jobs", "list-checks", "Run"),
    Place("People", "people", "users", "Run", shown_to=may_look),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar's lines for who asks, with the room they are in marked."""
    return [line for place in PLACES if (line := _line(place, request)) is not None]


def _line(place: Place, request: HttpRequest) -> dict[str, Any] | None:
    if place.shown_to and not place.shown_to(request.user):
        return None
    try:
        url = reverse(place.name)
    except NoReverseMatch:
        return None
    return {
        "label": place.label,
        "url": url,
        "icon": place.icon,
        "group": place.group,
        "key": place.key,
        "count": place.count(request) if place.count else 0,
        "current": request.path == url if url == "/" else request.path.startswith(url),
    }
