"""The array types that this package passes around."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Array = npt.NDArray[Any]


def divide(numerator: Array, denominator: Array) -> Floats:
    """Elementwise quotient, NaN where the denominator is zero; broadcasts."""
    numerator, denominator = np.broadcast_arrays(numerator, denominator)
    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out
