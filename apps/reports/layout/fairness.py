"""Fairness by protected attribute and by intersections of them."""

from collections.abc import Sequence
from typing import Any

from apps.core import charts
from apps.core.templatetags.format import whole
from apps.reports.layout.blocks import Cell, Chart, Column, Heading, Section, Table, Text
from apps.reports.layout.figures import group_name, measured

Results = list[dict[str, Any]]
FOUR_FIFTHS = 0.8
JOINED = " & "
MOST = 12  # groups of an intersection that are shown, those that fare worst
SELECTION = ("selection_rate", "impact_ratio")
ERRORS = (
    "group_true_positive_rate",
    "group_false_positive_rate",
    "group_precision",
    "group_accuracy",
    "group_calibration_gap",
    "group_auc",
)
SHORT = {
    "selection_rate": "Selection rate",
    "impact_ratio": "Impact ratio",
    "group_true_positive_rate": "True positive rate",
    "group_false_positive_rate": "False positive rate",
    "group_precision": "Precision",
    "group_accuracy": "Accuracy",
    "group_calibration_gap": "Calibration gap",
    "group_auc": "AUC",
}


def fairness(card: dict[str, Any]) -> Section:
    found: Results = card["fairness"]
    if not found:
        return Section("fairness", "Fairness", [Text("No protected attribute was measured.")])
    blocks: list[Any] = [
        Text(
            "The impact ratio compares a group's selection rate with the reference group's; below 0.8 the "
            "four-fifths rule sees adverse impact. Look at the interval and at n beside each ratio: a small group "
            "proves little."
        ),
        _summary(found, card["measures"]),
    ]
    for attribute in dict.fromkeys(r.get("attribute", "") for r in found):
        blocks += _attribute(attribute, [r for r in found if r.get("attribute", "") == attribute])
    return Section("fairness", "Fairness", blocks)


def _summary(found: Results, measures: dict[str, Any]) -> Table:
    overall = [r for r in found if not r["measure"].startswith("group_") and r["measure"] not in SELECTION]
    names = list(dict.fromkeys(r["measure"] for r in overall))
    by = {(r.get("attribute", ""), r["measure"]): r for r in overall}
    rows = []
    for attribute in dict.fromkeys(r.get("attribute", "") for r in found):
        worst = by.get((attribute, "worst_impact_ratio"))
        named = f"worst: {group_name(worst)}" if worst and group_name(worst) else ""
        rows.append([Cell(attribute, named), *(measured(by.get((attribute, name))) for name in names)])
    head = [Column("Attribute"), *(Column(measures[name]["title"], True) for name in names)]
    return Table("All protected attributes and their intersections", head, rows)


def _attribute(attribute: str, found: Results) -> list[Any]:
    ratios = _shown([r for r in found if r["measure"] == "impact_ratio" and r["value"] is not None], attribute)
    blocks: list[Any] = [Heading(attribute)]
    if ratios:
        drawn = charts.bars(f"Impact ratio by {attribute}", [_bar(r) for r in ratios], low=FOUR_FIFTHS)
        said = (
            f"Impact ratio by {attribute}. Green: four fifths or more. Whiskers: 95 % intervals. Grey: too few rows."
        )
        blocks.append(Chart(drawn, said))
    names = [group_name(r) for r in ratios] or list(dict.fromkeys(group_name(r) for r in found if r.get("group")))
    left_out = len({group_name(r) for r in found if r.get("group")} - set(names))
    note = f"{whole(left_out)} more groups stand in the attached card." if left_out else ""
    blocks += _groups(f"Decisions by {attribute}", SELECTION, names, found, note)
    blocks += _groups(f"Errors by {attribute}", ERRORS, names, found, note)
    return blocks


def _bar(result: dict[str, Any]) -> tuple[Any, ...]:
    small = result["status"] == "too_small"
    return (group_name(result), result["value"], whole(result["n"]), result.get("low"), result.get("high"), small)


def _shown(ratios: Results, attribute: str) -> Results:
    """Every group of an attribute; of an intersection those that fare worst among the large enough."""
    if JOINED not in attribute or len(ratios) <= MOST:
        return ratios
    large = [r for r in ratios if r["status"] == "ok"]
    return sorted(large or ratios, key=lambda r: (r["value"], group_name(r)))[:MOST]


def _groups(caption: str, measures: Sequence[str], names: list[str], found: Results, note: str) -> list[Table]:
    by = {(group_name(r), r["measure"]): r for r in found if r.get("group")}
    shown = [measure for measure in measures if any((name, measure) in by for name in names)]
    if not shown:
        return []
    rows = [[_named(name, by), *(measured(by.get((name, measure))) for measure in shown)] for name in names]
    return [Table(caption, [Column("Group"), *(Column(SHORT[measure], True) for measure in shown)], rows, note)]


def _named(name: str, by: dict[tuple[str, str], dict[str, Any]]) -> Cell:
    ratio = by.get((name, "impact_ratio"))
    if ratio is None:
        return Cell(name)
    return Cell(name, "reference group" if ratio.get("series", {}).get("reference") else "")
