"""Checks as SQL. Whatever an aggregate can say is one expression of one statement, so that a table is scanned once.

Missing means NULL, and NaN in a column of numbers. What is missing is counted by not-null checks alone: it is never
out of range, out of a set, of the wrong form, or a duplicate. Infinity is a value like others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.datasets.contracts import limits
from apps.datasets.contracts.terms import Check, Kind
from apps.datasets.contracts.values import ORDERED, read_value, spelled_value
from apps.datasets.intake.columns import DATE, INTEGER, NUMBER, STRING, TIMESTAMP
from apps.datasets.intake.engine import identifier, literal

Types = Mapping[str, str]

ROW_BY_ROW = (Kind.NOT_NULL, Kind.RANGE, Kind.SET, Kind.REGEX)


class Unfit(Exception):
    """A check can't be held against this table; the sentence says why."""


def present(column: str, types: Types) -> str:
    """The condition that a cell of `column` is there."""
    name = identifier(column)
    return f"({name} IS NOT NULL AND NOT isnan({name}))" if types[column] == NUMBER else f"({name} IS NOT NULL)"


def failing(check: Check, types: Types) -> str:
    """The condition under which a row fails a check that looks at one row at a time.

    Raises:
        Unfit: the column is not there, or is of a type that the check has no meaning for.
    """
    require_columns(check, types)
    return _CONDITIONS[check.kind](check, check.columns[0], types)


def require_columns(check: Check, types: Types) -> None:
    """Raises Unfit where a column that `check` looks at is not there."""
    for column in check.columns:
        if column not in types:
            raise Unfit(f"The table has no column “{column}”.")


def _not_null(check: Check, column: str, types: Types) -> str:
    words = check.arguments.get("missing") or []
    absent = f"NOT {present(column, types)}"
    return f"({absent} OR {identifier(column)} IN ({_listed(words, types[column])}))" if words else absent


def _set(check: Check, column: str, types: Types) -> str:
    members = _listed(check.arguments["values"], types[column])
    return f"({present(column, types)} AND {identifier(column)} NOT IN ({members}))"


def _regex(check: Check, column: str, types: Types) -> str:
    if types[column] != STRING:
        raise Unfit(f"“{column}” is {types[column]}; only text has a pattern.")
    return f"(NOT regexp_matches({identifier(column)}, {literal(check.arguments['pattern'])}))"


def _range(check: Check, column: str, types: Types) -> str:
    said, name, type_ = check.arguments, identifier(column), types[column]
    if "multipleOf" in said:
        if type_ != INTEGER:
            raise Unfit(f"“{column}” is {type_}; only whole numbers have exact multiples.")
        return f"({name} % {int(said['multipleOf'])} <> 0)"
    if set(said) & set(limits.LENGTHS):
        return _length(said, name, column, type_)
    if type_ not in ORDERED:
        raise Unfit(f"“{column}” is {type_}, which has no range.")
    values = {
        bound: _read(said[bound], NUMBER if type_ == INTEGER else type_) for bound in limits.BOUNDS if bound in said
    }
    outside = []
    for (edge, is_open), beyond, at in (
        (limits.lowest(values, type_), "<", "<="),
        (limits.highest(values, type_), ">", ">="),
    ):
        if edge is not None:
            outside.append(f"{name} {at if is_open else beyond} {spelled_value(edge)}")
    return f"({present(column, types)} AND ({' OR '.join(outside)}))"


def _length(said: Mapping[str, Any], name: str, column: str, type_: str) -> str:
    if type_ != STRING:
        raise Unfit(f"“{column}” is {type_}; only text has a length.")
    outside = [f"length({name}) < {said['minLength']}"] if "minLength" in said else []
    outside += [f"length({name}) > {said['maxLength']}"] if "maxLength" in said else []
    return f"({' OR '.join(outside)})"


def _listed(raw: list[Any], type_: str) -> str:
    return ", ".join(spelled_value(_read(item, type_)) for item in raw)


def _read(raw: Any, type_: str) -> Any:
    try:
        return read_value(raw, type_)
    except ValueError as fault:
        raise Unfit(str(fault)) from None


_CONDITIONS: dict[Kind, Callable[[Check, str, Types], str]] = {
    Kind.NOT_NULL: _not_null,
    Kind.SET: _set,
    Kind.REGEX: _regex,
    Kind.RANGE: _range,
}


def figure(check: Check, types: Types) -> str:
    """The aggregate that a check of one scan asks for.

    Raises:
        Unfit: see `failing`; or a freshness check of a column that holds no moments.
    """
    if check.kind == Kind.ROW_COUNT:
        return "count(*)"
    if check.kind == Kind.FRESHNESS:
        require_columns(check, types)
        column = check.columns[0]
        if types[column] not in (DATE, TIMESTAMP):
            raise Unfit(f"“{column}” is {types[column]}; only dates and moments tell how fresh a table is.")
        return f"epoch_us(max({identifier(column)})::TIMESTAMP)"
    return f"count(*) FILTER (WHERE {failing(check, types)})"


def duplicates(check: Check, types: Types) -> str:
    """The statement that counts the rows beyond the first of each key, among those whose key is whole.

    It is one of its own: a hash table over the key's columns costs the same apart, and less memory at a time.
    """
    require_columns(check, types)
    there = " AND ".join(present(column, types) for column in check.columns)
    names = [identifier(column) for column in check.columns]
    key = names[0] if len(names) == 1 else f"({', '.join(names)})"
    return f"SELECT count(*) - count(DISTINCT {key}) FROM checked WHERE {there}"


def orphans(check: Check, types: Types, other: Types) -> str:
    """The statement that counts the rows whose whole key isn't in the other table."""
    return f"SELECT count(*) {unmatched(check, types, other)}"


def unmatched(check: Check, types: Types, other: Types) -> str:
    """FROM and WHERE of the rows whose key is whole and leads nowhere.

    An anti join, because DuckDB takes seven times as long for NOT EXISTS.

    Raises:
        Unfit: a column is missing on either side, or the two sides can't be equal.
    """
    require_columns(check, types)
    pairs = list(zip(check.columns, check.arguments["to"], strict=True))
    for column, target in pairs:
        if target not in other:
            raise Unfit(f"{check.arguments['dataset']} has no column “{target}”.")
        if not _comparable(types[column], other[target]):
            raise Unfit(f"“{column}” is {types[column]} and “{target}” there is {other[target]}.")
    there = " AND ".join(present(column, types) for column in check.columns)
    same = " AND ".join(f"other.{identifier(t)} = checked.{identifier(c)}" for c, t in pairs)
    return f"FROM checked ANTI JOIN other ON {same} WHERE {there}"


def _comparable(one: str, other: str) -> bool:
    return one == other or {one, other} in ({INTEGER, NUMBER}, {DATE, TIMESTAMP})
