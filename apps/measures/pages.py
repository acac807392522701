"""The catalogue as a page of documentation: `python -m apps.measures.pages > docs/measures.md`."""

import sys

from apps.measures import catalogue
from apps.measures.definitions import Definition, Family

TITLES = {
    Family.PERFORMANCE: "Performance",
    Family.CALIBRATION: "Calibration",
    Family.FAIRNESS: "Fairness",
    Family.EXPLANATION: "Explanation",
    Family.ROBUSTNESS: "Robustness",
    Family.DRIFT: "Drift",
}
BETTER = {"higher": "higher is better", "lower": "lower is better", "target": "see reading", "none": "describes only"}
INTRODUCTION = """# Measures

Every number that Quaestor shows comes from this catalogue; `GET /api/v1/tests/` prints the same entries. A result
carries the measure's id and version, n (the rows in its denominator), an interval with its method, and the
convention, so that it can be compared with other software's. This page is written from the definitions in
`apps/measures`; a test fails when it falls behind (`python -m apps.measures.pages > docs/measures.md` writes it).

What holds for all:
- **Status.** `ok`; `too_small` (fewer than `min_n` rows in the denominator: shown, never decided by;
  a comparison of groups of which fewer than two are large enough has no value);
  `not_available` (no value on these data, with the reason); `error` (the computation failed, with the reason).
- **Missing values.** A missing protected value is a group of its own, named `missing`. Rows without an outcome count
  where no outcome is needed (selection rates) and nowhere else; rows without a score likewise. A missing feature is a
  bin of its own in drift.
- **Weights.** With a weight column every value is weighted, n stays the number of rows, and intervals use Kish's
  effective number of rows (Σw)² / Σw².
- **Favourable.** Fairness counts favourable decisions and outcomes (the version's `favourable_label`); performance
  counts the positive label. Intersections of attributes are named `a & b`.
- **Draws.** Bootstrap intervals draw multinomially from tables of counts: the same as drawing rows again, at the
  price of cells, and never of cells. The seed is the evaluation's, so that the numbers can be had again.
- **Equality.** Selection, true and false positive rates, precision and accuracy by group, demographic parity
  difference and ratio, equalised odds and equal opportunity difference equal fairlearn's to the last bit on
  unweighted rows; tests hold this, and the performance measures beside scikit-learn, on generated data.
"""


def page() -> str:
    """All of docs/measures.md."""
    parts = [INTRODUCTION]
    for family, title in TITLES.items():
        found = catalogue.definitions(family)
        if found:
            parts += [f"## {title}\n", *(_entry(definition) for definition in found)]
    return "\n".join(parts)


def _entry(definition: Definition) -> str:
    tasks = ", ".join(str(task).replace("_", " ") for task in definition.tasks)
    lines = [
        f"### {definition.title}\n",
        f"`{definition.id}` version {definition.version}, {tasks}; {BETTER[str(definition.direction)]}\n",
        f"- Formula: {definition.formula}",
        f"- Unit: {definition.unit}",
        f"- Reading: {definition.reading}",
        f"- Convention: {definition.convention}",
        f"- Interval: {definition.interval}",
        f"- Source: {definition.source}",
    ]
    if definition.parameters:
        named = "; ".join(f"`{name}` ({phrase})" for name, phrase in definition.parameters.items())
        lines.append(f"- Parameters: {named}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
