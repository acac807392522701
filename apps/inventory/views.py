from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.core import panels
from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.inventory import events, exports, forms, selectors
from apps.inventory.filters import ModelFilter
from apps.inventory.models import Model, ModelVersion, SavedView
from apps.inventory.services import registering
from apps.inventory.tiering import level_of

CRUMB = ("Model inventory", "/models/")


@login_required
def index(request):
    rows = selectors.listed(Model.objects.visible_to(request.user))
    context = listing(request, rows, ModelFilter)
    views = SavedView.objects.filter(owner=request.user).order_by("name")
    return render(
        request, "inventory/index.html", {**context, "views": views, "view_form": forms.SavedViewForm(), "crumbs": []}
    )


@login_required
def export(request, form):
    rows = selectors.listed(Model.objects.visible_to(request.user))
    return exports.answer(ModelFilter(request.GET, queryset=rows).qs, form)


@login_required
@require_POST
def save_view(request):
    """Keep the present filter under a name; the same name again replaces it."""
    form = forms.SavedViewForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        SavedView.objects.update_or_create(owner=request.user, name=said["name"], defaults={"query": said["query"]})
    return redirect(f"{reverse('models')}?{request.POST.get('query', '')}")


@login_required
def show(request, reference):
    model = visible_or_404(Model, request.user, reference=reference)
    context = {
        "model": model,
        "versions": model.versions.select_related("created_by").order_by("-pk"),
        "uses": model.uses.order_by("number"),
        "limitations": model.limitations.order_by("number"),
        "of_versions": selectors.limitations_of_versions(model),
        "dependencies": model.dependencies.filter(ended_at=None).order_by("upstream"),
        "dependents": selectors.visible_dependents(model.reference, request.user),
        "may": selectors.permitted(request.user, model),
        "panels": panels.rendered("model", model, request),
        "crumbs": [CRUMB, (model.business_unit.name, f"/models/?business_unit={model.business_unit}"), (model, "")],
    }
    return render(request, "inventory/show.html", context)


@login_required
def version(request, reference):
    shown = visible_or_404(
        ModelVersion.objects.select_related("model__business_unit", "artifact__blob"),
        request.user,
        reference=reference,
    )
    model = shown.model
    context = {
        "version": shown,
        "said": selectors.said_rows(shown),
        "lacks": selectors.lacking_rows(shown),
        "model": model,
        "panels": panels.rendered("version", shown, request),
        "crumbs": [CRUMB, (model.reference, model.get_absolute_url()), (shown.number, "")],
    }
    return render(request, "inventory/version.html", context)


@login_required
def register(request):
    require(request.user, events.MODEL_REGISTERED)
    form = forms.RegistrationForm(request.POST or None, user=request.user, initial={"owner": request.user})
    if request.method == "POST" and form.carry_out(registering.register_model, actor=request.user):
        return answer(request, form.result)
    return _form(request, form, "Register a model", "Register", [CRUMB, ("Register", "")])


def on_a_model(title, button, form_class, service, event, initial=None):
    """A view that changes a model by one form and one service."""

    @login_required
    def view(request, reference) -> HttpResponse:
        model = visible_or_404(Model, request.user, reference=reference)
        require(request.user, event, model)
        said = {"initial": initial(model) if initial else {"revision": model.revision}}
        if issubclass(form_class, forms.DescriptionForm):
            said["user"] = request.user
        form = form_class(request.POST or None, **said)
        if request.method == "POST" and form.carry_out(service, actor=request.user, model=model):
            return redirect(model)
        crumbs = [CRUMB, (model.reference, model.get_absolute_url()), (title, "")]
        return _form(request, form, title, button, crumbs)

    return view


def _described(model):
    """What a model says of itself now, as the change form's beginning."""
    fields = ("name", "purpose", "kind_of_model", "owner", "accountable_executive", "legal_entity", "vendor")
    levels = {f"{forms.AXIS}{axis}": level_of(stated) for axis, stated in model.materiality.items()}
    said = {name: getattr(model, name) for name in (*fields, "contingency", "next_review", "revision")}
    return {**said, **levels, "developers": model.developers}


change = on_a_model(
    "Change", "Save", forms.ChangeForm, registering.change_model, events.MODEL_CHANGED, initial=_described
)
intake = on_a_model(
    "Is this a model?", "Record the decision", forms.IntakeForm, registering.decide_intake, events.INTAKE_DECIDED
)
add_use = on_a_model("State a use", "Add the use", forms.UseForm, registering.add_use, events.USE_ADDED)
state_limitation = on_a_model(
    "State a limitation", "State it", forms.LimitationForm, registering.state_limitation, events.LIMITATION_STATED
)
add_dependency = on_a_model(
    "What it rests on", "Add", forms.DependencyForm, registering.add_dependency, events.DEPENDENCY_ADDED
)


@login_required
def end_use(request, reference, number):
    model = visible_or_404(Model, request.user, reference=reference)
    require(request.user, events.USE_ENDED, model)
    use = get_object_or_404(model.uses, number=number)
    return _end(request, model, f"End the use “{use.name}”", registering.end_use, use=use)


@login_required
def end_dependency(request, reference, number):
    model = visible_or_404(Model, request.user, reference=reference)
    require(request.user, events.DEPENDENCY_ENDED, model)
    row = get_object_or_404(model.dependencies, pk=number)
    title = f"It rests on {row.upstream} no longer"
    return _end(request, model, title, registering.end_dependency, dependency=row)


def _end(request, model, title, service, **what):
    form = forms.EndingForm(request.POST or None)
    if request.method == "POST" and form.carry_out(service, actor=request.user, **what):
        return redirect(model)
    return _form(request, form, title, "End it", [CRUMB, (model.reference, model.get_absolute_url()), (title, "")])


def _form(request, form, title, button, crumbs):
    context = {"form": form, "title": title, "button": button, "crumbs": crumbs}
    return render(request, "inventory/form.html", context)
