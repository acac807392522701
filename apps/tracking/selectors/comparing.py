"""Several runs beside one another: what is the same, what differs, and how each metric went."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from apps.tracking.models import MetricPoint, Run
from apps.tracking.selectors.tables import METRICS, PARAMS, TAGS, Line

MOST_CURVES, POINTS = 12, 300


@dataclass(frozen=True)
class Compared:
    """A figure of several runs: its value of each, and whether they differ."""

    key: str
    values: list[Any]

    @property
    def differs(self) -> bool:
        return len({str(value) for value in self.values}) > 1


def compared(lines: Sequence[Line], kind: str) -> list[Compared]:
    """Every key of a kind that one of the runs has; those that differ come first."""
    keys = sorted({key for line in lines for key in line.logged[kind] if not key.startswith("mlflow.")})
    rows = [Compared(key, [line.logged[kind].get(key) for line in lines]) for key in keys]
    return sorted(rows, key=lambda row: not row.differs)


def sections(lines: Sequence[Line]) -> list[tuple[str, list[Compared]]]:
    """Parameters, metrics and tags beside one another, without those that nobody has."""
    titles = ((PARAMS, "Parameters"), (METRICS, "Metrics, last values"), (TAGS, "Tags"))
    return [(title, rows) for kind, title in titles if (rows := compared(lines, kind))]


def curves(runs: Sequence[Run], keys: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Of each metric that went over steps its course in every run, thinned: [{key, series: [{name, points}]}].

    Args:
        keys: which metrics; by default those of the runs, the first dozen by name.
    """
    names = {run.pk: run.name for run in runs}
    if keys is None:
        stepped = MetricPoint.objects.filter(run__in=runs, step__gt=0).order_by("key")
        keys = list(stepped.values_list("key", flat=True).distinct()[:MOST_CURVES])
    courses: dict[str, dict[int, list[tuple[float, float]]]] = {key: {} for key in keys}
    for key, run_id, step, value in _thinned(runs, keys):
        courses[key].setdefault(run_id, []).append((step, value))
    return [
        {"key": key, "series": [{"name": names[run], "points": of[run]} for run in names if run in of]}
        for key, of in courses.items()
        if any(len(course) > 1 for course in of.values())
    ]


def _thinned(runs: Sequence[Run], keys: Sequence[str]) -> Any:
    """Of every course about as many points as a drawing can show, spread evenly, its first and last among them."""
    rows = MetricPoint.objects.filter(run__in=runs, key__in=keys, is_nan=False)
    each: Any = {"partition_by": [F("run_id"), F("key")]}
    in_order = [F("step"), F("timestamp"), F("place")]
    rows = rows.annotate(
        nth=Window(RowNumber(), order_by=in_order, **each), of=Window(Count("place"), **each)
    ).annotate(rest=F("nth") % (F("of") / POINTS + 1))
    rows = rows.filter(Q(rest=0) | Q(nth=1) | Q(nth=F("of")))
    return rows.order_by("key", "run_id", "nth").values_list("key", "run_id", "step", "value")
