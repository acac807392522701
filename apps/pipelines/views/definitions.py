from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.core.events import Event
from apps.core.written import compared, numbered
from apps.pipelines import events
from apps.pipelines.filters import PipelineFilter
from apps.pipelines.forms.definitions import EditForm, NoteForm, PipelineForm, PublicationForm
from apps.pipelines.models import Pipeline, PipelineVersion
from apps.pipelines.selectors.definitions import history
from apps.pipelines.selectors.runs import last_runs, runs_of
from apps.pipelines.services import keeping, writing
from apps.pipelines.showing import drawn, step_lines, triggers_of

Status = PipelineVersion.Status
RUNS_SHOWN = 20


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = Pipeline.objects.visible_to(request.user).select_related("model", "owner").prefetch_related("versions")
    context = listing(request, rows.order_by("-pk"), PipelineFilter)
    context["rows"] = list(context["rows"])
    last = last_runs(context["rows"])
    for pipeline in context["rows"]:
        pipeline.last_run = last.get(pipeline.pk)
    context |= {"title": "Pipelines", "may_propose": request.user.has_perm("pipelines.add_pipeline")}
    return render(request, "pipelines/index.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    pipeline = visible_or_404(Pipeline.objects.select_related("model", "owner"), request.user, reference=reference)
    versions = history(pipeline)
    current = next((version for version in versions if version.status == Status.PUBLISHED), None)
    draft = next((version for version in versions if version.is_draft), None)
    shown = current or versions[0]
    context = {
        "pipeline": pipeline,
        "versions": versions,
        "current": current,
        "draft": draft,
        "shown": shown,
        "definition": shown.definition,
        "steps": step_lines(shown.definition),
        "triggers": triggers_of(shown.definition),
        "graph": drawn(shown.definition),
        "runs": runs_of(pipeline, RUNS_SHOWN),
        "may_run": current is not None
        and pipeline.status == Pipeline.Status.ACTIVE
        and request.user.may("pipelines.add_pipelinerun", pipeline),
        "may_draft": draft is None and request.user.may("pipelines.add_pipelineversion", pipeline),
        "may_pause": request.user.may("pipelines.pause_pipeline", pipeline),
        "may_take": pipeline.owner != request.user and request.user.may("pipelines.change_pipeline", pipeline),
        "crumbs": _crumbs((pipeline.reference, "")),
    }
    return render(request, "pipelines/show.html", context)


@login_required
def show_version(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    mine = version.author == request.user
    context = {
        "version": version,
        "pipeline": version.pipeline,
        "definition": version.definition,
        "steps": step_lines(version.definition),
        "triggers": triggers_of(version.definition),
        "graph": drawn(version.definition),
        "lines": numbered(version.text),
        "before": _before(version),
        "may_edit": version.is_draft and mine and request.user.may("pipelines.change_pipelineversion", version),
        "may_withdraw": version.is_draft and request.user.may("pipelines.change_pipelineversion", version),
        "may_publish": version.is_draft
        and not mine
        and request.user.may("pipelines.publish_pipelineversion", version),
        "crumbs": _crumbs(
            (version.pipeline.reference, version.pipeline.get_absolute_url()), (f"Version {number}", "")
        ),
    }
    return render(request, "pipelines/version.html", context)


@login_required
def diff(request: HttpRequest, reference: str) -> HttpResponse:
    pipeline = visible_or_404(Pipeline, request.user, reference=reference)
    versions = {version.number: version for version in history(pipeline)}
    after = versions.get(_number(request, "to", max(versions)))
    before = versions.get(_number(request, "from", max(min(versions), (after.number if after else 1) - 1)))
    if before is None or after is None:
        raise Http404
    rows = compared(before.text, after.text)
    context = {
        "pipeline": pipeline,
        "before": before,
        "after": after,
        "versions": versions.values(),
        "rows": rows,
        "added": sum(row.kind == "added" for row in rows),
        "removed": sum(row.kind == "removed" for row in rows),
        "same_meaning": before.digest == after.digest,
        "crumbs": _crumbs((pipeline.reference, pipeline.get_absolute_url()), ("Comparison", "")),
    }
    return render(request, "pipelines/diff.html", context)


@login_required
def propose(request: HttpRequest) -> HttpResponse:
    require(request.user, events.PIPELINE_PROPOSED)
    form = PipelineForm(request.POST or None)
    context = {"title": "Propose a pipeline", "crumbs": _crumbs(("Propose", ""))}
    return _editor(request, form, writing.propose_pipeline, context)


@login_required
def draft(request: HttpRequest, reference: str) -> HttpResponse:
    pipeline = visible_or_404(Pipeline, request.user, reference=reference)
    require(request.user, events.VERSION_DRAFTED, pipeline)
    versions = history(pipeline)
    start = next((version for version in versions if version.status == Status.PUBLISHED), versions[0])
    form = PipelineForm(request.POST or None, initial={"text": start.text})
    crumbs = _crumbs((pipeline.reference, pipeline.get_absolute_url()), ("Next version", ""))
    context = {"title": f"Next version of {pipeline.name}", "crumbs": crumbs}
    return _editor(request, form, writing.draft_version, context, pipeline=pipeline)


@login_required
def edit(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    require(request.user, events.DRAFT_EDITED, version)
    version.require_open_to(events.DRAFT_EDITED)
    initial = {"text": version.text, "note": version.note, "revision": version.revision}
    form = EditForm(request.POST or None, initial=initial)
    context = {"title": f"Edit {version.reference}", "crumbs": _of_version(version)}
    return _editor(request, form, writing.edit_draft, context, version=version)


@login_required
def publish(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    require(request.user, events.VERSION_PUBLISHED, version)
    version.require_open_to(events.VERSION_PUBLISHED)
    form = PublicationForm(request.POST or None, initial={"revision": version.revision})
    if request.method == "POST" and form.carry_out(writing.publish_version, actor=request.user, version=version):
        return answer(request, form.result.pipeline)
    context = {
        "title": f"Publish {version.reference}",
        "version": version,
        "form": form,
        "closed": "You wrote it, so somebody else has to publish it." if version.author == request.user else "",
        "steps": step_lines(version.definition),
        "triggers": triggers_of(version.definition),
        "lines": numbered(version.text),
        "replaces": version.pipeline.versions.filter(status=Status.PUBLISHED).first(),
        "crumbs": _crumbs((version.reference, version.get_absolute_url()), ("Publish", "")),
    }
    return render(request, "pipelines/publish.html", context)


@login_required
def withdraw(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    version.require_open_to(events.DRAFT_WITHDRAWN)
    return _noted(
        request, version, events.DRAFT_WITHDRAWN, writing.withdraw_draft, "Withdraw the draft", version=version
    )


@login_required
def pause(request: HttpRequest, reference: str) -> HttpResponse:
    pipeline = visible_or_404(Pipeline, request.user, reference=reference)
    return _noted(request, pipeline, events.PIPELINE_PAUSED, keeping.pause, "Pause it", pipeline=pipeline)


@login_required
def resume(request: HttpRequest, reference: str) -> HttpResponse:
    pipeline = visible_or_404(Pipeline, request.user, reference=reference)
    return _noted(request, pipeline, events.PIPELINE_RESUMED, keeping.resume, "Resume it", pipeline=pipeline)


@login_required
def take_over(request: HttpRequest, reference: str) -> HttpResponse:
    pipeline = visible_or_404(Pipeline, request.user, reference=reference)
    return _noted(request, pipeline, events.PIPELINE_TAKEN, keeping.take_over, "Make it mine", pipeline=pipeline)


LEADS = {
    events.PIPELINE_PAUSED: "Nothing starts it until somebody resumes it. What runs goes on.",
    events.PIPELINE_RESUMED: "It starts again from now on. What would have started it meanwhile is not made up for.",
    events.PIPELINE_TAKEN: (
        "Its steps act as you from now on, and you count as a developer of every version that comes out: you can "
        "neither validate nor approve one."
    ),
    events.DRAFT_WITHDRAWN: "The draft is given up and stays readable. A next version can be begun afterwards.",
}


def _noted(request: HttpRequest, row: Any, event: Event, service: Any, button: str, **subject: Any) -> HttpResponse:
    """A page with a note to write and a button."""
    require(request.user, event, row)
    form = NoteForm(request.POST or None, initial={"revision": row.revision})
    if request.method == "POST" and form.carry_out(service, actor=request.user, **subject):
        return answer(request, form.result)
    context = {
        "title": f"{button}: {row}",
        "lead": LEADS[event],
        "button": button,
        "form": form,
        "crumbs": _crumbs((row.reference, row.get_absolute_url()), (button, "")),
    }
    return render(request, "pipelines/note.html", context)


def _editor(
    request: HttpRequest, form: PipelineForm, service: Any, context: dict[str, Any], **subject: Any
) -> HttpResponse:
    """The editor: checks without keeping, or carries out `service`; what was typed stays either way."""
    if request.method == "POST":
        if "check" in request.POST:
            form.check(request.user)
        elif form.carry_out(service, actor=request.user, **subject):
            return answer(request, form.result)
    context |= {"form": form, "lines": form.listing if form.problems else []}
    if form.read is not None:
        context |= {"steps": step_lines(form.read), "graph": drawn(form.read)}
    return render(request, "pipelines/edit.html", context)


def _version_or_404(request: HttpRequest, reference: str, number: int) -> PipelineVersion:
    rows = PipelineVersion.objects.select_related("pipeline__model", "author", "published_by")
    found: PipelineVersion = visible_or_404(rows, request.user, pipeline__reference=reference, number=number)
    return found


def _before(version: PipelineVersion) -> PipelineVersion | None:
    rows = version.pipeline.versions.filter(number__lt=version.number).exclude(status=Status.WITHDRAWN)
    found: PipelineVersion | None = rows.order_by("-number").first()
    return found


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 9 else otherwise


def _crumbs(*rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Pipelines", reverse("pipelines")), *rest]


def _of_version(version: PipelineVersion) -> list[tuple[str, str]]:
    pipeline = version.pipeline
    return _crumbs((pipeline.reference, pipeline.get_absolute_url()), (f"Version {version.number}", ""))
