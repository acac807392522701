from django.contrib.auth.decorators import login_required
from django.shortcuts import render

from apps.core.doors.pages import answer, listing, visible_or_404
from apps.inventory.forms import ModelForm
from apps.inventory.models import Model
from apps.inventory.services import register_model


@login_required
def index(request):
    rows = Model.objects.visible_to(request.user).select_related("business_unit", "owner").order_by("reference")
    return render(request, "inventory/index.html", listing(request, rows))


@login_required
def show(request, reference):
    model = visible_or_404(Model, request.user, reference=reference)
    return render(request, "inventory/show.html", {"model": model})


@login_required
def register(request):
    form = ModelForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.carry_out(register_model, actor=request.user):
        return answer(request, form.result)
    return render(request, "inventory/register.html", {"form": form})
