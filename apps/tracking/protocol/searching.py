"""The protocol's searches for runs and experiments, a page at a time."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from django.db.models import Q
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from pydantic import BeforeValidator, Field

from apps.accounts.models import User
from apps.tracking.models import Experiment, Run
from apps.tracking.protocol.door import call
from apps.tracking.protocol.experiments import DEFAULT_ID
from apps.tracking.protocol.reading import Body, Text
from apps.tracking.protocol.shapes import experiment_shown, run_shown, spelled
from apps.tracking.protocol.tokens import offset_of, token_of
from apps.tracking.search import experiments as of_experiments
from apps.tracking.search import runs as of_runs
from apps.tracking.selectors.experiments import by_name

MOST_RUNS, MOST_EXPERIMENTS = 50_000, 50_000
STREAMED_FROM = 2_000  # a longer page goes out as it is read, so that it is never whole in memory
VIEWS = {1: "ACTIVE_ONLY", 2: "DELETED_ONLY", 3: "ALL", "1": "ACTIVE_ONLY", "2": "DELETED_ONLY", "3": "ALL"}


def _view(said: Any) -> Any:
    return VIEWS.get(said, said) if isinstance(said, int | str) else said


View = Annotated[Literal["ACTIVE_ONLY", "DELETED_ONLY", "ALL"], BeforeValidator(_view)]


class SearchRuns(Body):
    experiment_ids: Annotated[list[Text], Field(max_length=1000)] = []
    filter: Text = ""
    run_view_type: View = "ACTIVE_ONLY"
    max_results: Annotated[int, Field(ge=1, le=MOST_RUNS)] = 1000
    order_by: list[Text] = []
    page_token: Text = ""


class SearchExperiments(Body):
    max_results: Annotated[int, Field(ge=1, le=MOST_EXPERIMENTS)] = 1000
    page_token: Text = ""
    filter: Text = ""
    order_by: list[Text] = []
    view_type: View = "ACTIVE_ONLY"


@call(SearchRuns)
def runs(user: User, asked: SearchRuns) -> HttpResponseBase:
    rows = Run.objects.visible_to(user).filter(experiment__in=_numbers(user, asked.experiment_ids))
    rows = of_runs.searched(rows.filter(_stage(asked.run_view_type)), asked.filter, asked.order_by)
    offset = offset_of(asked.page_token)
    page = rows.select_related("experiment", "logbook")[offset : offset + asked.max_results + 1]
    if asked.max_results < STREAMED_FROM:
        return spelled(*_spelt(page, offset, asked.max_results))
    pieces = _spelt(page.iterator(chunk_size=500), offset, asked.max_results)
    return StreamingHttpResponse(_begun(pieces), content_type="application/json")


@call(SearchExperiments)
def experiments(user: User, asked: SearchExperiments) -> dict[str, Any]:
    rows = Experiment.objects.visible_to(user)
    if asked.view_type != "ALL":
        active = asked.view_type == "ACTIVE_ONLY"
        rows = rows.filter(status=Experiment.Status.ACTIVE if active else Experiment.Status.DELETED)
    rows = of_experiments.searched(rows, asked.filter, asked.order_by)
    offset = offset_of(asked.page_token)
    page = list(rows[offset : offset + asked.max_results + 1])
    shown: dict[str, Any] = {"experiments": [experiment_shown(row) for row in page[: asked.max_results]]}
    if len(page) > asked.max_results:
        shown["next_page_token"] = token_of(offset=offset + asked.max_results)
    return shown


def _stage(view: str) -> Q:
    active = Q(put_aside_at=None, experiment__status=Experiment.Status.ACTIVE)
    return {"ACTIVE_ONLY": active, "DELETED_ONLY": ~active, "ALL": Q()}[view]


def _numbers(user: User, said: list[str]) -> list[int]:
    """The experiments' numbers; what is none is nobody's, and "0" is the default one of the caller's own unit."""
    numbers = [int(text) for text in said if text.isascii() and text.isdecimal() and len(text) < 19]
    if DEFAULT_ID in said and (default := by_name(user, Experiment.DEFAULT_NAME)):
        numbers.append(default.pk)
    return numbers


def _spelt(page: Any, offset: int, most: int) -> Iterator[str]:
    yield '{"runs":['
    more = False
    for place, run in enumerate(page):
        more = place == most
        if not more:
            yield f",{run_shown(run)}" if place else run_shown(run)
    yield "]"
    if more:
        yield f',"next_page_token":{json.dumps(token_of(offset=offset + most))}'
    yield "}"


def _begun(pieces: Iterator[str]) -> Iterator[str]:
    """The same pieces, the first ones read at once: what the database refuses is still told as a refusal."""
    first = [next(pieces), next(pieces)]
    return (piece for group in (first, pieces) for piece in group)
