"""Whether two artefacts are the same model: both scored on the same rows, their differences counted.

Conversions go wrong in silence (histogram boosting on categories, forests on missing values, isotonic calibration),
so an ONNX file that stands for a scikit-learn model brings this evidence.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.evaluations.scoring.predictions import positive
from apps.evaluations.scoring.request import BINARY, MULTICLASS, Request

if TYPE_CHECKING:
    import numpy as np


@dataclass
class Parity:
    """Differences so far: `total` of absolute differences, and rows whose decision is the same in both."""

    request: Request
    rows: int = 0
    compared: int = 0
    largest: float = 0.0
    total: float = 0.0
    equal_decisions: int = 0
    decided: int = 0

    def compare(self, one: "np.ndarray", other: "np.ndarray") -> None:
        """Take the scores of the same rows from both, shape (rows, k)."""
        import numpy as np

        self.rows += len(one)
        both = np.isfinite(one).all(axis=1) & np.isfinite(other).all(axis=1)
        self.compared += int(both.sum())
        if both.any():
            difference = np.abs(one[both] - other[both]).max(axis=1)
            self.largest = max(self.largest, float(difference.max()))
            self.total += float(difference.sum())
        self._decisions(one, other, both)

    def _decisions(self, one: "np.ndarray", other: "np.ndarray", both: "np.ndarray") -> None:
        decided = [decision(self.request, scores) for scores in (one, other)]
        if decided[0] is None or decided[1] is None:
            return
        self.decided += len(one)
        self.equal_decisions += int(((decided[0] == decided[1]) & both).sum())

    def as_json(self) -> dict[str, Any]:
        """Rows, how many both could score, the largest and mean absolute difference, the share decided alike."""
        return {
            "rows": self.rows,
            "compared": self.compared,
            "max_abs_difference": self.largest if self.compared else None,
            "mean_abs_difference": self.total / self.compared if self.compared else None,
            "equal_decisions": self.equal_decisions / self.decided if self.decided else None,
        }


def decision(request: Request, scores: "np.ndarray") -> "np.ndarray | None":
    """What each row's scores lead to, as a number to compare; None where they lead to none."""
    if request.task == MULTICLASS:
        chosen: np.ndarray = scores.argmax(axis=1)
        return chosen
    return positive(request, scores) if request.task == BINARY else None
