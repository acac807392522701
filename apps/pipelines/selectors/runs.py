"""Runs as lists and pages show them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Max

from apps.pipelines.models import LogLine, Pipeline, PipelineRun, StepRun

LINES_A_PAGE = 1_000
WITH = ("pipeline__model", "version", "requested_by")


def runs_of(pipeline: Pipeline, most: int) -> list[PipelineRun]:
    """The newest runs, with what a line of a list shows."""
    return list(pipeline.runs.select_related(*WITH).order_by("-pk")[:most])


def last_runs(pipelines: Iterable[Pipeline]) -> dict[int, PipelineRun]:
    """The newest run of each, by the pipeline's key: in two queries, however many there are."""
    newest = PipelineRun.objects.filter(pipeline__in=pipelines).values("pipeline").annotate(last=Max("pk"))
    rows = PipelineRun.objects.filter(pk__in=[each["last"] for each in newest])
    return {run.pipeline_id: run for run in rows}


def steps_of(run: PipelineRun) -> list[StepRun]:
    """The steps in the order in which they are written, with their results."""
    steps = list(run.steps.select_related("result__step__run").order_by("place"))
    for step in steps:
        step.run = run
    return steps


def lines_after(step: StepRun, after: int, most: int = LINES_A_PAGE) -> list[LogLine]:
    """What the step printed after the line of that number, the oldest first."""
    return list(step.lines.filter(pk__gt=after).order_by("pk")[:most])


def last_lines(step: StepRun, most: int = LINES_A_PAGE) -> list[LogLine]:
    """The end of what it printed."""
    return list(step.lines.order_by("-pk")[:most])[::-1]


def outputs_of(step: StepRun) -> dict[str, dict[str, Any]]:
    return step.result.outputs if step.result else {}
