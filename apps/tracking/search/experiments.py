"""Experiments by name, number, times and tags."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Func, Q, QuerySet, TextField, Value

from apps.core.errors import BadInput
from apps.tracking.models import Experiment
from apps.tracking.search.conditions import bounded, compared
from apps.tracking.search.grammar import Clause, Kind, Vocabulary, read_filter, read_orders

COLUMNS = {"name": "name", "experiment_id": "pk", "creation_time": "created_at", "last_update_time": "changed_at"}
ATTRIBUTE = Kind(
    "attribute",
    ("attributes", "attribute", "attr"),
    keys={key: key for key in COLUMNS},
    numbers=frozenset({"creation_time", "last_update_time"}),
    may_be_missing=False,
)
TAG = Kind("tag", ("tags", "tag"))
WORDS = Vocabulary((ATTRIBUTE, TAG))
EPOCH, LAST_MS = datetime(1970, 1, 1, tzinfo=UTC), 200_000_000_000_000  # the year 8307
SORTED_BY = Vocabulary((ATTRIBUTE,))


class TagValue(Func):
    """The text under a key of the tags, whatever the key looks like; NULL where there is none."""

    output_field = TextField()
    function = "jsonb_extract_path_text"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, list[Any]]:
        column, before = compiler.compile(self.source_expressions[0])
        key, said = compiler.compile(self.source_expressions[1])
        return f"(SELECT value FROM json_each({column}) WHERE key = {key})", [*before, *said]


def searched(rows: QuerySet[Experiment], filter_text: str, order_by: Sequence[str]) -> QuerySet[Experiment]:
    """Of `rows` those that a filter lets through, in the order that is asked for; the last made first, by itself.

    Raises:
        BadInput: the filter or the order can't be read.
    """
    for place, clause in enumerate(read_filter(filter_text, WORDS)):
        if clause.kind == "tag":
            rows = rows.alias(**{f"tag_{place}": TagValue(F("tags"), Value(clause.key))})
        rows = rows.filter(_condition(clause, f"tag_{place}"))
    orders = read_orders(order_by, SORTED_BY)
    by = [f"{'' if order.ascending else '-'}{COLUMNS[order.key]}" for order in orders]
    last_made = [] if by else ["-changed_at"]
    return rows.order_by(*by, *last_made, *([] if "pk" in by or "-pk" in by else ["-pk"]))


def _condition(clause: Clause, tag: str) -> Any:
    if clause.kind == "tag":
        if clause.value is None:
            return Q(**{f"{tag}__isnull": clause.comparator == "IS NULL"})
        there = Q(**{f"{tag}__isnull": False})
        return there & Q(compared(clause, tag))
    if clause.key == "experiment_id":
        return _by_number(clause)
    if clause.key == "name":
        return compared(clause, "name")
    return _by_time(clause)


def _by_number(clause: Clause) -> Any:
    if clause.comparator not in ("=", "!=", "IN", "NOT IN"):
        raise BadInput(f"Invalid comparator for experiment_id: {clause.comparator}")
    said = clause.value if isinstance(clause.value, tuple) else (str(clause.value),)
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in said):
        raise BadInput("An experiment_id is a number in quotes.")
    among = Q(pk__in=[int(text) for text in said])
    return ~among if clause.comparator in ("!=", "NOT IN") else among


def _by_time(clause: Clause) -> Any:
    """Times are told in whole milliseconds; each stands for all of its own."""
    column, told = COLUMNS[clause.key], max(0, min(LAST_MS, int(bounded(float(str(clause.value))))))
    at, after = EPOCH + timedelta(milliseconds=told), EPOCH + timedelta(milliseconds=told + 1)
    within = Q(**{f"{column}__gte": at, f"{column}__lt": after})
    return {
        "=": within,
        "!=": ~within,
        "<": Q(**{f"{column}__lt": at}),
        "<=": Q(**{f"{column}__lt": after}),
        ">": Q(**{f"{column}__gte": after}),
        ">=": Q(**{f"{column}__gte": at}),
    }[clause.comparator]
