"""Runs as they are drawn: tones and words for states, and outputs with where they can be looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.core.templatetags.format import size
from apps.pipelines.models import PipelineRun, StepRun
from apps.pipelines.showing import KINDS, drawn

State = StepRun.State
TONES = {
    State.QUEUED: "accent",
    State.RUNNING: "accent",
    State.RETRYING: "warn",
    State.DONE: "good",
    State.FAILED: "bad",
    State.CANCELLED: "muted",
    State.NOT_RUN: "muted",
    State.WAITING: "muted",
}


@dataclass(frozen=True)
class Thing:
    """Something that a step took or gave: what it is called there, what it is, and where to look at it."""

    name: str
    words: str
    url: str
    digest: str


@dataclass(frozen=True)
class StepOfRun:
    """A step of a run in a table."""

    name: str
    kind: str
    state: str
    words: str
    seconds: float | None
    tries: int
    error: str
    outputs: list[Thing]
    url: str


def graph_of(run: PipelineRun, steps: list[StepRun], url: str = "") -> dict[str, Any]:
    """The run's graph as it stands: {nodes, links}."""
    tones = {step.name: "good" if step.reused else TONES[State(step.state)] for step in steps}
    return drawn(run.definition, tones, {step.name: note_of(step) for step in steps}, url)


def note_of(step: StepRun) -> str:
    """How a step stands, in two words."""
    if step.reused:
        return "Unchanged"
    if step.state == State.RUNNING and step.waits_for:
        return f"Waits for {step.waits_for}"
    return str(step.get_state_display())


def lines_of(run: PipelineRun, steps: list[StepRun], now: datetime) -> list[StepOfRun]:
    """The steps as the table under the graph shows them."""
    return [
        StepOfRun(
            step.name,
            KINDS[step.kind],
            step.state,
            note_of(step),
            _seconds(step, now),
            step.tries,
            step.error,
            things(run, step.name, step.result.outputs if step.result else {}),
            reverse("pipeline-step", args=[run.reference, step.name]),
        )
        for step in steps
    ]


def things(run: PipelineRun, step: str, given: dict[str, dict[str, Any]]) -> list[Thing]:
    """What a step took or gave."""
    return [_thing(run, step, name, each) for name, each in given.items()]


def _thing(run: PipelineRun, step: str, name: str, given: dict[str, Any]) -> Thing:
    kind, reference = given["kind"], given.get("reference", "")
    words = {
        "table": lambda: f"{reference}, {given['rows']:,} rows",
        "version": lambda: reference,
        "evaluation": lambda: f"{reference}: {given['outcome'].replace('_', ' ')}",
        "model": lambda: f"{given['format']} model, {size(given.get('size', 0))}",
        "file": lambda: f"{given['name']}, {size(given['size'])}",
        "report": lambda: str(given.get("words", "Report")),
    }[kind]()
    addresses = {"table": "dataset-version", "version": "version", "evaluation": "evaluation"}
    url = reverse(addresses[kind], args=[reference]) if kind in addresses else ""
    if kind in ("file", "model"):
        url = reverse("pipeline-step-file", args=[run.reference, step, name])
    return Thing(name, words, url or str(given.get("url", "")), str(given.get("digest", "")))


def _seconds(step: StepRun, now: datetime) -> float | None:
    if step.started_at is None or step.reused:
        return None
    return max(((step.ended_at or now) - step.started_at).total_seconds(), 0.0)
