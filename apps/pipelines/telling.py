"""Who hears of a run, and in which words."""

from collections.abc import Iterable

from apps.accounts.models import User
from apps.audit.models import Entry
from apps.audit.selectors import said
from apps.notifications.rules import notify
from apps.pipelines import events
from apps.pipelines.models import PipelineRun


def say_who_is_told() -> None:
    """Called once, when the room is ready."""
    for event in (events.RUN_COMPLETED, events.RUN_FAILED):
        notify(event, recipients=the_owner, sentence=ending)
    notify(events.WORD_GIVEN, recipients=the_people_named, sentence=word, tells_the_actor=True)


def the_owner(entry: Entry) -> Iterable[User]:
    return [_run(entry).pipeline.owner]


def ending(entry: Entry) -> str:
    """How a run ended, and what there is to do now."""
    run = _run(entry)
    if run.status == PipelineRun.Status.FAILED:
        return f"{run.reference} of {run.pipeline.name} failed. {run.error}"[:500]
    if not run.candidate:
        return f"{run.reference} of {run.pipeline.name} is done."
    verdict = f", verdict: {run.verdict.replace('_', ' ')}" if run.verdict else ""
    made = f"{run.reference} of {run.pipeline.name} made the candidate {run.candidate}{verdict}."
    return f"{made} Whether it is submitted is for people to decide."


def the_people_named(entry: Entry) -> Iterable[User]:
    """Whom the step that speaks names, by their part."""
    run, (name, _) = _run(entry), _said(entry)
    step = next((step for step in run.definition.steps if step.name == name), None)
    parts = {
        "owner": [run.pipeline.owner],
        "author": [run.version.author],
        "model_owner": [run.pipeline.model.owner],
        "developers": run.pipeline.model.developers,
    }
    return {person for part in getattr(step, "people", []) for person in parts[part]}


def word(entry: Entry) -> str:
    run, (_, message) = _run(entry), _said(entry)
    return f"{run.reference} of {run.pipeline.name}: {message}"


def _run(entry: Entry) -> PipelineRun:
    rows = PipelineRun.objects.select_related("pipeline__owner", "pipeline__model__owner", "version__author")
    found: PipelineRun = rows.get(reference=entry.subject_reference)
    return found


def _said(entry: Entry) -> tuple[str, str]:
    """The step that speaks, and what it says; both are in the event's note."""
    name, _, message = str((said(entry) or {}).get("note", "")).partition(": ")
    return name, message
