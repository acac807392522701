"""The protocol's calls on what metrics were, step after step."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from apps.accounts.models import User
from apps.tracking.models import MetricPoint, Run
from apps.tracking.protocol.door import call
from apps.tracking.protocol.reading import Body, Text
from apps.tracking.protocol.refusals import invalid, missing
from apps.tracking.protocol.runs import RunNamed
from apps.tracking.protocol.tokens import UNKNOWN, place_of, token_of
from apps.tracking.selectors.histories import points_of, sampled
from apps.tracking.services.logbooks import metric_shown

MOST_POINTS, MOST_RUNS, SAMPLED = 25_000, 100, 320


class History(RunNamed):
    metric_key: Annotated[Text, Field(min_length=1)]
    max_results: Annotated[int, Field(ge=1)] | None = None
    page_token: Text = ""


class Bulk(Body):
    run_id: Annotated[list[Text], Field(min_length=1, max_length=MOST_RUNS)]
    metric_key: Annotated[Text, Field(min_length=1)]
    max_results: Annotated[int, Field(ge=1)] = MOST_POINTS


class Interval(Body):
    run_ids: Annotated[list[Text], Field(min_length=1, max_length=MOST_RUNS)]
    metric_key: Annotated[Text, Field(min_length=1)]
    start_step: int | None = None
    end_step: int | None = None
    max_results: Annotated[int, Field(ge=1, le=2500)] = SAMPLED


@call(History)
def get_history(user: User, asked: History) -> dict[str, Any]:
    """Without max_results all of it, up to 25,000 points a page."""
    (run,) = _runs(user, [asked.run_id])
    most = min(asked.max_results or MOST_POINTS, MOST_POINTS)
    rows = points_of(run, asked.metric_key, after=_place(asked.page_token))[: most + 1]
    page = list(rows)
    shown: dict[str, Any] = {"metrics": [metric_shown(row) for row in page[:most]]}
    if len(page) > most:
        shown["next_page_token"] = token_of(after=_order(page[most - 1]))
    return shown


@call(Bulk)
def get_history_bulk(user: User, asked: Bulk) -> dict[str, Any]:
    runs = sorted(_runs(user, asked.run_id), key=lambda run: run.reference)
    left, shown = min(asked.max_results, MOST_POINTS), []
    for run in runs:
        rows = list(points_of(run, asked.metric_key)[:left])
        shown += [{**metric_shown(row), "run_id": run.reference} for row in rows]
        left -= len(rows)
    return {"metrics": shown}


@call(Interval)
def get_history_bulk_interval(user: User, asked: Interval) -> dict[str, Any]:
    """Of each run as many steps as asked for, spread over all of them, and always the first and the last."""
    if (asked.start_step is None) != (asked.end_step is None):
        raise invalid("If either start step or end step are specified, both must be specified.")
    if asked.start_step is not None and asked.end_step is not None and asked.start_step > asked.end_step:
        raise invalid(f"end_step must be greater than start_step. Found {asked.start_step} and {asked.end_step}.")
    runs = _runs(user, asked.run_ids)
    span = None if asked.start_step is None else (asked.start_step, asked.end_step)
    rows = sampled(runs, asked.metric_key, span, asked.max_results)
    names = {run.pk: run.reference for run in runs}
    return {"metrics": [{**metric_shown(row), "run_id": names[row.run_id]} for row in rows]}


def _runs(user: User, references: Sequence[str]) -> list[Run]:
    found = {run.reference: run for run in Run.objects.visible_to(user).filter(reference__in=references)}
    for reference in references:
        if reference not in found:
            raise missing(f"Run '{reference}' not found.")
    return [found[reference] for reference in dict.fromkeys(references)]


def _order(row: MetricPoint) -> list[int]:
    return [row.step, row.timestamp, row.place]


def _place(token: str) -> list[int] | None:
    place = place_of(token).get("after")
    if not token:
        return None
    if not isinstance(place, list) or [type(part) for part in place] != [int] * 3:
        raise invalid(UNKNOWN)
    if any(abs(part) >= 2**63 for part in place):
        raise invalid(UNKNOWN)
    return place
