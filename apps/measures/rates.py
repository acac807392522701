"""The rates that groups are compared by: each one a quotient of two parts of a group's cube."""

from dataclasses import dataclass

import numpy as np

from apps.measures.arrays import Array, Floats, divide
from apps.measures.counts import NO, UNKNOWN, YES, Counts

KNOWN = (NO, YES)
ANY = (NO, YES, UNKNOWN)


@dataclass(frozen=True)
class Rate:
    """Numerator and denominator as sets of (outcome, decision) cells of cubes shaped (..., 3, 3)."""

    hits: tuple[tuple[int, int], ...]
    of: tuple[tuple[int, int], ...]

    def values(self, cube: Array) -> Floats:
        """The rate of each cube, NaN where nothing is in its denominator."""
        return divide(_sum(cube, self.hits), _sum(cube, self.of))

    def base(self, cube: Array) -> Array:
        """The denominator."""
        return _sum(cube, self.of)


def _sum(cube: Array, cells: tuple[tuple[int, int], ...]) -> Array:
    outcomes, decisions = zip(*cells, strict=True)
    return np.asarray(cube[..., list(outcomes), list(decisions)].sum(axis=-1))


def _cells(outcomes: tuple[int, ...], decisions: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    return tuple((outcome, decision) for outcome in outcomes for decision in decisions)


SELECTION = Rate(_cells(ANY, (YES,)), _cells(ANY, KNOWN))
TRUE_POSITIVE = Rate(((YES, YES),), _cells((YES,), KNOWN))
FALSE_POSITIVE = Rate(((NO, YES),), _cells((NO,), KNOWN))
PRECISION = Rate(((YES, YES),), _cells(KNOWN, (YES,)))
ACCURACY = Rate(((NO, NO), (YES, YES)), _cells(KNOWN, KNOWN))
BASE = Rate(_cells((YES,), ANY), _cells(KNOWN, ANY))


@dataclass(frozen=True)
class GroupRates:
    """One rate over all groups of one attribute or intersection.

    Attributes:
        value: shape (g,), NaN where undefined.
        n: rows in each denominator, shape (g,).
        effective: Kish's effective number of them, shape (g,).
        large: groups with at least min_n rows in the denominator, shape (g,).
    """

    counts: Counts
    rate: Rate
    value: Floats
    n: Array
    effective: Floats
    large: Array

    @classmethod
    def of(cls, counts: Counts, rate: Rate, min_n: int) -> "GroupRates":
        """The rate of every group."""
        n = rate.base(counts.rows)
        value = rate.values(counts.weights)
        weight, square = rate.base(counts.weights), rate.base(counts.squares)
        effective = np.nan_to_num(divide(weight * weight, square))
        return cls(counts, rate, value, n, effective, (n >= max(min_n, 1)) & np.isfinite(value))
