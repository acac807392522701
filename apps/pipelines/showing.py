"""Pipelines as they are drawn: a box a step, and what each says in a line."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.charts import GraphNode
from apps.pipelines.format import Definition, Step, needs_of

KINDS = {
    "extract": "Extract",
    "check": "Check",
    "features": "Features",
    "split": "Split",
    "train": "Train",
    "register": "Register",
    "evaluate": "Evaluate",
    "score": "Score",
    "notify": "Notify",
    "command": "Command",
}


@dataclass(frozen=True)
class StepLine:
    """A step of a definition in a table: what it is, what it waits for, what it gives."""

    name: str
    kind: str
    description: str
    needs: list[str]
    gives: list[str]
    limits: str


def step_lines(definition: Definition) -> list[StepLine]:
    """The steps in the order in which they are written."""
    return [
        StepLine(
            step.name,
            KINDS[step.kind],
            step.description or said_of(step),
            sorted(needs_of(definition, step)),
            [f"{step.name}.{output}" for output in step.outputs()],
            _limits(step),
        )
        for step in definition.steps
    ]


def drawn(
    definition: Definition,
    tones: Mapping[str, str] | None = None,
    notes: Mapping[str, str] | None = None,
    url: str = "",
) -> dict[str, Any]:
    """Boxes and arrows for the graph: {nodes, links}.

    Args:
        tones, notes: by step, where a run is drawn; else a box says its kind.
        url: of the page on which each step has its place (#step-…).
    """
    nodes = [
        GraphNode(
            step.name,
            step.name,
            (notes or {}).get(step.name, KINDS[step.kind]),
            (tones or {}).get(step.name, ""),
            f"{url}#step-{step.name}",
        )
        for step in definition.steps
    ]
    links = [(need, step.name) for step in definition.steps for need in needs_of(definition, step)]
    return {"nodes": nodes, "links": links}


def said_of(step: Step) -> str:
    """What a step does, in a few words, from its fields."""
    return _SAID[step.kind](step)


def triggers_of(definition: Definition) -> list[tuple[str, str]]:
    """What starts it by itself, in words."""
    said = definition.triggers
    found = [("New data", ", ".join(said.new_data))] if said.new_data else []
    if said.alerts:
        found.append(("Alerts", f"{', '.join(said.alerts.families)}; from {said.alerts.level} on"))
    if said.schedule:
        found.append(("Calendar", f"{said.schedule.cron} ({said.schedule.time_zone})"))
    return found


def _limits(step: Step) -> str:
    retried = (
        f", tried again {step.retry.times} time{'s' if step.retry.times > 1 else ''}" if step.retry.times else ""
    )
    return f"{step.timeout_seconds:,} s{retried}"


def _trained(step: Any) -> str:
    how = step.trainer.algorithm.replace("_", " ") if step.trainer else f"by the script {step.script.name}"
    return f"{step.target} from {len(step.inputs)} columns of {step.data}, {how}"


_SAID: dict[str, Any] = {
    "extract": lambda step: f"the newest version of {step.dataset}",
    "check": lambda step: f"{step.data} against its contract",
    "features": lambda step: f"earlier values of {step.lags.value}, on {step.data}",
    "split": lambda step: f"{step.data} by {step.column or 'chance'}, {step.evaluation_share:.0%} to evaluate on",
    "train": _trained,
    "register": lambda step: f"{step.artifact} as the next of {step.series}, a candidate",
    "evaluate": lambda step: f"{step.version} in a dry run, with the policy's verdict",
    "score": lambda step: f"{step.data} by {step.version}",
    "notify": lambda step: f"{', '.join(step.people)}: {step.message}",
    "command": lambda step: f"the script {step.script.name}, in the sandbox",
}
