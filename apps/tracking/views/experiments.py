from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse

from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.templatetags.format import moment
from apps.tracking.models import Experiment

CRUMB = ("Experiments", "/experiments/")


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = Experiment.objects.visible_to(request.user).select_related("business_unit", "created_by")
    rows = rows.annotate(run_count=Count("runs"), newest=Max("runs__begun_at")).order_by("-pk")
    return render(request, "tracking/experiments.html", {"title": "Experiments", **listing(request, rows)})


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    rows = Experiment.objects.select_related("business_unit", "created_by")
    experiment = visible_or_404(rows, request.user, reference=reference)
    facts = [
        ("Reference", experiment.reference),
        ("MLflow's id", experiment.protocol_id),
        ("Business unit", experiment.business_unit),
        ("Begun by", experiment.created_by),
        ("Begun", moment(experiment.created_at)),
        *sorted(experiment.tags.items()),
    ]
    runs = experiment.runs.select_related("started_by").order_by("-started_ms", "reference")
    context = {
        "experiment": experiment,
        "crumbs": [CRUMB, (experiment.reference, "")],
        "facts": facts,
        **listing(request, runs),
    }
    return render(request, "tracking/experiment.html", context)
