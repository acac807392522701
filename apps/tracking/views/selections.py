from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.audit.selectors import story
from apps.core.doors.api import require
from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.templatetags.format import moment
from apps.inventory.models import Model
from apps.tracking import events
from apps.tracking.forms import PromotionForm, SelectionForm
from apps.tracking.models import Selection
from apps.tracking.selectors.tables import METRICS, offered_columns
from apps.tracking.services.promoting import promote
from apps.tracking.services.selecting import select_run
from apps.tracking.views.experiments import CRUMB, found

TOLD = {"tracking.run_selected": "chose the run", "tracking.selection_promoted": "made it a candidate"}
LEAD = "Say what is best before you look. All finished runs are held against it, and are kept with the result."


@login_required
def select(request: HttpRequest, reference: str) -> HttpResponse:
    experiment = found(request, reference)
    require(request.user, events.RUN_SELECTED, experiment)
    metrics = [column.key for column in offered_columns(experiment) if column.kind == METRICS]
    form = SelectionForm(request.POST or None, metrics=metrics)
    if request.method == "POST" and form.carry_out(select_run, actor=request.user, experiment=experiment):
        return redirect(form.result)
    crumbs = [CRUMB, (experiment.reference, experiment.get_absolute_url()), ("Choose a run", "")]
    context = {
        "form": form,
        "title": "Choose a run by a criterion",
        "lead": LEAD,
        "button": "Choose",
        "crumbs": crumbs,
    }
    return render(request, "forms/page.html", {**context, "back": experiment.get_absolute_url()})


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    selection = _selection(request, reference)
    experiment = selection.experiment
    may_promote = request.user.has_perm(str(events.SELECTION_PROMOTED.permission))
    looked = selection.looked_at.select_related("run").order_by("-passes", "rank", "run")
    context = {
        "selection": selection,
        "experiment": experiment,
        "crumbs": [CRUMB, (experiment.reference, experiment.get_absolute_url()), (selection.reference, "")],
        "facts": [
            ("Chosen by", selection.made_by),
            ("Chosen", moment(selection.made_at)),
            ("Runs looked at", selection.considered),
            ("Of them eligible", selection.eligible),
            ("Ahead of the next by", selection.margin),
            ("Digest", selection.digest),
        ],
        "promote_url": reverse("promote-selection", args=[reference])
        if may_promote and not selection.version_reference
        else "",
        "told": story(selection.reference, TOLD),
        **listing(request, looked),
    }
    return render(request, "tracking/selection.html", context)


@login_required
def promote_it(request: HttpRequest, reference: str) -> HttpResponse:
    selection = _selection(request, reference)
    require(request.user, events.SELECTION_PROMOTED, selection)
    models: Any = Model.objects.visible_to(request.user).exclude(status=Model.Status.RETIRED).order_by("name")
    form = PromotionForm(request.POST or None, models=models, initial={"revision": selection.revision})
    if request.method == "POST" and form.carry_out(promote, actor=request.user, selection=selection):
        _, version = form.result
        return redirect(version)
    crumbs = [CRUMB, (selection.reference, selection.get_absolute_url()), ("Promote", "")]
    context = {"form": form, "title": "Make it a candidate", "button": "Add as a draft", "crumbs": crumbs}
    facts = [("Run", selection.run.name), (selection.objective, selection.value)]
    return render(request, "forms/page.html", {**context, "facts": facts, "back": selection.get_absolute_url()})


def _selection(request: HttpRequest, reference: str) -> Selection:
    rows = Selection.objects.select_related("experiment__business_unit", "run", "made_by")
    selection: Selection = visible_or_404(rows, request.user, reference=reference)
    return selection
