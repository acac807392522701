from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.core.doors.api import require
from apps.core.doors.pages import render, visible_or_404
from apps.deployments import events
from apps.deployments.forms import ReleaseForm, StopForm
from apps.deployments.models import Deployment
from apps.deployments.selectors import approval_counts, board, with_all_shown, without_approval
from apps.deployments.services import deploy, stop
from apps.inventory.models import ModelVersion

CRUMB = ("What runs where", "/deployments/")


@login_required
def index(request):
    at = moment_asked(request.GET.get("at", ""))
    places = board(request.user, at)
    for place in places:
        for deployment in place.deployments:
            deployment.counts = at is not None or approval_counts(deployment)
    return render(request, "deployments/index.html", {"title": "What runs where", "places": places, "at": at})


@login_required
def show(request, reference):
    deployment = visible_or_404(with_all_shown(Deployment.objects.all()), request.user, reference=reference)
    live = deployment.status == Deployment.Status.LIVE
    context = {
        "deployment": deployment,
        "warning": without_approval(deployment, timezone.now()),
        "may_stop": live and request.user.may(events.DEPLOYMENT_STOPPED.permission, deployment),
        "crumbs": [CRUMB, (deployment.reference, "")],
    }
    return render(request, "deployments/show.html", context)


@login_required
def release(request, reference):
    version = visible_or_404(ModelVersion.objects.select_related("model"), request.user, reference=reference)
    require(request.user, events.VERSION_DEPLOYED, version)
    form = ReleaseForm(request.POST or None, version=version)
    if request.method == "POST" and form.carry_out(deploy, actor=request.user, version=version):
        return redirect(form.result)
    crumbs = [("Model inventory", "/models/"), (version.reference, version.get_absolute_url()), ("Release", "")]
    context = {"form": form, "title": f"Release {version}", "button": "Release", "icon": "rocket", "crumbs": crumbs}
    return render(request, "deployments/form.html", context)


@login_required
def halt(request, reference):
    deployment = visible_or_404(with_all_shown(Deployment.objects.all()), request.user, reference=reference)
    require(request.user, events.DEPLOYMENT_STOPPED, deployment)
    form = StopForm(request.POST or None, initial={"revision": deployment.revision})
    if request.method == "POST" and form.carry_out(stop, actor=request.user, deployment=deployment):
        return redirect(form.result)
    crumbs = [CRUMB, (deployment.reference, deployment.get_absolute_url()), ("Stop", "")]
    context = {"form": form, "title": f"Stop {deployment}", "button": "Stop it now", "danger": True, "crumbs": crumbs}
    return render(request, "deployments/form.html", context)


def moment_asked(text: str):
    """The moment that a query string names, None where it names none."""
    try:
        at = parse_datetime(text)
    except ValueError:
        return None
    return timezone.make_aware(at) if at is not None and timezone.is_naive(at) else at
