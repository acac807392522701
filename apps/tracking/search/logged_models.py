"""Logged models by what they are, and what runs measured of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value

from apps.tracking.models import LoggedModel, ModelMetric
from apps.tracking.search.conditions import bounded, compared
from apps.tracking.search.experiments import TagValue
from apps.tracking.search.grammar import Clause, Kind, Vocabulary, read_filter, read_orders

TIMES = {"creation_timestamp": "created_at", "last_updated_timestamp": "changed_at"}
TIMES |= {f"{name}_ms": column for name, column in TIMES.items()} | {"creation_time": "created_at"}
COLUMNS = {
    "model_id": "reference",
    "name": "name",
    "model_name": "name",
    "model_type": "model_type",
    "status": "status",
    "source_run_id": "source_run__reference",
    **TIMES,
}
ATTRIBUTE = Kind(
    "attribute",
    ("attributes", "attribute", "attr"),
    keys={key: key for key in COLUMNS},
    numbers=frozenset(TIMES),
    may_be_missing=False,
)
METRIC = Kind("metric", ("metrics", "metric"), numbers=True, may_be_missing=False)
PARAM = Kind("param", ("params", "param", "parameters", "parameter"))
TAG = Kind("tag", ("tags", "tag"))
WORDS = Vocabulary((ATTRIBUTE, METRIC, PARAM, TAG))
SORTED_BY = Vocabulary((ATTRIBUTE, METRIC))
EPOCH, LAST_MS = datetime(1970, 1, 1, tzinfo=UTC), 200_000_000_000_000
STATUSES = {status.removeprefix("LOGGED_MODEL_"): status for status in LoggedModel.Status.values}


@dataclass(frozen=True)
class Measure:
    """A dataset on which a metric has to have been measured; "" for any digest."""

    name: str
    digest: str = ""

    def rows(self) -> Q:
        said = Q(dataset_name=self.name)
        return said & Q(dataset_digest=self.digest) if self.digest else said


@dataclass(frozen=True)
class By:
    """By what a list is sorted, which way, and on which dataset a metric counts."""

    field: str
    ascending: bool = True
    on: Measure | None = None


def searched(
    rows: QuerySet[LoggedModel], filter_text: str, order_by: Sequence[By], datasets: Sequence[Measure] = ()
) -> QuerySet[LoggedModel]:
    """Of `rows` those that a filter lets through, in the order that is asked for; else the last made first.

    Args:
        datasets: those on which metrics that the filter names count; any where there are none.

    Raises:
        BadInput: the filter or the order can't be read.
    """
    for place, clause in enumerate(read_filter(filter_text, WORDS)):
        if clause.kind in ("param", "tag"):
            column = "params" if clause.kind == "param" else "tags"
            rows = rows.alias(**{f"said_{place}": TagValue(F(column), Value(clause.key))})
        rows = rows.filter(_condition(clause, f"said_{place}", datasets))
    return _sorted(rows, order_by)


def _condition(clause: Clause, said: str, datasets: Sequence[Measure]) -> Any:
    if clause.kind == "metric":
        return Exists(_measured(clause.key, datasets).filter(_of_metric(clause)))
    if clause.kind == "attribute":
        return _by_time(clause) if clause.key in TIMES else compared(_spelt(clause), COLUMNS[clause.key])
    there = Q(**{f"{said}__isnull": False})
    if clause.value is None:
        return ~there if clause.comparator == "IS NULL" else there
    return there & Q(compared(clause, said))


def _measured(key: str, datasets: Sequence[Measure]) -> QuerySet[ModelMetric]:
    among = Q()
    for dataset in datasets:
        among |= dataset.rows()
    return ModelMetric.objects.filter(among, model=OuterRef("pk"), key=key)


def _of_metric(clause: Clause) -> Any:
    """What is no number compares with nothing: it is unequal to all."""
    value = Clause(clause.kind, clause.key, clause.comparator, bounded(float(str(clause.value))))
    if clause.comparator == "!=":
        return compared(value, "value") | Q(is_nan=True)
    return compared(value, "value") & Q(is_nan=False)


def _spelt(clause: Clause) -> Clause:
    """A status may be said without what all of them begin with."""
    if clause.key != "status" or not isinstance(clause.value, str):
        return clause
    return Clause(clause.kind, clause.key, clause.comparator, STATUSES.get(clause.value.upper(), clause.value))


def _by_time(clause: Clause) -> Any:
    """Times are told in whole milliseconds; each stands for all of its own."""
    column, told = TIMES[clause.key], max(0, min(LAST_MS, int(bounded(float(str(clause.value))))))
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


def _sorted(rows: QuerySet[LoggedModel], order_by: Sequence[By]) -> QuerySet[LoggedModel]:
    by: list[Any] = []
    orders = read_orders([order.field for order in order_by], SORTED_BY)
    for place, (order, asked) in enumerate(zip(orders, order_by, strict=True)):
        value: Any = F(COLUMNS.get(order.key, ""))
        if order.kind == "metric":
            newest = _measured(order.key, [asked.on] if asked.on else []).filter(is_nan=False).order_by("-pk")
            rows = rows.annotate(**{f"measured_{place}": Subquery(newest.values("value")[:1])})
            value = F(f"measured_{place}")
        by.append(value.asc(nulls_last=True) if asked.ascending else value.desc(nulls_last=True))
    return rows.order_by(*by, "-created_at", "-pk")
