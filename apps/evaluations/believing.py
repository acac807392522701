"""What the model's own process answered, taken for results only where it is what was asked for.

The model ran in that process, so nothing it says is worth more than the model: names and units come from the
catalogue again, and numbers are numbers or nothing is taken at all.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.jobs.sandbox.reports import plain
from apps.measures.catalogue import definitions
from apps.measures.definitions import Definition, Family
from apps.measures.results import Estimate, Status

MOST_ROWS = 10**12


def believed(
    said: Iterable[Mapping[str, Any]], family: Family, task: str, inputs: Iterable[str], confidence: float
) -> list[dict[str, Any]]:
    """Results of one family, in the API's shape.

    Args:
        inputs: the columns that a result may be about.

    Raises:
        KeyError, TypeError, ValueError: something is no result of that family.
    """
    asked = {found.id: found for found in definitions(family) if task in found.tasks}
    about = {None, *inputs}
    return [_believed(each, asked[each["measure"]], about, confidence) for each in said]


def _believed(
    said: Mapping[str, Any], definition: Definition, about: set[str | None], confidence: float
) -> dict[str, Any]:
    attribute, series, slice_ = said.get("attribute"), said.get("series"), said.get("slice")
    if attribute not in about:
        raise ValueError("A result is about a column that the model doesn't take.")
    estimate = Estimate(
        **{part: _number(said[part]) for part in ("value", "low", "high")},
        n=_count(said["n"]),
        method=plain(said["interval_method"]),
        attribute=attribute,
        slice_=None if slice_ is None else {plain(name): plain(value) for name, value in slice_.items()},
        series=None if series is None else dict(series),
        status=Status(said["status"]),
        reason=plain(said.get("reason", "")),
    )
    return definition.result(estimate, confidence=confidence).as_dict()


def _number(value: Any) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise TypeError("A result's number is none.")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_ROWS:
        raise ValueError("A result's n counts no rows.")
    return value
