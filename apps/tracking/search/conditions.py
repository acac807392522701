"""Comparisons as the database makes them, the same on both."""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Lookup

from apps.tracking.search.grammar import Clause

INT64 = 2**63
LARGEST = 1.7976931348623157e308
LOOKUPS = {"=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte", "IN": "in"}


class Like(Lookup):
    """SQL's LIKE with % and _, where capitals count; nothing escapes them."""

    lookup_name = "as_pattern"
    prepare_rhs = False
    operator = "LIKE"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, before = self.process_lhs(compiler, connection)
        return f"{column} {self.operator} %s ESCAPE ''", [*before, self.rhs]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, before = self.process_lhs(compiler, connection)
        return f"{column} GLOB %s", [*before, as_glob(self.rhs)]


class LikeInAnyCase(Like):
    """The same where capitals don't count (of ASCII, on SQLite)."""

    lookup_name = "as_pattern_in_any_case"
    operator = "ILIKE"

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, before = self.process_lhs(compiler, connection)
        return f"{column} LIKE %s", [*before, self.rhs]


GLOB = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


def as_glob(pattern: str) -> str:
    """A pattern of LIKE as one of SQLite's GLOB."""
    return "".join(GLOB.get(character, character) for character in pattern)


def compared(clause: Clause, column: str) -> Any:
    """The condition that `column` compares so with the clause's value; a text's or a number's, not IS NULL."""
    if clause.comparator in ("LIKE", "ILIKE"):
        return (Like if clause.comparator == "LIKE" else LikeInAnyCase)(F(column), clause.value)
    if clause.comparator in ("!=", "NOT IN"):
        return ~Q(**{f"{column}__{'exact' if clause.comparator == '!=' else 'in'}": clause.value})
    return Q(**{f"{column}__{LOOKUPS[clause.comparator]}": clause.value})


def compared_whole(clause: Clause, column: str) -> Any:
    """The same for a column of whole numbers, whatever the value's size and fraction."""
    value = float(str(clause.value))
    if value.is_integer() and abs(value) < INT64:
        return compared(Clause(clause.kind, clause.key, clause.comparator, int(value)), column)
    wide = models.functions.Cast(F(column), models.FloatField())
    return BY_COMPARATOR[clause.comparator](wide, bounded(value))


def bounded(value: float) -> float:
    """`value`, or the largest number where it is beyond."""
    return max(-LARGEST, min(LARGEST, value))


BY_COMPARATOR: dict[str, Callable[[Any, float], Any]] = {
    "=": models.lookups.Exact,
    "!=": lambda column, value: ~Q(models.lookups.Exact(column, value)),
    "<": models.lookups.LessThan,
    "<=": models.lookups.LessThanOrEqual,
    ">": models.lookups.GreaterThan,
    ">=": models.lookups.GreaterThanOrEqual,
}
