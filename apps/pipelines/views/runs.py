from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.pipelines import events
from apps.pipelines.filters import RunFilter
from apps.pipelines.forms.definitions import NoteForm
from apps.pipelines.forms.runs import RunForm
from apps.pipelines.models import Pipeline, PipelineRun, StepTry
from apps.pipelines.outputs import sent, step_or_404
from apps.pipelines.selectors.runs import LINES_A_PAGE, WITH, last_lines, steps_of
from apps.pipelines.services import starting, stopping
from apps.pipelines.showing_runs import graph_of, lines_of, note_of, things


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = PipelineRun.objects.visible_to(request.user).select_related(*WITH).order_by("-pk")
    context = listing(request, rows, RunFilter)
    return render(
        request, "pipelines/runs.html", {**context, "title": "Runs of pipelines", "crumbs": _crumbs(("Runs", ""))}
    )


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    run = _run(request, reference)
    context = {
        **_progress(run),
        "may_cancel": run.live and request.user.may("pipelines.change_pipelinerun", run),
        "may_retry": run.status in ("failed", "cancelled") and request.user.may("pipelines.change_pipelinerun", run),
        "crumbs": _crumbs((run.pipeline.reference, run.pipeline.get_absolute_url()), (run.reference, "")),
    }
    return render(request, "pipelines/run.html", context)


@login_required
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """The part of the page that moves; once the run has ended, the page is loaded anew."""
    run = _run(request, reference)
    shown = render(request, "pipelines/_progress.html", _progress(run))
    if not run.live:
        shown["HX-Refresh"] = "true"
    return shown


@login_required
def step(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    run = _run(request, reference)
    found = step_or_404(run, name)
    result = found.result
    context = {
        **_log(found),
        "run": run,
        "words": note_of(found),
        "definition": found.said,
        "result": result,
        "taken": things(run, name, result.inputs if result else {}),
        "given": things(run, name, result.outputs if result else {}),
        "facts": _facts(found),
        "tries": StepTry.objects.filter(step=found),
        "crumbs": _crumbs((run.reference, run.get_absolute_url()), (name, "")),
    }
    return render(request, "pipelines/step.html", context)


@login_required
def log(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """The step's log while it grows; once the step has ended, the page is loaded anew."""
    found = step_or_404(_run(request, reference), name)
    shown = render(request, "pipelines/_log.html", _log(found))
    if not found.live:
        shown["HX-Refresh"] = "true"
    return shown


@login_required
def file(request: HttpRequest, reference: str, name: str, output: str) -> FileResponse:
    return sent(request.user, step_or_404(_run(request, reference), name), output)


@login_required
def start(request: HttpRequest, reference: str) -> HttpResponse:
    pipeline = visible_or_404(Pipeline.objects.select_related("model"), request.user, reference=reference)
    require(request.user, events.RUN_REQUESTED, pipeline)
    version = pipeline.in_force() or pipeline.versions.first()
    form = RunForm(request.POST or None, definition=version.definition)
    if request.method == "POST" and form.carry_out(starting.request_run, actor=request.user, pipeline=pipeline):
        return answer(request, form.result)
    context = {
        "title": f"Run {pipeline.name}",
        "lead": "It runs the version in force, acts as the pipeline's owner, and ends at a candidate at most.",
        "button": "Start the run",
        "form": form,
        "crumbs": _crumbs((pipeline.reference, pipeline.get_absolute_url()), ("Run", "")),
    }
    return render(request, "pipelines/note.html", context)


@login_required
def cancel(request: HttpRequest, reference: str) -> HttpResponse:
    return _noted(request, reference, events.RUN_CANCELLED, stopping.cancel_run, "Cancel the run")


@login_required
def retry(request: HttpRequest, reference: str) -> HttpResponse:
    return _noted(request, reference, events.RUN_RETRIED, stopping.retry_run, "Go on with the run")


LEADS = {
    events.RUN_CANCELLED: "Its steps stop as soon as their workers look up. What is done stays, to go on from.",
    events.RUN_RETRIED: "The steps that were not done are tried again; the others keep what they gave.",
}


def _noted(request: HttpRequest, reference: str, event: Any, service: Any, button: str) -> HttpResponse:
    run = _run(request, reference)
    require(request.user, event, run)
    form = NoteForm(request.POST or None, initial={"revision": run.revision})
    if request.method == "POST" and form.carry_out(service, actor=request.user, run=run):
        return answer(request, form.result)
    context = {
        "title": f"{button} {run.reference}",
        "lead": LEADS[event],
        "button": button,
        "form": form,
        "crumbs": _crumbs((run.reference, run.get_absolute_url()), (button, "")),
    }
    return render(request, "pipelines/note.html", context)


def _run(request: HttpRequest, reference: str) -> PipelineRun:
    rows = PipelineRun.objects.select_related(*WITH, "pipeline__owner", "parent")
    found: PipelineRun = visible_or_404(rows, request.user, reference=reference)
    return found


def _progress(run: PipelineRun) -> dict[str, Any]:
    steps = steps_of(run)
    return {
        "run": run,
        "steps": lines_of(run, steps, timezone.now()),
        "graph": graph_of(run, steps),
        "done": sum(step.state == "done" for step in steps),
        "url": reverse("pipeline-run-progress", args=[run.reference]),
    }


def _log(found: Any) -> dict[str, Any]:
    lines = last_lines(found)
    return {
        "step": found,
        "lines": lines,
        "cut": len(lines) == LINES_A_PAGE,
        "url": reverse("pipeline-step-log", args=[found.run.reference, found.name]),
    }


def _facts(found: Any) -> list[tuple[str, Any]]:
    engine = found.result.engine if found.result else {}
    environment = engine.get("environment", {})
    known = [
        ("Seconds", engine.get("seconds")),
        ("Python", environment.get("python")),
        ("Packages", environment.get("packages")),
        ("Walls", ", ".join(sorted(engine.get("walls", {})))),
        ("Differs from the lock", ", ".join(environment.get("differences", []))),
    ]
    return [(name, value) for name, value in known if value]


def _crumbs(*rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Pipelines", reverse("pipelines")), *rest]
