from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from apps.audit.selectors import story
from apps.core.doors.pages import render, visible_or_404
from apps.core.templatetags.format import moment
from apps.tracking.models import Run
from apps.tracking.selectors.comparing import curves, sections
from apps.tracking.selectors.documentation import code_of, described
from apps.tracking.selectors.tables import METRICS, PARAMS, TAGS, line_of
from apps.tracking.views.experiments import CRUMB, found

MOST_COMPARED = 5
TOLD = {
    "tracking.run_started": "started it",
    "tracking.run_ended": "ended it",
    "tracking.run_resumed": "went on with it",
    "tracking.run_amended": "logged something after its end",
    "tracking.run_renamed": "gave it another name",
    "tracking.run_deleted": "put it aside",
    "tracking.run_restored": "had it count again",
}


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    rows = Run.objects.select_related("experiment__business_unit", "started_by", "logbook")
    run = visible_or_404(rows, request.user, reference=reference)
    experiment, line = run.experiment, line_of(run)
    inputs = run.data_inputs.select_related("version__dataset").order_by("place")
    context = {
        "run": run,
        "crumbs": [CRUMB, (experiment.reference, experiment.get_absolute_url()), (run.name, "")],
        "facts": _facts(run),
        "code": code_of(run),
        "params": sorted(line.logged[PARAMS].items()),
        "metrics": sorted(line.logged[METRICS].items()),
        "tags": sorted((key, value) for key, value in line.logged[TAGS].items() if not key.startswith("mlflow.")),
        "inputs": [(row, described(row.source)) for row in inputs],
        "models": run.logged_models.order_by("pk"),
        "curves": curves([run]),
        "selections": run.selections.order_by("pk"),
        "told": story(run.reference, TOLD),
    }
    return render(request, "tracking/run.html", context)


@login_required
def compare(request: HttpRequest, reference: str) -> HttpResponse:
    experiment = found(request, reference)
    asked = request.GET.getlist("run")[:MOST_COMPARED]
    rows = Run.objects.filter(experiment=experiment, reference__in=asked).select_related("logbook", "started_by")
    runs = sorted(rows, key=lambda run: asked.index(run.reference))
    lines = [line_of(run) for run in runs]
    context: dict[str, Any] = {
        "experiment": experiment,
        "title": "Compare runs",
        "crumbs": [CRUMB, (experiment.reference, experiment.get_absolute_url()), ("Compare", "")],
        "runs": runs,
        "sections": sections(lines) if len(runs) > 1 else [],
        "curves": curves(runs) if len(runs) > 1 else [],
        "most": MOST_COMPARED,
    }
    return render(request, "tracking/compare.html", context)


def _facts(run: Run) -> list[tuple[str, Any]]:
    return [
        ("Run", run.reference),
        ("Started by", run.started_by),
        ("Says to be", run.claimed_user),
        ("Started", moment(run.begun_at)),
        ("Ended", moment(run.closed_at)),
        ("Put aside", moment(run.put_aside_at)),
        ("Facts logged", run.entries or None),
        ("Digest of them", run.digest),
    ]
