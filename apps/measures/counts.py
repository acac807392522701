"""Counts of people by group, outcome and decision: what fairness stands on, mergeable, serialisable, drawn again."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from apps.measures import expressions, intervals
from apps.measures.arrays import Array, Floats, Integers
from apps.measures.results import NotAvailable
from apps.measures.spec import Spec, group_label
from apps.measures.tables import Table

Group = tuple[str, ...]

NO, YES, UNKNOWN = 0, 1, 2
MOST_GROUPS = 1_000  # of one attribute: more are no groups of people
CELLS_AT_ONCE = 4_000_000  # drawn again at a time


@dataclass(frozen=True)
class Counts:
    """A cube of groups by outcome by decision, each favourable (1), not (0) or unknown (2).

    Attributes:
        names: the protected attributes, in the order of a group's labels.
        columns: the table's column behind each.
        groups: one tuple of labels a group, sorted.
        rows: shape (g, 3, 3), rows by (outcome, decision).
        weights, squares: sums of weights and of their squares, as `rows`.
        scores, score_squares: weighted sums of the favourable label's probability and of its square, over rows that
            have one; None where scores are no probabilities.
        scored_rows, scored_weights, scored_squares: as the three without "scored", over rows that have one.
    """

    names: tuple[str, ...]
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    rows: Integers
    weights: Floats
    squares: Floats
    scores: Floats | None = None
    score_squares: Floats | None = None
    scored_rows: Integers | None = None
    scored_weights: Floats | None = None
    scored_squares: Floats | None = None

    @classmethod
    def read(cls, table: Table, spec: Spec) -> "Counts":
        """Count a table in one aggregate, whatever its length.

        Raises:
            NotAvailable: the spec names nothing favourable, or an attribute has more groups than can be compared.
            KeyError: a column isn't there.
        """
        keys = [expressions.group(table, attribute) for attribute in spec.protected]
        probability = expressions.favourable_probability(table, spec)
        weight = expressions.weight(table, spec)
        sums = ["count(*)"] * 3 if spec.weight is None else ["count(*)", "sum(w)", "sum(w * w)"]
        sums += ["sum(w * p)", "sum(w * p * p)"]
        sums += [f"{each} FILTER (WHERE p IS NOT NULL)" for each in sums[:3]]
        columns = [f"{sql} AS k{i}" for i, sql in enumerate(keys)]
        columns += [f"({expressions.outcome(table, spec)})::UTINYINT AS y"]
        columns += [f"({expressions.decision(table, spec)})::UTINYINT AS d"]
        columns += [f"{weight} AS w", f"{probability or 'NULL::DOUBLE'} AS p"]
        names = ", ".join([*(f"k{i}" for i in range(len(keys))), "y", "d"])
        found = table.rows(
            f"SELECT {names}, {', '.join(sums)} FROM (SELECT {', '.join(columns)} FROM data) GROUP BY {names}"
        )
        return cls._of(spec, found, with_scores=probability is not None)

    @classmethod
    def _of(cls, spec: Spec, found: Iterable[Sequence[Any]], *, with_scores: bool) -> "Counts":
        depth = len(spec.protected)
        cells: dict[tuple[Group, int, int], Floats] = {}
        for row in found:
            key = (tuple(group_label(value) for value in row[:depth]), int(row[depth]), int(row[depth + 1]))
            sums = np.array([float(value or 0) for value in row[depth + 2 :]])
            cells[key] = cells.get(key, 0.0) + sums
        groups = tuple(sorted({group for group, _, _ in cells}))
        place = {group: i for i, group in enumerate(groups)}
        _refuse_too_many(spec, groups)
        cube = np.zeros((8, len(groups), 3, 3))
        for (group, outcome, decision), sums in cells.items():
            cube[:, place[group], outcome, decision] = sums
        return cls(
            names=tuple(attribute.name for attribute in spec.protected),
            columns=tuple(attribute.column for attribute in spec.protected),
            groups=groups,
            rows=cube[0].astype(np.int64),
            weights=cube[1],
            squares=cube[2],
            scores=cube[3] if with_scores else None,
            score_squares=cube[4] if with_scores else None,
            scored_rows=cube[5].astype(np.int64) if with_scores else None,
            scored_weights=cube[6] if with_scores else None,
            scored_squares=cube[7] if with_scores else None,
        )

    @property
    def n(self) -> int:
        """All rows counted."""
        return int(self.rows.sum())

    def __add__(self, other: "Counts") -> "Counts":
        """The counts of both sets of rows; groups of either stay.

        Raises:
            ValueError: they count by different attributes.
        """
        if self.names != other.names:
            raise ValueError(f"Counts by {self.names} and by {other.names} can't be added.")
        groups = tuple(sorted({*self.groups, *other.groups}))
        return self._pooled([*self.groups, *other.groups], groups, self.names, self.columns, other)

    def by(self, *names: str) -> "Counts":
        """The counts by these attributes alone, over all groups of the others.

        Raises:
            ValueError: an attribute isn't counted.
        """
        places = [self.names.index(name) for name in names]
        keys = [tuple(group[place] for place in places) for group in self.groups]
        columns = tuple(self.columns[place] for place in places)
        return self._pooled(keys, tuple(sorted(set(keys))), tuple(names), columns)

    def _pooled(
        self,
        keys: Sequence[Group],
        groups: tuple[Group, ...],
        names: tuple[str, ...],
        columns: tuple[str, ...],
        other: "Counts | None" = None,
    ) -> "Counts":
        place = {group: i for i, group in enumerate(groups)}
        target = np.array([place[key] for key in keys], dtype=np.int64)

        def pool(mine: Array | None, its: Array | None) -> Array | None:
            if mine is None or (other is not None and its is None):
                return None
            stacked = mine if its is None else np.concatenate([mine, its])
            out = np.zeros((len(groups), 3, 3), dtype=stacked.dtype)
            np.add.at(out, target, stacked)
            return out

        pooled: dict[str, Any] = {
            name: pool(getattr(self, name), None if other is None else getattr(other, name)) for name in _CUBES
        }
        return replace(self, names=names, columns=columns, groups=groups, **pooled)

    def intersections(self, most: int = 4) -> list[tuple[str, ...]]:
        """Every set of two or more attributes with columns of their own; only pairs beyond `most` attributes."""
        sizes = range(2, len(self.names) + 1) if len(self.names) <= most else (2,)
        column = dict(zip(self.names, self.columns, strict=True))
        return [
            chosen
            for size in sizes
            for chosen in itertools.combinations(self.names, size)
            if len({column[name] for name in chosen}) == size
        ]

    def label(self, group: Group) -> dict[str, str]:
        """{column: label} of a group, as results name it."""
        return dict(zip(self.columns, group, strict=True))

    def draws(self, replicates: int, seed: int) -> Iterator[Floats]:
        """Cubes as the same number of rows drawn again would give, in portions of shape (some, g, 3, 3)."""
        effective = intervals.effective(float(self.weights.sum()), float(self.squares.sum()))
        rng, at_once = np.random.default_rng(seed), max(1, CELLS_AT_ONCE // max(1, self.weights.size))
        for done in range(0, replicates, at_once):
            some = min(at_once, replicates - done)
            yield np.asarray(intervals.multinomial(self.weights, effective, some, rng), dtype=np.float64)

    def as_dict(self) -> dict[str, Any]:
        """JSON types; `from_dict` reads them back without loss."""
        cubes = {name: getattr(self, name) for name in _CUBES}
        stored = {name: None if cube is None else cube.tolist() for name, cube in cubes.items()}
        groups = [list(group) for group in self.groups]
        return {"names": list(self.names), "columns": list(self.columns), "groups": groups, **stored}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Counts":
        """What `as_dict` gave."""
        shape = (len(stored["groups"]), 3, 3)

        def cube(name: str) -> Array | None:
            if stored.get(name) is None:
                return None
            return np.asarray(
                stored[name], dtype=np.int64 if name in ("rows", "scored_rows") else np.float64
            ).reshape(shape)

        return cls(
            names=tuple(stored["names"]),
            columns=tuple(stored["columns"]),
            groups=tuple(tuple(group) for group in stored["groups"]),
            **{name: cube(name) for name in _CUBES},  # type: ignore[arg-type]
        )


def _refuse_too_many(spec: Spec, groups: Iterable[Group]) -> None:
    for place, attribute in enumerate(spec.protected):
        found = len({group[place] for group in groups})
        if found > MOST_GROUPS:
            raise NotAvailable(
                f"{attribute.name} has {found:,} groups, and at most {MOST_GROUPS:,} are compared. Give it bands."
            )


_CUBES = (
    *("rows", "weights", "squares", "scores", "score_squares"),
    *("scored_rows", "scored_weights", "scored_squares"),
)
