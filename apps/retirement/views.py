from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect

from apps.core.doors.api import require
from apps.core.doors.pages import render, visible_or_404
from apps.inventory.models import Model
from apps.inventory.selectors import known_of, visible_dependents
from apps.retirement import events, forms
from apps.retirement.models import Retirement
from apps.retirement.selectors import approval_of
from apps.retirement.services import plan_retirement

CRUMB = ("Model inventory", "/models/")


@login_required
def plan(request, reference):
    model = visible_or_404(Model, request.user, reference=reference)
    require(request.user, events.RETIREMENT_PLANNED, model)
    form = forms.PlanForm(request.POST or None)
    if request.method == "POST" and form.carry_out(plan_retirement, actor=request.user, model=model):
        return redirect(form.result)
    context = {
        "form": form,
        "model": model,
        "dependents": visible_dependents(model.reference, request.user),
        "crumbs": [CRUMB, (model.reference, model.get_absolute_url()), ("Retire", "")],
    }
    return render(request, "retirement/plan.html", context)


@login_required
def show(request, reference):
    retirement = visible_or_404(Retirement.objects.select_related("model"), request.user, reference=reference)
    model = retirement.model
    dependents, further = known_of(retirement.dependents, request.user)
    context = {
        "retirement": retirement,
        "model": model,
        "approval": approval_of(retirement),
        "dependents": dependents,
        "further": further,
        "crumbs": [CRUMB, (model.reference, model.get_absolute_url()), (retirement.reference, "")],
    }
    return render(request, "retirement/show.html", context)
