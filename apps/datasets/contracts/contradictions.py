"""What a contract says against itself, each at the line of the later of the two."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from apps.datasets.contracts import limits
from apps.datasets.contracts.drafting import Drafting
from apps.datasets.contracts.terms import Check, Expectation, Kind
from apps.datasets.contracts.values import read_value

NEVER_FAILS = Expectation("is", (0,))


def add_contradictions(draft: Drafting) -> None:
    """Note every pair of checks that can't both be met, or of which one takes back what the other says."""
    by_column: dict[str, list[Check]] = {}
    for check in draft.checks:
        if len(check.columns) == 1:
            by_column.setdefault(check.columns[0], []).append(check)
    types = {field.name: field.type for field in draft.fields.values()}
    for column, checks in by_column.items():
        type_ = types.get(column)
        _nullable(draft, column, checks)
        _ranges(draft, column, checks, type_)
        _sets(draft, column, checks, type_)
        _constants(draft, column, checks)
    _row_counts(draft)


def _nullable(draft: Drafting, column: str, checks: list[Check]) -> None:
    strict = [
        c for c in checks if c.kind == Kind.NOT_NULL and c.expects == NEVER_FAILS and not c.arguments.get("missing")
    ]
    for check in checks:
        if not strict or check.kind != Kind.NOT_NULL or check.arguments.get("missing"):
            continue
        if (
            check.expects.unit in ("rows", "percent")
            and check.expects != NEVER_FAILS
            and not _only_zero(check.expects)
        ):
            line = draft.text.spot(strict[0].place)[0]
            draft.no(check.place, f"Line {line} says that “{column}” is never missing; this lets it be missing.")


def _only_zero(expects: Expectation) -> bool:
    return expects.met(0) and not expects.met(1e-9) and not expects.met(1)


def _ranges(draft: Drafting, column: str, checks: list[Check], type_: str | None) -> None:
    ranges = [check for check in checks if check.kind == Kind.RANGE and set(check.arguments) & set(limits.BOUNDS)]
    for earlier, later in combinations(ranges, 2):
        both = _narrower(_bounds(earlier, type_), _bounds(later, type_), type_)
        if limits.empty_range(both, type_):
            line = draft.text.spot(earlier.place)[0]
            draft.no(later.place, f"No value of “{column}” is in this range and in that of line {line}.")


def _bounds(check: Check, type_: str | None) -> dict[str, Any]:
    reading = "number" if type_ == "integer" else type_
    return {name: read_value(check.arguments[name], reading) for name in limits.BOUNDS if name in check.arguments}


def _narrower(one: dict[str, Any], other: dict[str, Any], type_: str | None) -> dict[str, Any]:
    both: dict[str, Any] = {}
    for closed, opened, tightest, better in (
        ("minimum", "exclusiveMinimum", limits.lowest, max),
        ("maximum", "exclusiveMaximum", limits.highest, min),
    ):
        sides = [side for side in (tightest(one, type_), tightest(other, type_)) if side[0] is not None]
        if sides:
            edge = better(value for value, _ in sides)
            is_open = any(is_open for value, is_open in sides if value == edge)
            both[opened if is_open else closed] = edge
    return both


def _sets(draft: Drafting, column: str, checks: list[Check], type_: str | None) -> None:
    sets = [check for check in checks if check.kind == Kind.SET]
    for one in sets:
        values = [read_value(raw, type_) for raw in one.arguments["values"]]
        for other in checks:
            outside = [value for value, fits in zip(values, _fitting(other, values, type_), strict=False) if not fits]
            # two sets need one value in common; against a range or a form, each value of the set counts
            if outside and (other.kind != Kind.SET or len(outside) == len(values)):
                later, earlier = (one, other) if one.place > other.place else (other, one)
                if other.kind != Kind.SET or one.place < other.place:
                    line = draft.text.spot(earlier.place)[0]
                    shown = f"“{outside[0]}” is in the set of “{column}”"
                    what = _WHAT[other.kind]
                    draft.no(later.place, f"{shown} and not {what}: line {line} says otherwise than this.")


_WHAT = {Kind.RANGE: "in its range", Kind.REGEX: "of its form", Kind.SET: "in its other set"}


def _fitting(check: Check, values: list[Any], type_: str | None) -> Iterator[bool]:
    """For each value, whether `check` would let it pass; nothing where it isn't about single values."""
    said = check.arguments
    if check.kind == Kind.REGEX:
        yield from limits.matching(said["pattern"], [str(value) for value in values])
    elif check.kind == Kind.SET:
        others = [read_value(raw, type_) for raw in said["values"]]
        yield from (value in others for value in values)
    elif check.kind == Kind.RANGE and "multipleOf" in said:
        yield from (value % said["multipleOf"] == 0 for value in values)
    elif check.kind == Kind.RANGE and set(said) & set(limits.LENGTHS):
        low, high = said.get("minLength", 0), said.get("maxLength", float("inf"))
        yield from (low <= len(str(value)) <= high for value in values)
    elif check.kind == Kind.RANGE:
        bounds = _bounds(check, type_)
        yield from (
            not limits.empty_range(_narrower(bounds, {"minimum": v, "maximum": v}, type_), type_) for v in values
        )


def _constants(draft: Drafting, column: str, checks: list[Check]) -> None:
    """What is unique can't have fewer values than there must be rows."""
    unique = [check for check in checks if check.kind == Kind.UNIQUE and check.expects == NEVER_FAILS]
    required = any(check.kind == Kind.NOT_NULL and check.expects == NEVER_FAILS for check in checks)
    least = max((_least_rows(check) for check in draft.checks if check.kind == Kind.ROW_COUNT), default=0)
    for check in checks:
        size = _values_of(check)
        if not unique or size is None:
            continue
        if size == 1:
            draft.no(check.place, f"“{column}” is unique and has one possible value, so it is a constant.")
        elif required and size < least:
            draft.no(
                check.place,
                f"“{column}” is unique with {size} possible values, and there are {least:g} rows or more.",
            )


def _values_of(check: Check) -> int | None:
    """How many different values a check leaves possible; None where it doesn't say."""
    if check.kind == Kind.SET and check.expects == NEVER_FAILS:
        return len({(type(value), value) for value in check.arguments["values"]})
    said = check.arguments
    if check.kind == Kind.RANGE and "minimum" in said and said["minimum"] == said.get("maximum"):
        return 1
    return None


def _least_rows(check: Check) -> float:
    expects = check.expects
    add = {"more_than": 1, "at_least": 0, "is": 0, "between": 0}.get(expects.operator)
    return 0 if add is None else expects.limits[0] + add


def _most_rows(check: Check) -> float:
    expects = check.expects
    less = {"less_than": 1, "at_most": 0, "is": 0, "between": 0}.get(expects.operator)
    return float("inf") if less is None else expects.limits[-1] - less


def _row_counts(draft: Drafting) -> None:
    counts = [check for check in draft.checks if check.kind == Kind.ROW_COUNT]
    for earlier, later in combinations(counts, 2):
        if max(_least_rows(earlier), _least_rows(later)) > min(_most_rows(earlier), _most_rows(later)):
            line = draft.text.spot(earlier.place)[0]
            draft.no(later.place, f"No number of rows meets this and line {line}.")
