"""Which results a rule means, and what one of them says beside a limit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.policies.rules.shapes import ANY, INTERSECTIONS, Select

Result = Mapping[str, Any]

BETWEEN = " & "


def matching(measure: str, select: Select, results: Iterable[Result]) -> list[Result]:
    """The results of `measure` that `select` means, in an order that doesn't depend on theirs."""
    found = [result for result in results if result["measure"] == measure and _meant(select, result)]
    return sorted(found, key=order)


def order(result: Result) -> tuple[str, ...]:
    """A key that sorts results by what they are about, then by what they say."""
    about = tuple(label(result.get(part)) for part in ("attribute", "group", "class", "slice"))
    return (*about, *(repr(result.get(part)) for part in ("value", "low", "high", "n", "status", "reason")))


def about(result: Result) -> dict[str, Any]:
    """The parts of `result` that say whom it is about, as the verdict repeats them."""
    return {part: result[part] for part in ("attribute", "group", "class", "slice") if result.get(part) is not None}


def described(result: Result) -> str:
    """Whom `result` is about in words: "RAC1P 2", "age <= 25", "class good"; "" for everybody."""
    words = []
    group = result.get("group")
    if group:
        words.append(label(group))
    elif result.get("attribute"):
        words.append(str(result["attribute"]))
    if result.get("class") is not None:
        words.append(f"class {label(result['class'])}")
    if result.get("slice"):
        words.append(label(result["slice"]))
    return ", ".join(words)


def label(value: Any) -> str:
    """One spelling of a label: 1, 1.0 and "1" are the same group; a mapping is "sex 1, race 2"."""
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {label(value[name])}" for name in sorted(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def noise_floor(result: Result) -> float | None:
    """The size, in either direction, that sample sizes alone would give, where the measure knows it."""
    floor = (result.get("series") or {}).get("noise_floor")
    return None if floor is None else float(floor)


def is_intersection(result: Result) -> bool:
    group = result.get("group")
    return len(group) > 1 if group else BETWEEN in str(result.get("attribute") or "")


def _meant(select: Select, result: Result) -> bool:
    return (
        _attribute_meant(select, result)
        and _label_meant(select.class_, result.get("class"))
        and _label_meant(select.slice_, result.get("slice"))
    )


def _attribute_meant(select: Select, result: Result) -> bool:
    attribute = result.get("attribute")
    if select.attribute is None or attribute is None:
        return select.attribute is None and attribute is None and not result.get("group")
    if select.attribute == INTERSECTIONS:
        right = is_intersection(result)
    elif select.attribute == ANY:
        right = not is_intersection(result)
    else:
        right = select.attribute == attribute
    return right and (select.group is None or label(select.group) == label(result.get("group")))


def _label_meant(wanted: Any, given: Any) -> bool:
    if wanted is None or given is None:
        return wanted is None and given is None
    return wanted == ANY or label(wanted) == label(given)


@dataclass(frozen=True)
class Shares:
    """How many rows the groups of each attribute have together, to tell a small group from a negligible one."""

    totals: Mapping[str, int]

    @classmethod
    def of(cls, results: Iterable[Result]) -> "Shares":
        totals: dict[str, int] = {}
        for result in results:
            if result.get("group"):
                key = cls._key(result)
                totals[key] = totals.get(key, 0) + (result.get("n") or 0)
        return cls(totals)

    def negligible(self, result: Result, below: float) -> bool:
        """Whether `result` is of a group with less than the share `below` of its attribute's rows."""
        if not result.get("group"):
            return False
        total = self.totals.get(self._key(result), 0)
        return total > 0 and (result.get("n") or 0) < below * total

    @staticmethod
    def _key(result: Result) -> str:
        return "|".join(label(result.get(part)) for part in ("measure", "attribute", "class", "slice"))


def number(value: float) -> str:
    """A figure for a sentence: three decimals near one, fewer far from it."""
    return f"{value:.3f}" if abs(value) < 100 else f"{value:,.1f}"


def counted(n: int | None) -> str:
    return "" if n is None else f"n = {n:,}"
