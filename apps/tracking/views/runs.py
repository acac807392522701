from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from apps.core.doors.pages import render, visible_or_404
from apps.core.templatetags.format import moment
from apps.tracking.models import Run
from apps.tracking.views.experiments import CRUMB


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    rows = Run.objects.select_related("experiment__business_unit", "started_by")
    run = visible_or_404(rows, request.user, reference=reference)
    experiment = run.experiment
    facts = [
        ("Run", run.reference),
        ("Started by", run.started_by),
        ("Started", moment(run.begun_at)),
        ("Ended", moment(run.closed_at)),
        ("Digest", run.digest),
    ]
    crumbs = [CRUMB, (experiment.reference, experiment.get_absolute_url()), (run.name, "")]
    return render(request, "tracking/run.html", {"run": run, "facts": facts, "crumbs": crumbs})
