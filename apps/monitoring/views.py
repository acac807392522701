from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils import timezone

from apps.core.doors.api import require
from apps.core.doors.pages import listing, render, visible_or_404
from apps.inventory.models import Model
from apps.monitoring import events, forms, showing
from apps.monitoring.filters import AlertFilter
from apps.monitoring.models import Alert, Window
from apps.monitoring.selectors import alerts_of, editions_of, watched, windows_of
from apps.monitoring.services import alerts as services
from apps.monitoring.services.plans import current_plan, plans_of, require_watched, shown_plan
from apps.monitoring.services.windows import close_window

CRUMB = ("Monitoring", "/monitoring/")


@login_required
def index(request):
    lines = watched(request.user, timezone.now())
    context = {"title": "Monitoring", "lines": lines, "tabs": _tabs("models")}
    return render(request, "monitoring/index.html", context)


@login_required
def alerts(request):
    rows = Alert.objects.visible_to(request.user).select_related("model", "version", "last_window").order_by("-pk")
    context = {"title": "Alerts", "tabs": _tabs("alerts"), **listing(request, rows, AlertFilter), "crumbs": [CRUMB]}
    return render(request, "monitoring/alerts.html", context)


@login_required
def show(request, reference):
    model = visible_or_404(Model, request.user, reference=reference)
    plan = shown_plan(model, request.GET.get("plan", ""))
    windows = windows_of(plan) if plan else []
    context = {
        "title": f"Monitoring of {model.name}",
        "model": model,
        "plan": plan,
        "plans": plans_of(model),
        "windows": list(reversed(windows)),
        "charts": showing.courses(plan, windows) if windows else [],
        "labels": [window.start for window in windows],
        "alerts": alerts_of(model),
        "over": model.status == Model.Status.RETIRED,
        "may_close": current_plan(model) is not None and request.user.may(events.WINDOW_ASKED.permission, model),
        "crumbs": [CRUMB, (model.reference, "")],
    }
    return render(request, "monitoring/show.html", context)


@login_required
def window(request, reference):
    rows = Window.objects.select_related("plan__model", "plan__version__model", "plan__policy")
    shown = visible_or_404(rows, request.user, reference=reference)
    model = shown.plan.model
    wanted = request.GET.get("use")
    section = showing.section_of(shown, wanted)
    context = {
        "title": f"{showing.span(shown)}",
        "window": shown,
        "model": model,
        "section": section,
        "tabs": showing.use_tabs(shown, section),
        "editions": editions_of(shown),
        **showing.figures(shown, section),
        "crumbs": [CRUMB, (model.reference, shown.plan.get_absolute_url()), (shown.reference, "")],
    }
    return render(request, "monitoring/window.html", context)


@login_required
def close(request, reference):
    model = visible_or_404(Model, request.user, reference=reference)
    require(request.user, events.WINDOW_ASKED, model)
    plan = require_watched(model)
    form = forms.SpanForm(request.POST or None, plans=plans_of(model))
    if request.method == "POST" and form.carry_out(close_window, actor=request.user, model=model):
        return redirect(form.result)
    crumbs = [CRUMB, (model.reference, plan.get_absolute_url()), ("Close a window", "")]
    lead = "Its predictions are measured and judged now. Closed again after late outcomes, it gets a further edition."
    return _form(request, form, title="Close a window", button="Close it", crumbs=crumbs, subtitle=lead)


@login_required
def alert(request, reference):
    rows = Alert.objects.select_related(
        "model", "version__model", "first_window", "last_window", "acknowledged_by", "closed_by"
    )
    shown = visible_or_404(rows, request.user, reference=reference)
    context = {
        "title": shown.indicator,
        "alert": shown,
        "charts": showing.of_alert(shown),
        "may": showing.permitted(request.user, shown),
        "crumbs": [CRUMB, (shown.model.reference, f"/monitoring/{shown.model.reference}/"), (shown.reference, "")],
    }
    return render(request, "monitoring/alert.html", context)


def on_an_alert(title, button, service, event, form_class=forms.NoteForm):
    """A view that answers an alert by one form and one service."""

    @login_required
    def view(request, reference):
        shown = visible_or_404(Alert.objects.select_related("model"), request.user, reference=reference)
        require(request.user, event, shown)
        form = form_class(request.POST or None, initial={"revision": shown.revision})
        if request.method == "POST" and form.carry_out(service, actor=request.user, alert=shown):
            return redirect(form.result)
        crumbs = [CRUMB, (shown.reference, shown.get_absolute_url()), (title, "")]
        return _form(request, form, title=title, button=button, crumbs=crumbs, subtitle=shown.sentence)

    return view


acknowledgement = on_an_alert("Take note", "Take note", services.acknowledge, events.ALERT_ACKNOWLEDGED)
finding = on_an_alert("Open a finding", "Open the finding", services.open_alert_finding, events.ALERT_ANSWERED)
revalidation = on_an_alert(
    "Ask for a revalidation", "Ask for it", services.ask_alert_revalidation, events.ALERT_ANSWERED
)
closure = on_an_alert("Close the alert", "Close it", services.close_alert, events.ALERT_CLOSED, forms.ReasonForm)


def _form(request, form, **context):
    return render(request, "monitoring/form.html", {"form": form, **context})


def _tabs(current):
    names = {"models": ("Models", "/monitoring/"), "alerts": ("Alerts", "/monitoring/alerts/")}
    return [{"label": label, "url": url, "current": key == current} for key, (label, url) in names.items()]
