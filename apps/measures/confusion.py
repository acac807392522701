"""The confusion matrix: decided rows by outcome and decision, and shares of its cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.measures import intervals
from apps.measures.arrays import Floats, Integers
from apps.measures.results import Estimate, Series
from apps.measures.sample import Sample

ALL = np.s_[...]
"""Every cell; parts of the matrix are named as numpy indexes it: `np.s_[1, :]` is the row of outcome 1."""


@dataclass(frozen=True)
class Confusion:
    """Rows with an outcome and a decision, each array of shape (k, k) by (outcome, decision).

    Attributes:
        weights, squares: sums of the rows' weights and of their squares; rows: how many there are.
    """

    weights: Floats
    squares: Floats
    rows: Integers

    @classmethod
    def of(cls, sample: Sample, classes: int = 2) -> "Confusion":
        """Count a sample.

        Raises:
            NotAvailable: no row has both.
        """
        outcome, decision, weights = sample.labelled_decisions()
        cell = (classes * outcome + decision).astype(np.int64)

        def counted(by: Floats | None) -> Any:
            return np.bincount(cell, weights=by, minlength=classes**2).reshape(classes, classes)

        return cls(counted(weights), counted(weights**2), counted(None))

    @property
    def n(self) -> int:
        """Rows."""
        return int(self.rows.sum())

    @property
    def effective(self) -> float:
        """Kish's effective number of rows."""
        return intervals.effective(float(self.weights.sum()), float(self.squares.sum()))

    def share(self, hits: Any, of: Any, confidence: float, series: Series | None = None) -> Estimate:
        """The cells `hits` as a share of the cells `of`, n and effective number being those of `of`."""
        weight = float(self.weights[of].sum())
        if weight == 0:
            return Estimate(value=None, n=0, reason="There is no row to take a share of.")
        value = float(self.weights[hits].sum()) / weight
        effective = intervals.effective(weight, float(self.squares[of].sum()))
        low, high = intervals.wilson(value, effective, confidence)
        n = int(self.rows[of].sum())
        return Estimate(value=value, n=n, low=low, high=high, method=intervals.WILSON, series=series)
