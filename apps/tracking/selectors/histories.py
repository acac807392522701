"""What a metric was, step after step."""

from bisect import bisect_left
from collections.abc import Sequence

from django.db.models import Q, QuerySet

from apps.tracking.models import MetricPoint, Run


def points_of(run: Run, key: str, *, after: Sequence[int] | None = None) -> QuerySet[MetricPoint]:
    """The points of a metric by step, then time, then as they came.

    Args:
        after: step, time and place of a point; those behind it.
    """
    rows = MetricPoint.objects.filter(run=run, key=key).order_by("step", "timestamp", "place")
    if after is None:
        return rows
    step, timestamp, place = after
    same = Q(step=step)
    return rows.filter(
        Q(step__gt=step) | same & Q(timestamp__gt=timestamp) | same & Q(timestamp=timestamp, place__gt=place)
    )


def sampled(runs: Sequence[Run], key: str, span: tuple[int, int] | None, steps_a_run: int) -> list[MetricPoint]:
    """At most so many steps of each run, spread evenly over those that any of the runs has, and its first and last.

    Args:
        span: the first and the last step of interest.
    """
    rows = MetricPoint.objects.filter(run__in=runs, key=key)
    if span is not None:
        rows = rows.filter(step__range=span)
    of_runs: dict[int, set[int]] = {}
    for run_id, step in rows.values_list("run_id", "step").distinct():
        of_runs.setdefault(run_id, set()).add(step)
    every = sorted(set().union(*of_runs.values()))
    chosen = {*_spread(every, steps_a_run)}
    for steps in of_runs.values():
        chosen |= {min(steps), max(steps)}
    kept = rows.filter(step__in=sorted(chosen)).order_by("run_id", "step", "timestamp", "place")
    return list(kept)


def _spread(steps: Sequence[int], most: int) -> list[int]:
    """At most `most` of `steps`, evenly over what they span."""
    if len(steps) <= most:
        return list(steps)
    first, last = steps[0], steps[-1]
    wanted = (first + (last - first) * place / max(most - 1, 1) for place in range(most))
    return sorted({steps[min(bisect_left(steps, step), len(steps) - 1)] for step in wanted})
