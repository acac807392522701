from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.audit.selectors import story
from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.errors import BadInput
from apps.core.templatetags.format import moment
from apps.tracking import events
from apps.tracking.filters import ExperimentFilter
from apps.tracking.forms import ColumnsForm, RunsForm
from apps.tracking.models import Experiment, Run
from apps.tracking.search.runs import searched
from apps.tracking.selectors.tables import Column, Line, chosen_columns, keep_columns, line_of, offered_columns

CRUMB = ("Experiments", "/experiments/")
RUNS_A_PAGE = 50
TOLD = {
    "tracking.experiment_created": "began it",
    "tracking.experiment_renamed": "gave it another name",
    "tracking.experiment_tagged": "changed its tags",
    "tracking.experiment_deleted": "put it aside",
    "tracking.experiment_restored": "took it up again",
}
AXES, LAST_CHOICES = 8, 10


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = Experiment.objects.visible_to(request.user).select_related("business_unit", "created_by")
    rows = rows.annotate(run_count=Count("runs"), newest=Max("runs__begun_at")).order_by("-pk")
    context = {"title": "Experiments", **listing(request, rows, ExperimentFilter)}
    return render(request, "tracking/experiments.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    experiment = found(request, reference)
    form = RunsForm(request.GET or None)
    page = Paginator(_runs(form, experiment), RUNS_A_PAGE).get_page(request.GET.get("page"))
    lines = [line_of(run) for run in page.object_list]
    columns = chosen_columns(request.user, experiment, lines)  # type: ignore[arg-type]
    may_select = request.user.may(str(events.RUN_SELECTED.permission), experiment)  # type: ignore[union-attr]
    selections = list(experiment.selections.select_related("run", "made_by").order_by("-pk")[:LAST_CHOICES])
    context = {
        "experiment": experiment,
        "crumbs": [CRUMB, (experiment.reference, "")],
        "form": form,
        "page": page,
        "query": _kept(request),
        "lines": [(line, line.cells(columns)) for line in lines],
        "heads": [_head(request, column) for column in columns],
        "axes": [column.name for column in columns][:AXES],
        "drawn": [_drawn(line, columns, {one.run_id for one in selections[:1]}) for line in lines],
        "facts": _facts(experiment),
        "selections": selections,
        "select_url": reverse("select-run", args=[reference]) if may_select else "",
        "told": story(experiment.reference, TOLD),
    }
    return render(request, "tracking/experiment.html", context)


@login_required
def choose_columns(request: HttpRequest, reference: str) -> HttpResponse:
    experiment = found(request, reference)
    offered = offered_columns(experiment)
    form = ColumnsForm(request.POST or None, offered=offered, chosen=chosen_columns(request.user, experiment, []))  # type: ignore[arg-type]
    if request.method == "POST" and form.is_valid():
        keep_columns(owner=request.user, experiment=experiment, columns=form.cleaned_data["columns"])  # type: ignore[arg-type]
        return redirect(experiment)
    crumbs = [CRUMB, (experiment.reference, experiment.get_absolute_url()), ("Columns", "")]
    context = {"form": form, "title": "Choose the columns", "button": "Show these", "crumbs": crumbs}
    return render(request, "forms/page.html", {**context, "back": experiment.get_absolute_url()})


def found(request: HttpRequest, reference: str) -> Experiment:
    """The experiment of that reference, or of MLflow's number, where who asks may know of it."""
    rows = Experiment.objects.select_related("business_unit", "created_by")
    named = {"pk": int(reference)} if reference.isdecimal() and len(reference) < 19 else {"reference": reference}
    experiment: Experiment = visible_or_404(rows, request.user, **named)
    return experiment


def _runs(form: RunsForm, experiment: Experiment) -> Any:
    """The runs that were asked for; all that count where the question can't be read, and the form says why."""
    rows = Run.objects.filter(experiment=experiment, put_aside_at=None).select_related("logbook", "started_by")
    if not form.is_valid():
        return searched(rows, "", [])
    try:
        return searched(rows, form.cleaned_data["filter"], form.orders())
    except BadInput as refusal:
        form.add_error("filter", str(refusal))
        return searched(rows, "", [])


def _kept(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _head(request: HttpRequest, column: Column) -> dict[str, Any]:
    """A column's head: a link that sorts by it, the other way where it does so already."""
    now = request.GET.get("order", "")
    down, up = column.asked("DESC"), column.asked("ASC")
    asked = {"filter": request.GET.get("filter", ""), "order": up if now == down else down}
    sorted_by = {down: "descending", up: "ascending"}.get(now, "")
    return {"column": column, "url": f"?{urlencode(asked)}", "sorted": sorted_by}


def _drawn(line: Line, columns: list[Column], chosen: set[int]) -> dict[str, Any]:
    values = {column.name: line.cell(column) for column in columns}
    return {"name": line.run.name, "values": values, "is_chosen": line.run.pk in chosen}


def _facts(experiment: Experiment) -> list[tuple[str, Any]]:
    return [
        ("Reference", experiment.reference),
        ("MLflow's id", experiment.protocol_id),
        ("Business unit", experiment.business_unit),
        ("Begun by", experiment.created_by),
        ("Begun", moment(experiment.created_at)),
        *sorted((key, value) for key, value in experiment.tags.items() if not key.startswith("mlflow.")),
    ]
