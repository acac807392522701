"""A contract as it is checked: the columns it promises and its checks, each with what is expected and how severe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The ten kinds of checks."""

    NOT_NULL = "not_null"
    UNIQUE = "unique"
    RANGE = "range"
    SET = "set"
    REGEX = "regex"
    FRESHNESS = "freshness"
    ROW_COUNT = "row_count"
    REFERENTIAL = "referential"
    DISTRIBUTION = "distribution"
    SQL = "sql"


class Severity(StrEnum):
    """What a failure does: refuse the version for use, or be noted."""

    BLOCK = "block"
    WARN = "warn"


OPERATORS = {
    "is": "exactly {0}",
    "is_not": "anything but {0}",
    "more_than": "more than {0}",
    "at_least": "at least {0}",
    "less_than": "less than {0}",
    "at_most": "at most {0}",
    "between": "from {0} to {1}",
    "not_between": "outside of {0} to {1}",
}


@dataclass(frozen=True)
class Expectation:
    """What a measured figure has to be.

    Attributes:
        operator: one of `OPERATORS`.
        limits: one number, or two for (not_)between.
        unit: of the figure and the limits: rows, percent, seconds, "" for a bare number.
    """

    operator: str
    limits: tuple[float, ...]
    unit: str = "rows"

    def met(self, value: float) -> bool:
        """Whether `value` is as expected. Integers are compared as integers, whatever their size."""
        first, last = self.limits[0], self.limits[-1]
        return {
            "is": value == first,
            "is_not": value != first,
            "more_than": value > first,
            "at_least": value >= first,
            "less_than": value < first,
            "at_most": value <= first,
            "between": first <= value <= last,
            "not_between": not first <= value <= last,
        }[self.operator]

    def __str__(self) -> str:
        said = OPERATORS[self.operator].format(*(spelled(limit, self.unit) for limit in self.limits))
        return "no row fails" if (self.operator, self.limits, self.unit) == ("is", (0,), "rows") else said

    def as_dict(self) -> dict[str, Any]:
        return {"operator": self.operator, "limits": list(self.limits), "unit": self.unit}


NONE = Expectation("is", (0,))

UNITS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


def spelled(value: float, unit: str) -> str:
    """A figure with its unit: "1.5 %", "2 d", "12 rows"."""
    if unit == "seconds":
        name, seconds = next(((n, s) for n, s in reversed(UNITS.items()) if abs(value) >= s), ("s", 1))
        return f"{value / seconds:.4g} {name}"
    shown = f"{value:,}" if isinstance(value, int) else f"{value:.6g}"
    return {"percent": f"{shown} %", "rows": f"{shown} row{'' if value == 1 else 's'}"}.get(unit, shown)


@dataclass(frozen=True)
class Check:
    """One thing that is held against a table.

    Attributes:
        name: unique in its contract.
        columns: the table's columns that it looks at.
        arguments: what it needs beside, by kind; see docs/contracts.md.
        place: where it stands in the document, as a path.
    """

    name: str
    kind: Kind
    severity: Severity
    expects: Expectation
    columns: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    place: tuple[str | int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "kind": str(self.kind),
            "severity": str(self.severity),
            "expects": str(self.expects),
            "columns": list(self.columns),
            "arguments": dict(self.arguments),
            "description": self.description,
        }


@dataclass(frozen=True)
class Field:
    """A column that the contract promises; `type` is None where it says nothing of it."""

    name: str
    type: str | None
    required: bool = False
    key: bool = False
    id: str | None = None
    description: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Kept:
    """A part of the document that is kept and given back, and not checked: what it is, where, and why not."""

    what: str
    line: int
    why: str


@dataclass(frozen=True)
class Terms:
    """A contract that can be held against a table.

    Attributes:
        table: the name of its object in the document, which custom SQL reads from.
        compatibility: what a next version of the table may change; see `evolution`.
    """

    table: str
    version: str
    compatibility: str
    fields: tuple[Field, ...]
    checks: tuple[Check, ...]
    kept: tuple[Kept, ...] = ()

    @property
    def types(self) -> dict[str, str | None]:
        return {entry.name: entry.type for entry in self.fields}

    def check(self, name: str) -> Check:
        """The check of that name.

        Raises:
            KeyError: there is none.
        """
        found = next((check for check in self.checks if check.name == name), None)
        if found is None:
            raise KeyError(name)
        return found
