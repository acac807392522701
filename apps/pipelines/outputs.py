"""What a step left, handed out, for both doors."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404

from apps.datasets.selectors.tables import READ_ROWS
from apps.files.sending import send
from apps.pipelines.models import PipelineRun, StepRun


def step_or_404(run: PipelineRun, name: str) -> StepRun:
    """The step of that name, with its result and its run."""
    step = run.steps.select_related("result").filter(name=name).first()
    if step is None:
        raise Http404
    step.run = run
    return step


def sent(user: Any, step: StepRun, name: str) -> FileResponse:
    """A file that the step left; it may hold rows, so it is for who may read them.

    Raises:
        Http404: there is no such file, or it is a table.
        PermissionDenied: the user may not read rows.
    """
    file = step.result.files.select_related("blob").filter(name=name).first() if step.result else None
    if file is None:
        raise Http404
    if not user.may(READ_ROWS, step.run):
        raise PermissionDenied("What a step leaves may hold rows of data, and your roles don't include reading them.")
    return send(file.blob, _filename(step, name))


def _filename(step: StepRun, name: str) -> str:
    given = step.result.outputs.get(name, {}) if step.result else {}
    if given.get("kind") == "model":
        return f"{step.name}.{given['format']}"
    return str(given.get("name") or f"{step.name}_{name}.skops")
