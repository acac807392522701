"""The plots of performance, explanation and drift, each with the figures it draws."""

from typing import Any

from apps.core import charts
from apps.core.templatetags.format import whole
from apps.reports.layout.blocks import Cell, Chart, Column, Table
from apps.reports.layout.figures import figure

Results = list[dict[str, Any]]


def _series(found: Results, measure: str, name: str) -> tuple[dict[str, Any], Any]:
    for result in found:
        if result["measure"] == measure and result.get("series", {}).get(name):
            return result, result["series"][name]
    return {}, None


def roc(found: Results) -> list[Any]:
    """The ROC curve, and the confusion matrix at the version's threshold."""
    blocks: list[Any] = []
    result, curve = _series(found, "auc", "roc")
    if curve:
        points = list(zip(curve["fpr"], curve["tpr"], strict=True))
        caption = f"ROC curve, n {whole(result['n'])}. The dashed line is a coin's."
        blocks.append(Chart(charts.roc("ROC curve", points, result["value"]), caption))
    result, matrix = _series(found, "accuracy", "confusion")
    if matrix:
        rows = [
            [Cell("Positive"), Cell(whole(matrix["true_positive"])), Cell(whole(matrix["false_negative"]))],
            [Cell("Other"), Cell(whole(matrix["false_positive"])), Cell(whole(matrix["true_negative"]))],
        ]
        head = [Column("Outcome"), Column("Decided positive", True), Column("Decided otherwise", True)]
        blocks.append(Table(f"Decisions and outcomes, n {whole(result['n'])}", head, rows))
    return [*blocks, *_confusion(found)]


def _confusion(found: Results) -> list[Any]:
    result, matrix = _series(found, "multiclass_accuracy", "confusion")
    if not matrix:
        return []
    names = [str(name) for name in matrix["classes"]]
    rows = [
        [Cell(name), *(Cell(whole(count)) for count in counts)]
        for name, counts in zip(names, matrix["rows"], strict=True)
    ]
    head = [Column("Outcome"), *(Column(f"Decided {name}", True) for name in names)]
    return [Table(f"Decisions and outcomes, n {whole(result['n'])}", head, rows)]


def reliability(found: Results) -> list[Any]:
    result, bins = _series(found, "expected_calibration_error", "reliability")
    if not bins:
        return []
    slope = next((r["value"] for r in found if r["measure"] == "calibration_slope"), None)
    points = [(b["predicted"], b["observed"], b["n"], b["low"], b["high"]) for b in bins]
    rows = [
        [
            Cell(f"{figure(b['from'])} to {figure(b['to'])}"),
            Cell(figure(b["predicted"])),
            Cell(figure(b["observed"]), f"[{figure(b['low'])}, {figure(b['high'])}]"),
            Cell(whole(b["n"])),
        ]
        for b in bins
    ]
    head = [Column("Predicted"), Column("Mean predicted", True), Column("Observed share", True), Column("n", True)]
    caption = f"Reliability, n {whole(result['n'])}. On the dashed line, promise and outcome agree."
    return [Chart(charts.reliability("Reliability", points, slope), caption), Table("Reliability by bin", head, rows)]


def importance(ranked: Results) -> list[Any]:
    rows = [(r["attribute"], r["value"], whole(r["n"]), r.get("low"), r.get("high"), False) for r in ranked[:10]]
    said = f"Mean absolute contribution of the first {len(rows)} inputs, n {whole(ranked[0]['n'])}."
    return [Chart(charts.bars("Global importance", rows), said)]


def dependence(ranked: Results) -> list[Any]:
    """How the inputs of most weight move the prediction, and the points that are drawn."""
    shown = [r for r in ranked if r.get("series", {}).get("dependence")][:4]
    if not shown:
        return []
    items = [
        {
            "title": r["attribute"],
            "values": [point["contribution"] for point in r["series"]["dependence"]],
            "labels": [_place(point["x"]) for point in r["series"]["dependence"]],
            "reference": 0,
        }
        for r in shown
    ]
    rows = [
        [Cell(r["attribute"]), Cell(_place(point["x"])), Cell(figure(point["contribution"])), Cell(whole(point["n"]))]
        for r in shown
        for point in r["series"]["dependence"]
    ]
    head = [Column("Input"), Column("Value"), Column("Mean contribution", True), Column("n", True)]
    caption = "Mean contribution to the prediction by value of the input. The dashed line is no contribution."
    return [
        Chart(charts.multiples(items), caption),
        Table("Points of the dependence plots", head, rows, shape="narrow"),
    ]


def _place(x: Any) -> str:
    return f"{x:.4g}" if isinstance(x, float) else str(x)


def shifts(found: Results) -> list[Any]:
    ranked = sorted((r for r in found if r["measure"] == "psi"), key=lambda r: (-r["value"], r.get("attribute", "")))
    if not ranked:
        return []
    rows = [
        (
            r.get("attribute"),
            r["value"],
            whole(r["n"]),
            r.get("low"),
            r.get("high"),
            not r.get("series", {}).get("above_noise"),
        )
        for r in ranked[:10]
    ]
    said = "Population stability index by column, the largest first. Grey: no more than samples of this size scatter."
    return [Chart(charts.bars("Population stability index", rows, digits=4), said)]
