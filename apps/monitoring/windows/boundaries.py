"""Whether a window's rows are of the people, and for the uses, that the approval was about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.measures.profiles import DECISION, Axis, Cells, Profile
from apps.measures.tables import Table, quoted
from apps.monitoring.reference import Reference
from apps.policies.rules.selection import number

if TYPE_CHECKING:
    import pyarrow as pa

USES, POPULATION = "Approved uses", "Population"
YELLOW_SHARE, RED_SHARE = 0.05, 0.25  # of rows outside of what the version was tested on


@dataclass(frozen=True)
class Signal:
    """Something that may become an alert."""

    indicator: str
    level: str
    about: str
    sentence: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Outside:
    """How much of a column lies where no tested row lay."""

    column: str
    below: float
    above: float
    unseen: float
    low: float | None = None
    high: float | None = None

    @property
    def share(self) -> float:
        return self.below + self.above + self.unseen


def outside(reference: Profile, window: Profile, features: Sequence[str]) -> list[Outside]:
    """Every feature with rows outside of its reference's range or levels, the worst first."""
    found = [
        _outside(name, reference.axes[name], window.cells[name])
        for name in features
        if name != DECISION and name in window.cells and name in reference.axes
    ]
    return sorted((each for each in found if each.share > 0), key=lambda each: (-each.share, each.column))


def population(
    rows: pa.Table, found: Sequence[Outside], reference: Reference, version: str, use: str
) -> Signal | None:
    """The signal for a window whose people differ from those that the version was tested on."""
    if not found or found[0].share < YELLOW_SHARE:
        return None
    worst = found[0]
    values = {
        "share": worst.share,
        "outside": [{"column": each.column, "share": each.share} for each in found if each.share >= YELLOW_SHARE],
    }
    level = "red" if worst.share >= RED_SHARE else "yellow"
    whom = _whom(rows, worst)
    sentence = f"Population outside of what {version} was tested on{_for(use)}: {whom}{_where(worst)}."
    return Signal(POPULATION, level, worst.column, sentence, values)


def unapproved(use: str, n: int, version: str, approval: str, approved: Sequence[str]) -> Signal:
    """The signal for predictions made for something that nobody approved."""
    named = ", ".join(f"“{name}”" for name in approved) or "none"
    values = {"use": use, "n": n, "approved": list(approved), "approval": approval}
    if not use:
        sentence = f"{n:,} predictions of {version} say for no use. {approval} approves {named}."
        return Signal(USES, "yellow", "no use declared", sentence, values)
    sentence = (
        f"Unapproved use “{use}”: {n:,} predictions of {version} were made for it. {approval} approves {named}."
    )
    return Signal(USES, "red", use, sentence, values)


def _outside(name: str, axis: Axis, cells: Cells) -> Outside:
    n = max(int(cells.present.sum()), 1)
    if axis.kind == "category":
        return Outside(name, 0.0, 0.0, float(cells.counts[-2]) / n)
    if not len(axis.edges):
        return Outside(name, 0.0, 0.0, 0.0)
    below, above = float(cells.counts[0]) / n, float(cells.counts[-2]) / n
    return Outside(name, below, above, 0.0, float(axis.edges[0]), float(axis.edges[-1]))


def _whom(rows: pa.Table, worst: Outside) -> str:
    if worst.high is None:
        return f"{worst.column} has values that it had never, in "
    with Table(rows) as table:
        column = quoted(worst.column)
        ((low, high),) = table.rows(f"SELECT min({column}), max({column}) FROM data")
    return f"{worst.column} {_plain(low)} to {_plain(high)}, in "


def _where(worst: Outside) -> str:
    if worst.high is None or worst.low is None:
        return f"{worst.unseen:.1%} of the rows"
    parts = []
    if worst.above:
        parts.append(f"{worst.above:.1%} of the rows above its highest value there, {_plain(worst.high)}")
    if worst.below:
        parts.append(f"{worst.below:.1%} of the rows below its lowest value there, {_plain(worst.low)}")
    return " and ".join(parts)


def _plain(value: float) -> str:
    rounded = round(value, 6)
    return f"{rounded:,.0f}" if rounded == int(rounded) else number(rounded)


def _for(use: str) -> str:
    return f" for “{use}”" if use else ""
