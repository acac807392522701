"""Whether a converted model is the model it was converted from: what the comparison found, as results."""

from collections.abc import Mapping
from typing import Any

from apps.measures import intervals
from apps.measures.definitions import CLASSIFICATION, EVERY, Definition, Direction, Family, add
from apps.measures.results import Estimate, Result, Status

CONVENTION = "Both artefacts score every row of the evaluation table; a row that either can't score counts as unlike."
NO_ROW = "No row was scored by both."

LARGEST = add(
    Definition(
        id="parity_max_difference",
        title="Parity: largest difference",
        family=Family.ROBUSTNESS,
        tasks=EVERY,
        formula="max over rows of |score of the artefact − score of the model it was converted from|",
        source="ISO/IEC 25059:2023, functional correctness; sklearn-onnx, discrepancies",
        reading="0 up to the rounding of single precision, about 1e-6. More means that it isn't the same model.",
        unit="the score's",
        convention=CONVENTION,
        interval="none: a maximum over the rows compared",
        direction=Direction.LOWER,
    )
)
ALIKE = add(
    Definition(
        id="parity_equal_decisions",
        title="Parity: decided alike",
        family=Family.ROBUSTNESS,
        tasks=CLASSIFICATION,
        formula="rows decided alike by both artefacts / rows",
        source="ISO/IEC 25059:2023, functional correctness",
        reading="1 where nobody would hear another decision because the model was converted.",
        unit="share",
        convention=CONVENTION,
        interval=intervals.WILSON,
        direction=Direction.HIGHER,
    )
)


def parity_results(found: Mapping[str, Any], confidence: float = 0.95) -> list[Result]:
    """The comparison as results.

    Args:
        found: {rows, compared, max_abs_difference, mean_abs_difference, equal_decisions (a share or None), formats}.
    """
    told = {"mean_abs_difference": found["mean_abs_difference"], "formats": list(found["formats"])}
    value, n = found["max_abs_difference"], int(found["compared"])
    status, reason = (Status.OK, "") if n else (Status.NOT_AVAILABLE, NO_ROW)
    largest = Estimate(value=value, n=n, method=LARGEST.interval, series=told, status=status, reason=reason)
    results = [LARGEST.result(largest, confidence=confidence)]
    share, rows = found["equal_decisions"], int(found["rows"])
    if share is not None:
        low, high = intervals.wilson(share, rows, confidence)
        alike = Estimate(value=share, n=rows, low=low, high=high, method=intervals.WILSON, series=told)
        results.append(ALIKE.result(alike, confidence=confidence))
    return results
