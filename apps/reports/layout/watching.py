"""Where the version runs, how it is watched, and what was seen."""

from typing import Any

from apps.core import charts
from apps.core.templatetags.format import DASH, whole
from apps.reports.layout.blocks import (
    Cell,
    Chart,
    Column,
    Heading,
    Notice,
    Section,
    Table,
    Text,
    cells,
    columns,
    facts,
)
from apps.reports.layout.figures import figure, rests_on, when

TONES = {"green": "good", "red": "bad"}
LEVELS = {"green": "Within limits", "unknown": "Not judged", "yellow": "Wants a look", "red": "Beyond limits"}
FLAGS = {"yellow": "warn", "red": "bad"}


def monitoring(card: dict[str, Any]) -> Section:
    blocks: list[Any] = [_deployments(card["deployments"])]
    said = card["monitoring"]
    if said is None:
        blocks.append(Text("Nothing watches this version: it has not been released where it decides about people."))
    else:
        blocks += _watched(said)
    if card["retirement"]:
        blocks += _retirement(card["retirement"])
    return Section("monitoring", "Monitoring", blocks)


def _deployments(said: list[dict[str, Any]]) -> Any:
    if not said:
        return Text("It has not been released anywhere.")
    rows = [
        cells(
            Cell(each["environment"], each["reference"]),
            each["use"],
            each["approval"] or DASH,
            f"{when(each['deployed_at'])} by {each['deployed_by']['name']}",
            f"{when(each['stopped_at'])}. {each['stop_reason']}".strip() if each["stopped_at"] else each["status"],
        )
        for each in said
    ]
    return Table("Releases", columns("Where", "Use", "Approval", "Since", "Until"), rows)


def _watched(said: dict[str, Any]) -> list[Any]:
    told = [
        ("Plan", said["plan"]),
        ("Limits", f"{said['policy_name']} ({said['policy']})"),
        ("Compared with", f"the scores of {said['reference_evaluation']}, frozen"),
        (
            "Watched",
            _span(said),
        ),
    ]
    blocks: list[Any] = [facts("How it is watched", told)]
    if not said["windows"]:
        return [*blocks, Text("No window has been closed yet.")]
    last = said["windows"][-1]
    sentence = f"{last['level_name']} in the last window, {when(last['start'])} to {when(last['end'])}."
    blocks += [
        Notice(sentence, TONES.get(last["level"], "warn")),
        *_course(said["windows"]),
        _windows(said["windows"]),
    ]
    blocks += [_readings(section, last) for section in last["sections"]]
    blocks.append(Heading("Alerts"))
    blocks.append(_alerts(said["alerts"]) if said["alerts"] else Text("None was raised."))
    return blocks


def _span(said: dict[str, Any]) -> str:
    until = f" until {when(said['ended_at'])}" if said["ended_at"] else ""
    return f"since {when(said['started_at'])}{until}"


def _windows(windows: list[dict[str, Any]]) -> Table:
    rows = [
        cells(
            Cell(f"{when(each['start'])} to {when(each['end'])}", each["reference"]),
            whole(each["predictions"]),
            whole(each["outcomes"]),
            Cell(each["level_name"], flag=FLAGS.get(each["level"], "")),
        )
        for each in windows
    ]
    head = columns("Window", "Predictions", "Outcomes", "Level", figures=("Predictions", "Outcomes"))
    return Table("Windows", head, rows)


def _course(windows: list[dict[str, Any]]) -> list[Any]:
    """The indicators over the windows, of the use that covers most rows; their figures stand in the tables."""
    if len(windows) < 2:
        return []
    names = list(dict.fromkeys(r["indicator"] for r in _main(windows[-1])["readings"] if r["value"] is not None))[:4]
    values = {name: [_value(window, name) for window in windows] for name in names}
    labels = [window["end"][:10] for window in windows]
    items = [{"title": name, "values": values[name], "labels": labels} for name in names]
    rows = [
        [Cell(label), *(Cell(figure(values[name][place])) for name in names)] for place, label in enumerate(labels)
    ]
    table = Table("Indicators over the windows", [Column("Window's end"), *(Column(n, True) for n in names)], rows)
    return [Chart(charts.multiples(items), "Indicators over the windows, by each window's end."), table]


def _main(window: dict[str, Any]) -> dict[str, Any]:
    return max(window["sections"], key=lambda section: section["predictions"])


def _value(window: dict[str, Any], indicator: str) -> Any:
    return next((r["value"] for r in _main(window)["readings"] if r["indicator"] == indicator), None)


def _readings(section: dict[str, Any], window: dict[str, Any]) -> Table:
    rows = [
        [
            Cell(each["indicator"]),
            Cell(figure(each["value"]), rests_on(each) if each["n"] else ""),
            Cell(_limit(each["yellow"])),
            Cell(_limit(each["red"])),
            Cell(LEVELS.get(each["level"], each["level"]), flag=FLAGS.get(each["level"], "")),
            Cell(each["reason"]),
        ]
        for each in section["readings"]
    ]
    use = section["use"] or "all uses together"
    told = "" if section["approved"] else ", a use that is not approved"
    head = columns("Indicator", "Value", "Look", "Stop", "Level", "Why", figures=("Value", "Look", "Stop"))
    return Table(f"{window['reference']}, {use}{told}: n {whole(section['predictions'])}", head, rows)


def _limit(limit: dict[str, Any]) -> str:
    sides = [("min", "<"), ("max", ">")]
    return ", ".join(f"{sign} {figure(limit[side])}" for side, sign in sides if limit.get(side) is not None) or DASH


def _alerts(alerts: list[dict[str, Any]]) -> Table:
    rows = [
        cells(
            Cell(each["reference"], each["indicator"], FLAGS.get(each["level"], "")),
            each["sentence"],
            when(each["raised_at"]),
            each["status"],
            " ".join(filter(None, (each["finding"], each["validation"]))) or DASH,
        )
        for each in alerts
    ]
    return Table("Alerts about this version", columns("Alert", "What was seen", "Raised", "Status", "Opened"), rows)


def _retirement(said: dict[str, Any]) -> list[Any]:
    rows = [
        ("Plan", f"{said['reference']}, {said['status'].lower()}"),
        ("Reason", said["reason"]),
        ("Last day", when(said["last_day"])),
        ("Replaced by", said["replacement"]),
        ("Until then and after", said["fallback"]),
        ("Models resting on it", ", ".join(said["dependents"])),
        ("Archive (sha256)", said["archive_digest"]),
        ("Kept until", said["keep_until"] and when(said["keep_until"])),
    ]
    return [Heading("Retirement"), facts("The plan to retire the model", rows)]
