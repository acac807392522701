from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core.doors.api import require
from apps.core.doors.pages import render, visible_or_404
from apps.evaluations import events
from apps.evaluations.comparing import compared
from apps.evaluations.forms import DryRunForm
from apps.evaluations.models import Evaluation
from apps.evaluations.services import request_evaluation
from apps.evaluations.showing import banner, shown
from apps.inventory.models import ModelVersion
from apps.jobs.models import Job

VERSIONS = ModelVersion.objects.select_related("model__business_unit")


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    rows = Evaluation.objects.select_related("version__model", "verdict__policy", "requested_by")
    evaluation = visible_or_404(rows, request.user, reference=reference)
    done = evaluation.status == Evaluation.Status.DONE
    context = {
        "evaluation": evaluation,
        "job": None if done else Job.objects.filter(pk=evaluation.job).first(),
        "banner": banner(evaluation) if done else None,
        "crumbs": crumbs(evaluation.version, evaluation.reference),
        **(shown(evaluation) if done else {}),
    }
    return render(request, "evaluations/show.html", context)


@login_required
def dry_run(request: HttpRequest, reference: str) -> HttpResponse:
    version = visible_or_404(VERSIONS, request.user, reference=reference)
    require(request.user, events.EVALUATION_REQUESTED, version)
    form = DryRunForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.carry_out(request_evaluation, actor=request.user, version=version):
        return redirect(form.result)
    context = {"form": form, "version": version, "crumbs": crumbs(version, "Dry run")}
    return render(request, "evaluations/dry_run.html", context)


@login_required
def compare(request: HttpRequest) -> HttpResponse:
    """Two versions side by side; without both in the query, the first is compared with its model's others."""
    first, second = request.GET.get("a", ""), request.GET.get("b", "")
    one = visible_or_404(VERSIONS, request.user, reference=first)
    if not second:
        other = one.model.versions.exclude(pk=one.pk).order_by("-pk").first()
        if other is None:
            raise Http404
        second = other.reference
    other = visible_or_404(VERSIONS, request.user, reference=second)
    choices = ModelVersion.objects.visible_to(request.user).filter(model__in=[one.model, other.model])
    context = {
        **compared(one, other),
        "choices": choices.order_by("model", "-pk"),
        "crumbs": crumbs(one, f"beside {other.reference}"),
    }
    return render(request, "evaluations/compare.html", context)


def crumbs(version: ModelVersion, here: str) -> list[tuple[str, str]]:
    model = version.model
    return [
        ("Model inventory", "/models/"),
        (model.reference, model.get_absolute_url()),
        (version.number, version.get_absolute_url()),
        (here, ""),
    ]
