"""An evaluation's evidence in the order in which a page shows it: gates, fairness, performance, reasons, drift."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from apps.evaluations.models import Evaluation, Result
from apps.evaluations.selectors import earlier
from apps.measures import catalogue
from apps.measures.spec import INTERSECTION

COLUMNS = (
    ("selection_rate", "Selection rate"),
    ("group_true_positive_rate", "TPR"),
    ("group_false_positive_rate", "FPR"),
    ("group_precision", "Precision"),
    ("group_calibration_gap", "Calibration gap"),
)
TOP = 4
BINS = 10
VERDICTS = {
    "passed": ("good", "The gates are passed."),
    "passed_near_limit": ("warn", "Passed near limit."),
    "failed": ("bad", "The gates are not passed."),
    "inconclusive": ("warn", "Inconclusive."),
    "unavailable": ("bad", "Not all gates could be judged."),
}


def shown(evaluation: Evaluation) -> dict[str, Any]:
    """Everything that the templates of an evaluation read, from two queries."""
    rows = list(evaluation.results.order_by("pk"))
    families: defaultdict[str, list[Result]] = defaultdict(list)
    for row in rows:
        families[row.family].append(row)
    return {
        "evaluation": evaluation,
        "verdict": evaluation.verdict,
        "gates": gates(evaluation),
        "attributes": attributes(families["fairness"]),
        "performance": performance([*families["performance"], *families["calibration"]]),
        "explanation": explanation(families["explanation"]),
        "robustness": robustness(families["robustness"]),
        "drift": drift(families["drift"]),
    }


def banner(evaluation: Evaluation) -> dict[str, str]:
    """The verdict as a sentence: what it is, and the gates that made it so."""
    verdict = evaluation.verdict
    tone, title = VERDICTS[verdict.outcome]
    deciding = [gate for gate in verdict.gates if gate["severity"] == "block" and gate["outcome"] == verdict.outcome]
    text = " ".join(f"{gate['name']}: {gate['reason']}" for gate in deciding)
    if verdict.outcome == "passed":
        text = f"All {len(verdict.gates)} gates of {verdict.policy.reference} were judged on their own figures."
    return {"tone": tone, "title": title, "text": text}


def gates(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The verdict's lines, each with its values in the model's last evaluations."""
    history: defaultdict[str, list[float]] = defaultdict(list)
    for past in earlier(evaluation):
        for name, value in {gate["name"]: gate["value"] for gate in past.verdict.gates}.items():
            history[name].append(value)
    return [
        {
            **gate,
            "threshold": threshold(gate["limit"]),
            "whom": whom(gate["select"]),
            "history": history[gate["name"]],
            "wall": gate["limit"].get("min", gate["limit"].get("max")),
            "warns": gate["severity"] == "warn",
        }
        for gate in evaluation.verdict.gates
    ]


def threshold(limit: dict[str, float]) -> str:
    """A gate's limit as it is written: "≥ 0.80", "≤ 0.20", "0.80 to 1.20"."""
    low, high = limit.get("min"), limit.get("max")
    if low is not None and high is not None:
        return f"{low:.2f} to {high:.2f}"
    return f"≥ {low:.2f}" if low is not None else f"≤ {high:.2f}"


def whom(select: dict[str, Any]) -> str:
    """Whose result a gate looked at, in a few words."""
    group = select.get("group") or {}
    if group:
        return ", ".join(f"{column} {value}" for column, value in group.items())
    return str(select.get("attribute") or "")


def attributes(rows: Iterable[Result]) -> list[dict[str, Any]]:
    """Fairness by attribute: the impact ratio of every group as bars, and all rates as a table."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        name = row.attribute
        entry = found.setdefault(name, {"name": name, "groups": {}, "whole": [], "crossed": INTERSECTION in name})
        if row.group is None:
            entry["whole"].append(_named(row))
        else:
            label = ", ".join(str(value) for value in row.group.values())
            entry["groups"].setdefault(label, {"label": label})[row.measure] = row
    return [_attribute(entry) for entry in found.values() if entry["groups"]]


def _attribute(entry: dict[str, Any]) -> dict[str, Any]:
    groups = list(entry["groups"].values())
    bars = [
        (group["label"], ratio.value, ratio.n, ratio.low, ratio.high, ratio.status == "too_small")
        for group in groups
        if (ratio := group.get("impact_ratio"))
    ]
    table = [_line(group) for group in groups]
    whole = [(title, row) for title, row in entry["whole"] if row.status != "not_available"]
    small = sum(line["small"] for line in table)
    titles = [title for _, title in COLUMNS]
    without = next((row.reason for _, row in entry["whole"] if row.measure == "impact_ratio"), "")
    shown = {"bars": bars, "table": table, "whole": whole, "small": small, "columns": titles, "without": without}
    return entry | shown


def _line(group: dict[str, Any]) -> dict[str, Any]:
    """A group's rates; where nothing was to be compared with there is no ratio, and the rates stand all the same."""
    ratio = group.get("impact_ratio")
    judged = ratio or group.get("selection_rate")
    return {
        "label": group["label"],
        "ratio": ratio,
        "small": judged is not None and judged.status == "too_small",
        "reference": bool(ratio and (ratio.series or {}).get("reference")),
        "rates": [(title, group.get(measure)) for measure, title in COLUMNS],
    }


def performance(rows: list[Result]) -> dict[str, Any]:
    """The figures of the whole table, its ROC curve and reliability, and the same figures by segment."""
    whole = [row for row in rows if not row.slice and not row.class_label]
    by_measure = {row.measure: row for row in whole}
    auc, ece = by_measure.get("auc"), by_measure.get("expected_calibration_error")
    slope = by_measure.get("calibration_slope")
    curve = ((auc and auc.series) or {}).get("roc")
    bins = ((ece and ece.series) or {}).get("reliability") or []
    return {
        "rows": [_named(row) for row in whole],
        "segments": [(*_named(row), whom({"group": row.slice})) for row in rows if row.slice],
        "classes": [(*_named(row), row.class_label) for row in rows if row.class_label],
        "roc": list(zip(curve["fpr"], curve["tpr"], strict=True)) if curve else [],
        "auc": auc and auc.value,
        "slope": slope and slope.value,
        "reliability": [(cell["predicted"], cell["observed"], cell["n"], cell["low"], cell["high"]) for cell in bins],
    }


def explanation(rows: list[Result]) -> dict[str, Any]:
    """Importance as bars, the dependence of the top features as small charts, and reasons for example cases."""
    important = [row for row in rows if row.measure == "feature_importance" and row.value is not None]
    told = next((row for row in rows if row.measure == "explanation_additivity"), None)
    said = (told and told.series) or {}
    return {
        "bars": [(row.attribute, row.value, row.n, row.low, row.high, False) for row in important[:BINS]],
        "dependence": [_dependence(row) for row in important[:TOP] if (row.series or {}).get("dependence")],
        "cases": said.get("cases", []),
        "statement": said.get("statement"),
        "method": said.get("method"),
        "scale": said.get("scale"),
        "gap": told and told.value,
        "n": told and told.n,
        "absent": next((row.reason for row in rows if row.status == "not_available"), "") if not important else "",
    }


def _dependence(row: Result) -> dict[str, Any]:
    points = [point for point in row.series["dependence"] if point["x"] != "missing"]
    labels = [f"{point['x']:.3g}" if isinstance(point["x"], int | float) else point["x"] for point in points]
    return {
        "title": row.attribute,
        "values": [point["contribution"] for point in points],
        "labels": labels,
        "reference": 0,
        "points": list(zip(labels, points, strict=True)),
    }


def robustness(rows: list[Result]) -> dict[str, Any]:
    """One line a perturbation, the measures across; and whether a conversion is the model it came from."""
    lines: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.slice and "perturbation" in row.slice:
            name = str(row.slice["perturbation"])
            lines.setdefault(name, {"name": name, "attribute": row.attribute})[row.measure] = row
    return {
        "everywhere": [line for line in lines.values() if not line["attribute"]],
        "lines": [line for line in lines.values() if line["attribute"]],
        "parity": [_named(row) for row in rows if row.measure.startswith("parity_")],
        "absent": "" if lines else next((row.reason for row in rows if row.status == "not_available"), ""),
    }


def drift(rows: list[Result]) -> list[dict[str, Any]]:
    """One line a column: its PSI with the noise that sample sizes give, and the distance of its distributions."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        entry = found.setdefault(row.attribute, {"name": row.attribute})
        entry[row.measure] = row
        entry.setdefault("first", row)
        entry["above"] = entry.get("above", False) or bool((row.series or {}).get("above_noise"))
        entry["noise"] = entry.get("noise") or (row.series or {}).get("noise_floor")
    return list(found.values())


def _named(row: Result) -> tuple[str, Result]:
    try:
        return catalogue.definition(row.measure).title, row
    except KeyError:  # a measure of an older version, that the catalogue has no more
        return row.measure, row
