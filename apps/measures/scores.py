"""Outcomes counted by score: exact, sorted, mergeable; AUC, KS and the curves come from it without a row."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.measures.arrays import Floats, Integers


@dataclass(frozen=True)
class ScoreCounts:
    """How many of either class have each score.

    Attributes:
        scores: distinct scores ascending, shape (u,).
        cells: weights of (other, positive) at each score, shape (u, 2); counts where rows are unweighted.
        n: rows of (other, positive), shape (2,).
        squares: sums of squared weights, shape (2,).
    """

    scores: Floats
    cells: Floats
    n: Integers
    squares: Floats

    @classmethod
    def of(cls, scores: Floats, positive: Floats, weights: Floats) -> "ScoreCounts":
        """Count rows: `positive` is 1 or 0, all arrays have shape (n,) and no NaN."""
        distinct, place = np.unique(scores, return_inverse=True)
        is_positive = positive == 1
        cells = np.zeros((len(distinct), 2))
        for side, kept in enumerate((~is_positive, is_positive)):
            cells[:, side] = np.bincount(place[kept], weights=weights[kept], minlength=len(distinct))
        n = np.array([np.count_nonzero(~is_positive), np.count_nonzero(is_positive)], dtype=np.int64)
        squares = np.array([np.dot(weights[kept], weights[kept]) for kept in (~is_positive, is_positive)])
        return cls(distinct, cells, n, squares)

    def __add__(self, other: "ScoreCounts") -> "ScoreCounts":
        """The counts of both sets of rows."""
        distinct, place = np.unique(np.concatenate([self.scores, other.scores]), return_inverse=True)
        cells = np.zeros((len(distinct), 2))
        np.add.at(cells, place, np.concatenate([self.cells, other.cells]))
        return ScoreCounts(distinct, cells, self.n + other.n, self.squares + other.squares)

    def as_dict(self) -> dict[str, Any]:
        """JSON types."""
        return {
            "scores": self.scores.tolist(),
            "cells": self.cells.tolist(),
            "n": self.n.tolist(),
            "squares": self.squares.tolist(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "ScoreCounts":
        """What `as_dict` gave."""
        return cls(
            np.asarray(stored["scores"], dtype=np.float64),
            np.asarray(stored["cells"], dtype=np.float64).reshape(-1, 2),
            np.asarray(stored["n"], dtype=np.int64),
            np.asarray(stored["squares"], dtype=np.float64),
        )

    @property
    def totals(self) -> Floats:
        """Weights of (other, positive), shape (2,)."""
        return np.asarray(self.cells.sum(axis=0))

    @property
    def rows(self) -> int:
        """Rows of both classes."""
        return int(self.n.sum())

    @property
    def effective(self) -> Floats:
        """Kish's effective rows of (other, positive), shape (2,)."""
        return np.asarray(self.totals**2 / self.squares)

    def auc(self) -> float:
        """P(score of a positive > score of another) + ½ P(equal); both classes must be present."""
        other, positive = self.cells.T
        below = np.cumsum(other) - other
        return float(np.dot(positive, below + other / 2) / (other.sum() * positive.sum()))

    def auc_error(self) -> float:
        """DeLong's standard error of the AUC; NaN with fewer than two rows of a class.

        Source: DeLong, DeLong & Clarke-Pearson (1988); ranks instead of pairs after Sun & Xu (2014).
        """
        if self.n.min() < 2:
            return math.nan
        other, positive = self.cells.T
        total_other, total_positive = self.totals
        beaten = (np.cumsum(other) - other / 2) / total_other
        beats = 1 - (np.cumsum(positive) - positive / 2) / total_positive
        auc = self.auc()
        effective = self.effective
        parts = [
            np.dot(weights, (component - auc) ** 2) / total * size / (size - 1) / size
            for weights, component, total, size in (
                (other, beats, total_other, effective[0]),
                (positive, beaten, total_positive, effective[1]),
            )
        ]
        return math.sqrt(float(sum(parts)))

    def shares(self) -> Floats:
        """Cumulated share of (other, positive) up to each score, shape (u, 2)."""
        return np.asarray(np.cumsum(self.cells, axis=0) / self.totals)

    def thinned(self, most: int) -> Floats:
        """Cells pooled with their neighbours into at most `most` of about equal weight, shape (<= most, 2)."""
        if len(self.scores) <= most:
            return self.cells
        mass = np.cumsum(self.cells.sum(axis=1))
        starts = np.unique(np.searchsorted(mass, np.arange(most) / most * mass[-1], side="right"))
        return np.asarray(np.add.reduceat(self.cells, starts, axis=0))

    def curve_places(self, most: int = 200) -> Integers:
        """Indices of at most about `most` scores that draw a curve well: even steps in both classes' shares."""
        if len(self.scores) <= most:
            return np.arange(len(self.scores))
        steps = np.linspace(0, 1, most // 2)
        shares = self.shares()
        places = [np.searchsorted(shares[:, side], steps * shares[-1, side]) for side in (0, 1)]
        return np.unique(np.minimum(np.concatenate(places), len(self.scores) - 1)).astype(np.int64)
