"""Runs by what they are and what they logged."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import CharField, Exists, F, FilteredRelation, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from apps.tracking.models import DataInput, LatestMetric, Param, Run, RunTag
from apps.tracking.search.conditions import bounded, compared, compared_whole
from apps.tracking.search.grammar import Clause, Kind, Order, Vocabulary, read_filter, read_orders

COLUMNS = {
    "run_id": "reference",
    "run_name": "name",
    "status": "status",
    "user_id": "claimed_user",
    "start_time": "started_ms",
    "end_time": "ended_ms",
    "artifact_uri": "artifact_uri",
}
ALIASES = {"created": "start_time", "Created": "start_time"} | dict.fromkeys(
    ("run name", "Run name", "Run Name"), "run_name"
)
ATTRIBUTE = Kind(
    "attribute",
    ("attributes", "attribute", "attr", "run"),
    keys={**{key: key for key in COLUMNS}, **ALIASES},
    numbers=frozenset({"start_time", "end_time"}),
)
METRIC = Kind("metric", ("metrics", "metric"), numbers=True)
PARAM = Kind("param", ("params", "param", "parameters", "parameter"))
TAG = Kind("tag", ("tags", "tag"))
DATASET = Kind("dataset", ("datasets", "dataset"), keys={key: key for key in ("name", "digest", "context")})
WORDS = Vocabulary((ATTRIBUTE, METRIC, PARAM, TAG, DATASET))
SORTED_BY = Vocabulary((ATTRIBUTE, METRIC, PARAM, TAG))
TABLES: Mapping[str, type[Model]] = {"metric": LatestMetric, "param": Param, "tag": RunTag}
RELATIONS = {"metric": "latest", "param": "params", "tag": "tags"}
URI = Concat(
    Value("mlflow-artifacts:/"),
    Cast(F("experiment_id"), CharField()),
    Value("/"),
    F("reference"),
    Value("/artifacts"),
    output_field=CharField(),
)


def searched(rows: QuerySet[Run], filter_text: str, order_by: Sequence[str]) -> QuerySet[Run]:
    """Of `rows` those that a filter lets through, in the order that is asked for.

    Ties go to the run that started last, then to the lower id.

    Raises:
        BadInput: the filter or the order can't be read.
    """
    clauses = read_filter(filter_text, WORDS)
    orders = read_orders(order_by, SORTED_BY)
    if any(named.key == "artifact_uri" for named in (*clauses, *orders)):
        rows = rows.alias(artifact_uri=URI)
    for clause in clauses:
        rows = rows.filter(_condition(clause))
    return _sorted(rows, orders)


def _condition(clause: Clause) -> Any:
    if clause.kind == "attribute":
        return _of_attribute(clause)
    if clause.kind == "dataset":
        return _of_dataset(clause)
    logged = TABLES[clause.kind]._default_manager.filter(run_id=OuterRef("pk"), key=clause.key)
    if clause.comparator == "IS NULL":
        return ~Exists(logged)
    if clause.comparator == "IS NOT NULL":
        return Exists(logged)
    return Exists(logged.filter(_of_metric(clause) if clause.kind == "metric" else compared(clause, "value")))


def _of_attribute(clause: Clause) -> Any:
    column = COLUMNS[clause.key]
    if clause.value is None:
        return Q(**{f"{column}__isnull": clause.comparator == "IS NULL"})
    return compared_whole(clause, column) if ATTRIBUTE.is_number(clause.key) else compared(clause, column)


def _of_metric(clause: Clause) -> Any:
    """What is no number compares with nothing: it is unequal to all."""
    value = Clause(clause.kind, clause.key, clause.comparator, bounded(float(str(clause.value))))
    if clause.comparator == "!=":
        return compared(value, "value") | Q(is_nan=True)
    return compared(value, "value") & Q(is_nan=False)


def _of_dataset(clause: Clause) -> Any:
    read = DataInput.objects.filter(run_id=OuterRef("pk"))
    if clause.value is None:
        there = Exists(read.exclude(**{clause.key: ""}))
        return there if clause.comparator == "IS NOT NULL" else ~there
    return Exists(read.filter(compared(clause, clause.key)))


def _sorted(rows: QuerySet[Run], orders: Sequence[Order]) -> QuerySet[Run]:
    by: list[Any] = []
    for place, order in enumerate(orders):
        column = COLUMNS.get(order.key, "") if order.kind == "attribute" else f"sorted_{place}__value"
        if order.kind != "attribute":
            logged = RELATIONS[order.kind]
            joined = FilteredRelation(logged, condition=Q(**{f"{logged}__key": order.key}))
            rows = rows.alias(**{f"sorted_{place}": joined})
        if order.kind == "metric":  # values, then what is no number, then what is not there
            by.append(F(f"sorted_{place}__is_nan").asc(nulls_last=True))
        value = F(column)
        by.append(value.asc(nulls_last=True) if order.ascending else value.desc(nulls_last=True))
    if not any((order.kind, order.key) == ("attribute", "start_time") for order in orders):
        by.append(F("started_ms").desc())
    return rows.order_by(*by, "reference")
