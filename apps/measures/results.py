"""What a measure says: an estimate with its interval and denominator, and the result that is stored and printed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Series = Mapping[str, Any]


class Status(StrEnum):
    """Whether a result may be relied on, and if not, why."""

    OK = "ok"
    NOT_AVAILABLE = "not_available"  # the question has no answer on these data
    TOO_SMALL = "too_small"  # answered, on too few rows to decide by
    ERROR = "error"  # the computation itself went wrong


class NotAvailable(Exception):
    """The measure has no value on these data; the message is the reason, a sentence for a reader."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number as computed, before the catalogue has put its name on it.

    Attributes:
        value: the number; None with a reason.
        n: rows in the denominator, never weights.
        low, high: the interval's ends at the sample's confidence, None where none is defined.
        method: how the interval was made.
        attribute: the protected attribute, intersection ("race & sex") or column it is about.
        group: {column: label} of the group; class_: the class; slice_: {column: label} of a segment.
        series: points for a plot or a table behind the number; JSON types only.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    method: str = ""
    attribute: str | None = None
    group: Mapping[str, str] | None = None
    class_: str | None = None
    slice_: Mapping[str, str] | None = None
    series: Series | None = None
    status: Status = Status.OK
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One number of one measure, as the API shows it and evidence keeps it."""

    measure: str
    measure_version: int
    family: str
    value: float | None
    low: float | None
    high: float | None
    confidence: float
    interval_method: str
    n: int
    unit: str
    convention: str
    direction: str
    status: Status
    attribute: str | None = None
    group: Mapping[str, str] | None = None
    class_: str | None = None
    slice_: Mapping[str, str] | None = None
    reason: str = ""
    series: Series | None = None

    @property
    def ok(self) -> bool:
        """True where the number may be compared with a limit."""
        return self.status is Status.OK

    def as_dict(self) -> dict[str, Any]:
        """JSON types under the API's names; absent keys where a field says nothing about this result."""
        always = {
            "measure": self.measure,
            "measure_version": self.measure_version,
            "family": self.family,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "confidence": self.confidence,
            "interval_method": self.interval_method,
            "n": self.n,
            "unit": self.unit,
            "convention": self.convention,
            "direction": self.direction,
            "status": str(self.status),
        }
        optional = {
            "attribute": self.attribute,
            "group": dict(self.group) if self.group else None,
            "class": self.class_,
            "slice": dict(self.slice_) if self.slice_ else None,
            "reason": self.reason or None,
            "series": dict(self.series) if self.series else None,
        }
        return always | {key: value for key, value in optional.items() if value is not None}


def finite(value: float | None) -> float | None:
    """A Python float, or None for None, NaN and infinities, which JSON can't carry."""
    return None if value is None or not math.isfinite(value) else float(value)
