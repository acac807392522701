"""What a rule's figure has to be: the standard's eight operators, and the limits that can't be met."""

from __future__ import annotations

import math
from typing import Any

from apps.datasets.contracts.documents import Rule
from apps.datasets.contracts.drafting import Drafting, Path
from apps.datasets.contracts.terms import Expectation

OPERATORS = {
    "mustBe": "is",
    "mustNotBe": "is_not",
    "mustBeGreaterThan": "more_than",
    "mustBeGreaterOrEqualTo": "at_least",
    "mustBeLessThan": "less_than",
    "mustBeLessOrEqualTo": "at_most",
    "mustBeBetween": "between",
    "mustNotBeBetween": "not_between",
}
UNITS = {None: "rows", "rows": "rows", "row": "rows", "percent": "percent", "percentage": "percent", "%": "percent"}


def expectation(draft: Drafting, rule: Rule, place: Path, *, bare: bool = False) -> Expectation | None:
    """What `rule` expects; where it can't be read or never be met, that is noted.

    Args:
        bare: the figure is whatever a query gives, so any number will do, and no unit.
    """
    said = rule.model_dump(by_alias=True, include=set(_FIELDS), exclude_none=True)
    if len(said) != 1:
        told = "is missing" if not said else f"stands here {len(said)} times"
        draft.no(place, f"What it must be {told}. Write one of {', '.join(OPERATORS)}.")
        return None
    name, raw = next(iter(said.items()))
    if not bare and rule.unit not in UNITS:
        draft.no((*place, "unit"), f"The unit is rows or percent, not “{rule.unit}”.")
        return None
    unit = "" if bare else UNITS[rule.unit]
    limits = tuple(_limit(value) for value in (raw if isinstance(raw, list) else [raw]))
    if any(limit is None for limit in limits):
        draft.no((*place, name), "This must be a number." if not bare else "This must be a number, true or false.")
        return None
    found = Expectation(OPERATORS[name], tuple(limit for limit in limits if limit is not None), unit)
    fault = impossible(found)
    if fault:
        draft.no((*place, name), fault)
        return None
    return found


def impossible(expects: Expectation) -> str | None:
    """Why no figure can be as expected, or each one is; None where that isn't so."""
    first, last = expects.limits[0], expects.limits[-1]
    if expects.operator in ("between", "not_between") and first > last:
        return f"The smaller number comes first: {last:g}, {first:g}."
    if expects.unit == "":
        return None
    if last < 0 and expects.operator in ("is", "less_than", "at_most", "between"):
        return "A count is never below zero, so this can't be met."
    if expects.operator == "less_than" and first == 0:
        return "A count is never below zero, so this can't be met. Write mustBe: 0."
    if expects.unit == "percent" and _above_all(expects):
        return "A share is never above 100 percent, so this can't be met."
    return None


def _above_all(expects: Expectation) -> bool:
    first = expects.limits[0]
    over = expects.operator in ("is", "at_least", "between") and first > 100
    return over or (expects.operator == "more_than" and first >= 100)


def _limit(raw: Any) -> float | None:
    """A number; true and false are one and zero. None for anything else."""
    if isinstance(raw, bool):
        return int(raw)
    if isinstance(raw, int | float) and math.isfinite(raw):
        return raw
    return None


_FIELDS = [
    "must_be",
    "must_not_be",
    "must_be_greater_than",
    "must_be_greater_or_equal_to",
    "must_be_less_than",
    "must_be_less_or_equal_to",
    "must_be_between",
    "must_not_be_between",
]
