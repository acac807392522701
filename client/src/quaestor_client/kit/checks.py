"""A contract's checks, and how each is held against columns."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timezone
from typing import Any

from quaestor_client.kit.outcome import Untestable

OPERATORS: dict[str, Callable[[float, Any], bool]] = {
    "mustBe": lambda figure, limit: figure == limit,
    "mustNotBe": lambda figure, limit: figure != limit,
    "mustBeGreaterThan": lambda figure, limit: figure > limit,
    "mustBeGreaterOrEqualTo": lambda figure, limit: figure >= limit,
    "mustBeLessThan": lambda figure, limit: figure < limit,
    "mustBeLessOrEqualTo": lambda figure, limit: figure <= limit,
    "mustBeBetween": lambda figure, limit: limit[0] <= figure <= limit[1],
    "mustNotBeBetween": lambda figure, limit: not limit[0] <= figure <= limit[1],
}
BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
LENGTHS = ("minLength", "maxLength")
NONE = {"mustBe": 0}
Cells = list[Any]


@dataclass(frozen=True)
class Found:
    """What came of one check."""

    name: str
    passed: bool
    sentence: str


class Column:
    """A column's cells; a CSV file's are read as the type that a check asks for."""

    def __init__(self, name: str, cells: Cells, texts: bool) -> None:
        self.name, self.cells, self.texts = name, cells, texts

    def of_type(self, kind: str | None) -> Cells:
        """The cells as `kind`; what isn't of it stays as it is."""
        if not self.texts or kind in (None, "string"):
            return self.cells
        return [_parsed(cell, kind) for cell in self.cells]


@dataclass(frozen=True)
class Check:
    """One thing that is held against a table.

    Attributes:
        wrong: tells of the cells, row by row, which fail; or, for keys, of whole columns how many rows do.
        expects: the operator of the standard and its limit, of the count of failing rows; or of all rows.
    """

    name: str
    columns: tuple[str, ...]
    figure: Callable[[list[Column]], int]
    expects: Mapping[str, Any]
    percent: bool = False

    def found(self, columns: Mapping[str, Column], rows: int) -> Found:
        count = self.figure([columns[name] for name in self.columns]) if self.columns else rows
        figure = 100 * count / rows if self.percent else count
        (operator, limit), *_ = self.expects.items()
        shown = f"{figure:.3g} percent" if self.percent else f"{count:,} of {rows:,} rows"
        return Found(self.name, OPERATORS[operator](figure, limit), f"{shown}; {_words(operator, limit)}.")


def the_table(document: Mapping[str, Any], wanted: str) -> Mapping[str, Any]:
    """The object of the contract's schema that is meant.

    Raises:
        Untestable: there is none, or several and none named.
    """
    tables = [one for one in document.get("schema") or [] if isinstance(one, Mapping)]
    called = [
        one for one in tables if not wanted or wanted in (one.get("name"), one.get("physicalName"), one.get("id"))
    ]
    if len(called) != 1:
        names = ", ".join(str(one.get("name")) for one in tables) or "none"
        raise Untestable(f"Say which table of the contract is meant; it has: {names}.")
    return called[0]


def checks_of(table: Mapping[str, Any]) -> tuple[list[Check], list[str]]:
    """The checks of a table's contract, and what of it can't be checked here.

    Raises:
        Untestable: something in it says nothing that could be checked.
    """
    checks: list[Check] = []
    left: list[str] = []
    columns = [one for one in table.get("properties") or [] if one.get("semanticType") != "measure"]
    for column in columns:
        _add_column(column, checks, left)
    key = [
        _name(one)
        for one in sorted(columns, key=lambda one: one.get("primaryKeyPosition", -1))
        if one.get("primaryKey")
    ]
    if key:
        checks.append(Check(f"{' and '.join(key)} unique", tuple(key), _doubled, NONE))
    for rule in table.get("quality") or []:
        _add_rule(rule, None, checks, left)
    left += [f"relationship of {table.get('name')}" for _ in table.get("relationships") or []]
    return checks, left


def _add_column(column: Mapping[str, Any], checks: list[Check], left: list[str]) -> None:
    name, kind = _name(column), column.get("logicalType")
    only = (name,)
    checks.append(
        Check(f"{name} is {kind or 'there'}", only, _counting(lambda cell: not _is(cell, kind), kind), NONE)
    )
    if column.get("required") or column.get("primaryKey"):
        checks.append(Check(f"{name} not null", only, _counting(lambda cell: cell is None, kind, absent=True), NONE))
    if column.get("unique"):
        checks.append(Check(f"{name} unique", only, _doubled, NONE))
    _add_options(name, column.get("logicalTypeOptions") or {}, kind, checks, left)
    if column.get("enum"):
        members = {one["value"] for one in column["enum"]}
        checks.append(Check(f"{name} in its set", only, _counting(lambda cell: cell not in members, kind), NONE))
    for rule in column.get("quality") or []:
        _add_rule(rule, column, checks, left)
    left += [f"relationship of {name}" for _ in column.get("relationships") or []]


def _add_options(
    name: str, options: Mapping[str, Any], kind: str | None, checks: list[Check], left: list[str]
) -> None:
    only = (name,)
    if any(bound in options for bound in BOUNDS):
        checks.append(Check(f"{name} in its range", only, _counting(_outside(options, kind), kind), NONE))
    if any(bound in options for bound in LENGTHS):
        checks.append(Check(f"{name} has its length", only, _counting(_too_long(options), kind), NONE))
    if "pattern" in options:
        checks.append(Check(f"{name} has its form", only, _counting(_unlike(options["pattern"]), kind), NONE))
    _add_multiple(name, options.get("multipleOf"), kind, checks, left)


def _add_multiple(name: str, step: Any, kind: str | None, checks: list[Check], left: list[str]) -> None:
    if step is None:
        return
    told = f"{name} a multiple of {step}"
    if step == int(step) and kind == "integer":
        checks.append(Check(told, (name,), _counting(lambda cell: cell % step != 0, kind), NONE))
    else:
        left.append(told)  # only whole numbers have exact multiples


def _add_rule(
    rule: Mapping[str, Any], column: Mapping[str, Any] | None, checks: list[Check], left: list[str]
) -> None:
    metric = rule.get("metric") or rule.get("rule") or ""
    about = _name(column) if column else "table"
    name = str(rule.get("name") or f"{metric or rule.get('type') or 'rule'} of {about}")
    if rule.get("type") in ("text", "sql", "custom"):
        left.append(name)
        return
    if metric not in METRICS:
        raise Untestable(f"“{name}” measures “{metric}”; there are: {', '.join(METRICS)}.")
    expects = {operator: rule[operator] for operator in OPERATORS if operator in rule}
    if len(expects) != 1:
        raise Untestable(f"“{name}” has to say one thing that it must be: {', '.join(OPERATORS)}.")
    columns, figure = METRICS[metric](rule.get("arguments") or {}, column, name)
    percent = str(rule.get("unit", "rows")).lower() in ("percent", "percentage", "%")
    checks.append(Check(name, columns, figure, expects, percent))


Made = tuple[tuple[str, ...], Callable[[list[Column]], int]]


def _nulls(arguments: Mapping[str, Any], column: Mapping[str, Any] | None, name: str) -> Made:
    listed = arguments.get("missingValues") or []
    kind = (column or {}).get("logicalType")
    return (_only(column, name),), _counting(lambda cell: cell is None or cell in listed, kind, absent=True)


def _invalid(arguments: Mapping[str, Any], column: Mapping[str, Any] | None, name: str) -> Made:
    kind = (column or {}).get("logicalType")
    if "validValues" in arguments:
        members = arguments["validValues"]
        wrong: Callable[[Any], bool] = lambda cell: cell not in members  # noqa: E731
    elif "pattern" in arguments:
        wrong = _unlike(arguments["pattern"])
    elif any(bound in arguments for bound in LENGTHS):
        wrong = _too_long(arguments)
    elif any(bound in arguments for bound in BOUNDS):
        wrong = _outside(arguments, kind)
    else:
        raise Untestable(f"“{name}” does not say what is valid.")
    return (_only(column, name),), _counting(wrong, kind)


def _duplicates(arguments: Mapping[str, Any], column: Mapping[str, Any] | None, name: str) -> Made:
    listed = arguments.get("properties")
    return tuple(listed) if listed else (_only(column, name),), _doubled


def _rows(arguments: Mapping[str, Any], column: Mapping[str, Any] | None, name: str) -> Made:
    return (), lambda columns: 0


METRICS: dict[str, Callable[[Mapping[str, Any], Any, str], Made]] = {
    "nullValues": _nulls,
    "missingValues": _nulls,
    "invalidValues": _invalid,
    "duplicateValues": _duplicates,
    "rowCount": _rows,
}


def _only(column: Mapping[str, Any] | None, name: str) -> str:
    if column is None:
        raise Untestable(f"“{name}” is of one column; it stands under that column's properties.")
    return _name(column)


def _name(column: Mapping[str, Any]) -> str:
    return str(column.get("physicalName") or column.get("name"))


def _counting(
    wrong: Callable[[Any], bool], kind: str | None, *, absent: bool = False
) -> Callable[[list[Column]], int]:
    """How many cells are wrong; one that is missing only where `absent` ones are asked about."""

    def count(columns: list[Column]) -> int:
        cells = columns[0].of_type(kind)
        return sum(1 for cell in cells if (absent or cell is not None) and _wrong(wrong, cell))

    return count


def _wrong(wrong: Callable[[Any], bool], cell: Any) -> bool:
    try:
        return bool(wrong(cell))
    except TypeError:  # a cell of another type is neither in a range nor of a form
        return True


def _doubled(columns: list[Column]) -> int:
    """Rows beyond the first of each key, among those whose key is whole."""
    keys = [key for key in zip(*(column.cells for column in columns)) if None not in key]
    try:
        return len(keys) - len(set(keys))
    except TypeError:  # lists and the like
        return len(keys) - len(set(map(repr, keys)))


def _outside(options: Mapping[str, Any], kind: str | None) -> Callable[[Any], bool]:
    low, high = _limit(options.get("minimum"), kind), _limit(options.get("maximum"), kind)
    above, below = _limit(options.get("exclusiveMinimum"), kind), _limit(options.get("exclusiveMaximum"), kind)

    def wrong(cell: Any) -> bool:
        cell = _parsed(cell, kind) if kind in MOMENTS else cell
        return (
            (low is not None and cell < low)
            or (high is not None and cell > high)
            or (above is not None and cell <= above)
            or (below is not None and cell >= below)
        )

    return wrong


def _too_long(options: Mapping[str, Any]) -> Callable[[Any], bool]:
    low, high = options.get("minLength", 0), options.get("maxLength")
    return lambda cell: len(cell) < low or (high is not None and len(cell) > high)


def _unlike(pattern: str) -> Callable[[Any], bool]:
    try:
        form = re.compile(pattern)
    except re.error as error:
        raise Untestable(f"“{pattern}” is no pattern: {error}.") from None
    return lambda cell: form.search(cell) is None


def _limit(said: Any, kind: str | None) -> Any:
    return _parsed(said, kind) if kind in MOMENTS else said


def _is(cell: Any, kind: str | None) -> bool:
    if kind == "boolean":
        return isinstance(cell, bool)
    if kind in ("integer", "number"):
        number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
        return number and (kind == "number" or (math.isfinite(cell) and cell == int(cell)))
    if kind == "string":
        return isinstance(cell, str)
    if kind in MOMENTS:
        return isinstance(_parsed(cell, kind), datetime if kind == "timestamp" else date)
    return True


def _parsed(cell: Any, kind: str | None) -> Any:
    """A text as the value that it spells, a moment as its column has it; else the cell itself."""
    try:
        if isinstance(cell, str):
            cell = PARSERS[kind or ""](cell)
        return MOMENTS[kind or ""](cell) if isinstance(cell, date) else cell
    except (KeyError, ValueError):
        return cell


def _moment(cell: date) -> datetime:
    """In UTC, without saying so."""
    if not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - as tables hold moments
    return cell if cell.tzinfo is None else cell.astimezone(timezone.utc).replace(tzinfo=None)


def _day(cell: date) -> date:
    if isinstance(cell, datetime):
        moment = _moment(cell)
        return moment.date() if moment.time() == time() else moment
    return cell


PARSERS: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": lambda text: {"true": True, "false": False}[text.lower()],
    "date": date.fromisoformat,
    "timestamp": lambda text: datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text),
}
MOMENTS: dict[str, Callable[[date], date]] = {"date": _day, "timestamp": _moment}


def _words(operator: str, limit: Any) -> str:
    words = re.sub(r"([A-Z])", lambda found: f" {found.group(1).lower()}", operator)
    return f"{words} {limit[0]} and {limit[1]}" if isinstance(limit, (list, tuple)) else f"{words} {limit}"
