"""Reference profiles: columns counted over cells that are frozen once, so that windows merge and compare."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from apps.measures import expressions
from apps.measures.arrays import Floats, Integers
from apps.measures.results import NotAvailable
from apps.measures.spec import MISSING, Spec, Task
from apps.measures.tables import Table, quoted

CELLS = 4096
DECISION = "decision"
OTHER = "other"


@dataclass(frozen=True)
class Axis:
    """The frozen cells of one column.

    Numbers: `edges` ascend and close their cells on the right; the first cell lies below the reference's smallest
    value, the last above its largest. A column of few distinct values has a cell for each value and one for each gap,
    so that its counts are exact; others have cells of equal reference mass, parted further where those are wide.
    Categories: one cell a level, then one for unseen levels. In both the very last cell counts missing (and
    non-finite) values.
    """

    kind: Literal["number", "category"]
    edges: Floats
    levels: tuple[str, ...] = ()
    deviation: float = 0.0

    @property
    def size(self) -> int:
        """Cells, the missing one included."""
        return (len(self.edges) + 1 if self.kind == "number" else len(self.levels) + 1) + 1

    @classmethod
    def of_numbers(cls, values: Floats, cells: int = CELLS) -> "Axis":
        """Freeze the cells of finite reference values, shape (n,)."""
        if not len(values):
            return cls("number", np.empty(0))
        distinct = np.unique(values)
        if 2 * len(distinct) + 2 <= cells:
            edges = np.column_stack([np.nextafter(distinct, -np.inf), distinct]).ravel()
        else:
            even = cells // 4  # of equal width, for the tails, where cells of equal mass are wide
            ranks = np.ceil(np.arange(1, cells - even) / (cells - even) * len(values)).astype(np.int64) - 1
            steps = np.linspace(distinct[0], distinct[-1], even)[:-3]
            bottom = np.nextafter(distinct[0], -np.inf)
            edges = np.unique(np.concatenate([[bottom], np.sort(values)[ranks], steps, distinct[-1:]]))
        return cls("number", np.asarray(edges, dtype=np.float64), deviation=float(values.std()))

    @classmethod
    def of_levels(cls, labels: Sequence[str], sizes: Integers, cells: int = CELLS) -> "Axis":
        """Freeze the commonest levels; the others will be counted as unseen."""
        order = sorted(range(len(labels)), key=lambda i: (-int(sizes[i]), labels[i]))
        kept = [labels[i] for i in order if labels[i] != MISSING][: cells - 2]
        return cls("category", np.empty(0), tuple(sorted(kept)))

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "kind": self.kind,
            "edges": self.edges.tolist(),
            "levels": list(self.levels),
            "deviation": self.deviation,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Axis":
        """What `as_dict` gave."""
        edges = np.asarray(stored["edges"], dtype=np.float64)
        return cls(stored["kind"], edges, tuple(stored["levels"]), float(stored["deviation"]))


@dataclass(frozen=True)
class Cells:
    """How often a column fell into each cell of its axis.

    Attributes:
        counts: shape (axis.size,), the last missing.
        below, above: by how much values overshot the first and last edge in sum, for exact Wasserstein tails.
    """

    counts: Integers
    below: float = 0.0
    above: float = 0.0

    def __add__(self, other: "Cells") -> "Cells":
        return Cells(self.counts + other.counts, self.below + other.below, self.above + other.above)

    @property
    def n(self) -> int:
        """Rows counted, missing values included."""
        return int(self.counts.sum())

    @property
    def present(self) -> Integers:
        """Counts without the missing cell."""
        return self.counts[:-1]


@dataclass(frozen=True)
class Profile:
    """Axes and counts of a table's columns. A window is counted over the reference's axes, and windows add up."""

    axes: Mapping[str, Axis]
    cells: Mapping[str, Cells]

    @classmethod
    def freeze(cls, table: Any, spec: Spec) -> "Profile":
        """The reference profile of a table: features, scores, target and decision, as far as it has them."""
        with Table(table) as opened:
            axes = {name: _axis(opened, sql, kind) for name, (sql, kind) in _columns(opened, spec).items()}
            return cls(axes, {}).counted(opened, spec)

    def count(self, table: Any, spec: Spec) -> "Profile":
        """A window's counts over these axes; columns that the window lacks are left out."""
        with Table(table) as opened:
            return self.counted(opened, spec)

    def counted(self, table: Table, spec: Spec) -> "Profile":
        """As `count`, of a table that is open."""
        columns = _columns(table, spec)
        cells = {name: _cells(table, columns[name][0], axis) for name, axis in self.axes.items() if name in columns}
        return replace(self, cells=cells)

    def __add__(self, other: "Profile") -> "Profile":
        """The counts of both windows, for the columns that both have.

        Raises:
            ValueError: they were counted over other axes.
        """
        shared = [name for name in self.cells if name in other.cells]
        for name in shared:
            if self.axes[name].as_dict() != other.axes[name].as_dict():
                raise ValueError(f"The counts of {name!r} stand on other cells and can't be added.")
        return replace(self, cells={name: self.cells[name] + other.cells[name] for name in shared})

    def as_dict(self, *, axes: bool = True) -> dict[str, Any]:
        """JSON types; a window may leave out the axes, which its reference keeps."""
        cells = {
            name: {"counts": found.counts.tolist(), "below": found.below, "above": found.above}
            for name, found in self.cells.items()
        }
        stored: dict[str, Any] = {"cells": cells}
        if axes:
            stored["axes"] = {name: axis.as_dict() for name, axis in self.axes.items()}
        return stored

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], axes: Mapping[str, Axis] | None = None) -> "Profile":
        """What `as_dict` gave; `axes` of the reference where the stored window left them out."""
        own = {name: Axis.from_dict(axis) for name, axis in stored.get("axes", {}).items()}
        cells = {
            name: Cells(np.asarray(found["counts"], dtype=np.int64), found["below"], found["above"])
            for name, found in stored["cells"].items()
        }
        return cls(own or dict(axes or {}), cells)


def _columns(table: Table, spec: Spec) -> dict[str, tuple[str, Literal["number", "category"]]]:
    """SQL and kind of every column to profile that the table has."""
    found: dict[str, tuple[str, Literal["number", "category"]]] = {}
    for name in dict.fromkeys((*spec.features, *spec.scores)):
        if name in table.types:
            numeric = table.is_numeric(name)
            found[name] = (table.number(name), "number") if numeric else (quoted(name), "category")
    if spec.target is not None and spec.target in table.types:
        number = spec.task is Task.REGRESSION
        found[spec.target] = (table.number(spec.target), "number") if number else (quoted(spec.target), "category")
    with suppress(NotAvailable, KeyError, IndexError):  # a table without decisions has none to compare
        found[DECISION] = (f"nullif({expressions.decision(table, spec)}, {expressions.UNKNOWN})", "category")
    return found


def _axis(table: Table, sql: str, kind: Literal["number", "category"]) -> Axis:
    if kind == "number":
        values = _numbers(table, sql)
        return Axis.of_numbers(values[np.isfinite(values)])
    codes, labels = table.codes(sql)
    return Axis.of_levels(labels, np.bincount(codes, minlength=len(labels)))


def _cells(table: Table, sql: str, axis: Axis) -> Cells:
    if axis.kind == "number":
        return cells_of_numbers(_numbers(table, sql), axis)
    codes, labels = table.codes(sql)
    sizes = np.bincount(codes, minlength=len(labels))
    place = {level: i for i, level in enumerate(axis.levels)} | {MISSING: axis.size - 1}
    counts = np.zeros(axis.size, dtype=np.int64)
    for label, size in zip(labels, sizes, strict=True):
        counts[place.get(label, axis.size - 2)] += int(size)
    return Cells(counts)


def cells_of_numbers(values: Floats, axis: Axis) -> Cells:
    """Count values, shape (n,), NaN where missing."""
    finite = values[np.isfinite(values)]
    counts = np.zeros(axis.size, dtype=np.int64)
    counts[:-1] = np.bincount(np.searchsorted(axis.edges, finite, side="left"), minlength=axis.size - 1)
    counts[-1] = len(values) - len(finite)
    if not len(axis.edges):
        return Cells(counts)
    below = np.maximum(axis.edges[0] - finite, 0).sum()
    above = np.maximum(finite - axis.edges[-1], 0).sum()
    return Cells(counts, float(below), float(above))


def _numbers(table: Table, sql: str) -> Floats:
    column = table.arrays(f"SELECT {sql} AS x FROM data")["x"]
    return np.asarray(np.ma.filled(np.ma.asarray(column).astype(np.float64), np.nan))
