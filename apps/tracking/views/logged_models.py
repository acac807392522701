from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from apps.core.doors.pages import render, visible_or_404
from apps.core.templatetags.format import moment
from apps.tracking.models import LoggedModel
from apps.tracking.selectors.files import files_of
from apps.tracking.views.experiments import CRUMB


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    rows = LoggedModel.objects.select_related("experiment__business_unit", "source_run", "created_by")
    model = visible_or_404(rows, request.user, reference=reference)
    experiment = model.experiment
    context = {
        "model": model,
        "facts": [
            ("Model id", model.reference),
            ("Type", model.model_type),
            ("Logged by", model.created_by),
            ("Logged", moment(model.created_at)),
            ("Put aside", moment(model.put_aside_at)),
            ("Digest of its files", model.digest),
        ],
        "files": files_of(model),
        "params": sorted(model.params.items()),
        "metrics": model.metrics.select_related("run").order_by("key", "dataset_name", "step", "pk"),
        "crumbs": [CRUMB, (experiment.reference, experiment.get_absolute_url()), (model.name, "")],
    }
    return render(request, "tracking/logged_model.html", context)
