"""What counts as a figure one can write or draw."""

import math
from decimal import Decimal
from typing import Any


def finite(value: Any) -> float | None:
    """The value as a number one can draw or write, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        value = getattr(value, "item", lambda: None)()  # a numpy scalar
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
