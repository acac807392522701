"""What the pages draw: courses over windows, a window's distributions and groups, what an alert rests on."""

import re
from typing import Any

from apps.accounts.models import User
from apps.core.templatetags.format import day
from apps.measures.catalogue import definition
from apps.monitoring import events
from apps.monitoring.models import Alert, Plan, Window, WindowResult
from apps.monitoring.selectors import results_of
from apps.policies.rules.monitoring import Indicator
from apps.policies.rules.selection import described
from apps.validations.panels import may_ask_again

SHOWN_BINS = 6
EDGE = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
SPAN = re.compile(rf"(?:up to|above) {EDGE.pattern}|{EDGE.pattern} to {EDGE.pattern}")


def span(window: Window) -> str:
    """The window's days in words."""
    return f"{day(window.start)} to {day(window.last_day)}"


def courses(plan: Plan, windows: list[Window]) -> list[dict[str, Any]]:
    """One small chart an indicator: its reading in each window, with its red limit."""
    named = [day(window.start) for window in windows]
    labels = [name if place in (0, len(named) - 1) else "" for place, name in enumerate(named)]
    found = []
    for indicator in plan.policy.rules.indicators:
        values = [_reading_value(window, indicator.name) for window in windows]
        if any(value is not None for value in values):
            found.append({"title": indicator.name, "values": values, "labels": labels, **_limits(indicator)})
    return found


def section_of(window: Window, use: str | None) -> dict[str, Any]:
    """The section of a use, the first one where none is named."""
    return next((section for section in window.sections if section["use"] == use), window.sections[0])


def use_tabs(window: Window, section: dict[str, Any]) -> list[dict[str, Any]]:
    """A tab a use, where there are several."""
    if len(window.sections) < 2:
        return []
    return [
        {
            "label": "All uses" if each["together"] else each["use"] or "No use declared",
            "url": f"?use={each['use']}",
            "current": each is section,
        }
        for each in window.sections
    ]


def figures(window: Window, section: dict[str, Any]) -> dict[str, Any]:
    """What a window's page shows of one use: performance, drifted columns as histograms, groups as bars."""
    rows = list(results_of([window]).filter(use=section["use"]).order_by("pk"))
    whole = [
        row for row in rows if row.family in ("performance", "calibration") and not row.attribute and not row.slice
    ]
    drifted = sorted((row for row in rows if row.measure == "psi" and row.value is not None), key=_by_value)
    ratios = [row for row in rows if row.measure == "impact_ratio" and row.value is not None]
    return {
        "performance": [_titled(row) for row in whole if row.value is not None],
        "drift": [_drift(row) for row in drifted],
        "groups": _groups(ratios),
        "band": _fairness_band(window),
    }


def of_alert(alert: Alert) -> list[dict[str, Any]]:
    """The distributions behind an alert about columns."""
    rows = results_of([alert.last_window], "psi").filter(use=alert.use)
    wanted = {alert.about, *(each.get("about") for each in alert.values.get("beyond", []))}
    wanted |= {each.get("column") for each in alert.values.get("outside", [])}
    found = sorted((row for row in rows if row.attribute in wanted and row.value is not None), key=_by_value)
    return [_drift(row) for row in found[:SHOWN_BINS]]


def permitted(user: User, alert: Alert) -> dict[str, bool]:
    """Which of an alert's doors are open to `user` now."""
    unclosed = alert.status != Alert.Status.CLOSED
    answers = unclosed and user.may(str(events.ALERT_ANSWERED.permission), alert)
    return {
        "acknowledge": alert.status == Alert.Status.OPEN and answers,
        "finding": answers and not alert.finding and user.may("findings.add_finding", alert.version),
        "revalidation": answers and not alert.validation and may_ask_again(alert.version, user),
        "close": unclosed and user.may(str(events.ALERT_CLOSED.permission), alert),
    }


def _reading_value(window: Window, name: str) -> float | None:
    """The worst section's reading of an indicator."""
    readings = [r for section in window.sections for r in section["readings"] if r["indicator"] == name]
    known = [r for r in readings if r["value"] is not None]
    order = ("green", "unknown", "yellow", "red")
    return max(known, key=lambda r: order.index(r["level"]))["value"] if known else None


def _limits(indicator: Indicator) -> dict[str, Any]:
    yellow, red = indicator.yellow, indicator.red
    edge = red.max if red.max is not None else red.min
    return {"low": yellow.min, "high": yellow.max, "limit": edge}


def _titled(row: WindowResult) -> WindowResult:
    """The row with its measure's title, as the catalogue has it."""
    row.title = definition(row.measure).title
    return row


def _drift(row: WindowResult) -> dict[str, Any]:
    series = row.series or {}
    told = series.get("bins", [])
    names = readable([each["bin"] for each in told])
    bins = [(name, each["reference"], each["window"]) for name, each in zip(names, told, strict=True)]
    return {
        "column": row.attribute,
        "value": row.value,
        "noise": series.get("noise_floor"),
        "beyond": bool(series.get("above_noise")) and (row.value or 0) > 0.1,
        "n": row.n,
        "bins": bins,
    }


def readable(names: list[str]) -> list[str]:
    """Names of bins with as few digits as keep their edges apart: "0.351 to 0.401" of "0.350712 to 0.401277"."""
    spans = {name for name in names if SPAN.fullmatch(name)}
    edges = {edge for name in spans for edge in EDGE.findall(name)}
    for digits in (3, 4, 5):
        short = {edge: _rounded(float(edge), digits) for edge in edges}
        if len(set(short.values())) == len(edges):
            return [_with_edges(name, short) if name in spans else name for name in names]
    return names


def _with_edges(name: str, short: dict[str, str]) -> str:
    return EDGE.sub(lambda found: short[found[0]], name)


def _rounded(value: float, digits: int) -> str:
    return f"{value:.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def _groups(rows: list[WindowResult]) -> list[dict[str, Any]]:
    """Impact ratios by attribute, as bars."""
    by_attribute: dict[str, list[WindowResult]] = {}
    for row in rows:
        by_attribute.setdefault(row.attribute, []).append(row)
    return [
        {
            "attribute": attribute,
            "rows": [
                {
                    "label": described({"group": row.group}),
                    "value": row.value,
                    "n": row.n,
                    "lower": row.low,
                    "upper": row.high,
                    "flagged": row.status != "ok",
                }
                for row in found
            ],
        }
        for attribute, found in by_attribute.items()
        if " & " not in attribute
    ]


def _fairness_band(window: Window) -> float | None:
    rules = window.plan.policy.rules
    found = next((each for each in rules.indicators if each.measure == "impact_ratio"), None)
    return found.yellow.min if found else None


def _by_value(row: WindowResult) -> tuple[float, str]:
    return (-(row.value or 0.0), row.attribute)
