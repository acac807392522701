"""The verdict and the numbers, with their plots."""

from collections.abc import Iterable
from typing import Any

from apps.core.templatetags.format import DASH, signed, whole
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
from apps.reports.layout.fairness import fairness
from apps.reports.layout.figures import (
    captioned,
    figure,
    group_name,
    interval,
    measured,
    rests_on,
    shared_n,
    when,
    worded,
)
from apps.reports.layout.plots import dependence, importance, reliability, roc, shifts

__all__ = ["definitions", "explanation", "fairness", "performance", "robustness", "verdict"]

Results = list[dict[str, Any]]
NOT_MEASURED = "Nothing has been measured for a submission yet."
TONES = {"passed": "good", "passed_near_limit": "warn", "failed": "bad"}
NUMBERS = ("Value", "95 % interval", "n")


def verdict(card: dict[str, Any]) -> Section:
    said, evaluation = card["verdict"], card["evaluation"]
    if said is None:
        return Section("verdict", "Verdict", [Notice(NOT_MEASURED, "warn")])
    rows = [_gate(gate, card["measures"]) for gate in said["gates"]]
    head = columns("Gate", "Measured", "Limit", "Margin", "Outcome", figures=("Measured", "Limit", "Margin"))
    notes = [f"{gate['name']}: {gate['reason']}" for gate in said["gates"] if gate["outcome"] != "passed"]
    told = [
        ("Policy", f"{said['policy_name']} ({said['policy']})"),
        ("Evaluation", f"{evaluation['reference']}, finished {when(evaluation['finished_at'])}"),
        ("Results (sha256)", evaluation["results_digest"]),
        ("Verdict (sha256)", said["digest"]),
    ]
    blocks: list[Any] = [
        Notice(f"{said['outcome_name']} by {said['policy_name']}.", TONES.get(said["outcome"], "warn")),
        Table("Gates of the policy", head, rows),
        *map(Text, notes),
        facts("What this rests on", told),
    ]
    return Section("verdict", "Verdict", blocks)


def _gate(gate: dict[str, Any], measures: dict[str, Any]) -> list[Cell]:
    limit = ", ".join(
        f"{word} {figure(gate['limit'][side])}"
        for side, word in (("min", "≥"), ("max", "≤"))
        if gate["limit"].get(side) is not None
    )
    about = " ".join(_selected(gate["select"]))
    small = rests_on(gate) if gate["n"] else ""
    tone = {"failed": "bad", "passed": ""}.get(gate["outcome"], "warn")
    outcome = worded(gate["outcome"]) + (f" ({gate['exception']})" if gate.get("exception") else "")
    weight = "warns only" if gate["severity"] == "warn" else ""
    title = measures.get(gate["measure"], {}).get("title", worded(gate["measure"]))
    return [
        Cell(gate["name"], f"{title}{', ' if about else ''}{about}"),
        Cell(figure(gate["value"]), small),
        Cell(limit or DASH),
        Cell(signed(gate["margin"]) if gate["margin"] is not None else DASH),
        Cell(outcome, weight, tone),
    ]


def _selected(select: dict[str, Any]) -> list[str]:
    said = []
    for value in select.values():
        parts = value.values() if isinstance(value, dict) else [value]
        said.append(", ".join(map(str, parts)))
    return said


def numbers(caption: str, results: Iterable[dict[str, Any]], measures: dict[str, Any], about: str = "") -> Table:
    """Results one a row: the measure, the number, its interval, its denominator, and how the interval was made."""
    rows = []
    for result in results:
        said = measures[result["measure"]]
        title = Cell(said["title"], "" if said["unit"] == "1" else said["unit"])
        figures = [Cell(figure(result["value"])), Cell(interval(result) or DASH), Cell(whole(result["n"]))]
        how = result.get("reason") or result["interval_method"]
        named = [Cell(group_name(result) or str(result.get("attribute", "")))] if about else []
        rows.append([title, *named, *figures, Cell(how)])
    head = columns(*("Measure", about, *NUMBERS, "How the interval is made"), figures=NUMBERS)
    return Table(caption, [column for column in head if column.label], rows)


def performance(card: dict[str, Any]) -> Section:
    measures, found = card["measures"], [*card["performance"], *card["calibration"]]
    if not found:
        return Section("performance", "Performance", [Text(NOT_MEASURED)])
    whole_table = [r for r in found if not any(r.get(part) for part in ("slice", "class", "group", "attribute"))]
    classes = [r for r in found if r.get("class")]
    segments = [r for r in found if r.get("slice")]
    blocks: list[Any] = [
        numbers("On the whole evaluation table", whole_table, measures),
        *_plots_first([*roc(found), *reliability(found)]),
    ]
    if classes:
        blocks.append(numbers("By class", classes, measures, "Class"))
    if segments:
        blocks.append(numbers("By segment", segments, measures, "Segment"))
    return Section("performance", "Performance", blocks)


def _plots_first(blocks: list[Any]) -> list[Any]:
    """The plots beside one another, then their tables."""
    return sorted(blocks, key=lambda block: not isinstance(block, Chart))


def explanation(card: dict[str, Any]) -> Section:
    found = card["explanation"]
    ranked = [r for r in found if r["measure"] == "feature_importance"]
    if not ranked:
        return Section("explanation", "Explanation", [Text("Its predictions could not be explained from here.")])
    told = next((r for r in found if r["measure"] == "explanation_additivity"), None)
    shuffled = {r.get("attribute"): r for r in found if r["measure"] == "permutation_importance"}
    blocks: list[Any] = []
    if told and told.get("series"):
        series = told["series"]
        exact = "exact" if series.get("exact") else "approximate"
        blocks.append(Text(f"{series.get('statement', '')} Method: {series.get('method')}, {exact}.".strip()))
        gap = f"{figure(told['value'])}, n {whole(told['n'])}"
        blocks.append(
            facts("Additivity", [("Largest gap of sum and prediction", gap), ("Scale", series.get("scale"))])
        )
    n = shared_n([*ranked, *shuffled.values()])
    rows = [[Cell(r["attribute"]), measured(r, n), measured(shuffled.get(r["attribute"]), n)] for r in ranked[:20]]
    head = [Column("Input"), Column("Global importance", True), Column("Cost of shuffling it", True)]
    more = f"The {len(ranked) - 20} inputs of less weight stand in the attached card." if len(ranked) > 20 else ""
    blocks += [*importance(ranked), Table(captioned("What predictions rest on, most first", n), head, rows, more)]
    blocks += dependence(ranked)
    return Section("explanation", "Explanation", blocks)


ROBUST = ("decisions_flipped", "auc_change", "score_movement", "rows_refused")


def robustness(card: dict[str, Any]) -> Section:
    """What perturbation does, whether the file computes what was trained, and drift against the reference."""
    measures, blocks = card["measures"], []
    perturbed = [r for r in card["robustness"] if r.get("slice")]
    if perturbed:
        shown = [measure for measure in ROBUST if any(r["measure"] == measure for r in perturbed)]
        found = {(group_name(r), r["measure"]): r for r in perturbed}
        n = shared_n(r for r in perturbed if r["measure"] in shown)
        rows = [
            [Cell(worded(name)), *(measured(found.get((name, measure)), n) for measure in shown)]
            for name in dict.fromkeys(group_name(r) for r in perturbed)
        ]
        head = [Column("Perturbation"), *(Column(measures[measure]["title"], True) for measure in shown)]
        blocks.append(Table(captioned("What happens when the inputs are disturbed", n), head, rows))
    others = [r for r in card["robustness"] if not r.get("slice")]
    if others:
        blocks.append(numbers("Other checks of the file", others, measures))
    if not card["robustness"]:
        blocks.append(Text("Perturbation was not measured: it needs the model itself."))
    blocks += [Heading("Drift between the reference and the evaluation data"), *_drift(card)]
    return Section("robustness", "Robustness and drift", blocks)


def _drift(card: dict[str, Any]) -> list[Any]:
    found = [r for r in card["drift"] if r["value"] is not None]
    if not found:
        return [Text("Not measured.")]
    told = [r for r in found if r["measure"] in ("psi", "target_rate_difference", "selection_rate_difference")]
    n = shared_n(told)
    rows = [
        [
            Cell(r.get("attribute") or DASH),
            Cell(card["measures"][r["measure"]]["title"]),
            measured(r, n),
            Cell(figure(r.get("series", {}).get("noise_floor"))),
            _beyond(r.get("series", {})),
        ]
        for r in told
    ]
    head = columns("Column", "Measure", "Value", "Noise", "Beyond noise", figures=("Value", "Noise"))
    note = "Noise is what samples of these sizes give when nothing has shifted."
    return [*shifts(found), Table(captioned("Drift by column", n), head, rows, note)]


def _beyond(series: dict[str, Any]) -> Cell:
    return Cell("Yes", flag="warn") if series.get("above_noise") else Cell("No")


def definitions(card: dict[str, Any]) -> Section:
    """What every measure of this card is, so that it is read without our catalogue at hand."""
    rows = [
        cells(Cell(said["title"], f"{name}, version {said['version']}"), said["formula"] or DASH, _said(said))
        for name, said in sorted(card["measures"].items(), key=lambda item: item[1]["title"])
    ]
    if not rows:
        return Section("measures", "Measures", [Text(NOT_MEASURED)])
    return Section(
        "measures",
        "Measures",
        [
            Table(
                "How the numbers are defined",
                columns("Measure", "Formula", "Convention and source"),
                rows,
                shape="prose",
            )
        ],
    )


def _said(said: dict[str, Any]) -> str:
    return " ".join(part for part in (said["convention"], said["source"] and f"({said['source']})") if part) or DASH
