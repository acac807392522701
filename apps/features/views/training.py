from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.datasets.models import DatasetVersion
from apps.features import events
from apps.features.filters import TrainingSetFilters
from apps.features.forms.training import BeginningForm, TrainingSetForm
from apps.features.models import FeatureViewVersion, TrainingSet
from apps.features.selectors.training import BESIDE
from apps.features.services.training import request_training_set
from apps.jobs.models import Job


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = TrainingSet.objects.visible_to(request.user).select_related(*BESIDE).order_by("-pk")
    may_add = request.user.has_perm(events.TRAINING_SET_REQUESTED.permission)
    context = {
        "title": "Training sets",
        "new_url": reverse("new-training-set") if may_add else "",
        "crumbs": _crumbs(("Training sets", "")),
        **listing(request, rows, TrainingSetFilters),
    }
    return render(request, "features/training_sets.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    rows = TrainingSet.objects.select_related(*BESIDE, "record").prefetch_related("uses__version__view")
    training_set: TrainingSet = visible_or_404(rows, request.user, reference=reference)
    record = getattr(training_set, "record", None)
    context = {
        "training_set": training_set,
        "job": Job.objects.filter(pk=training_set.job).first(),
        "views": _fared(training_set, record.document) if record else _asked(training_set),
        "record": record,
        "protected": [one for use in training_set.uses.all() for one in use.features if one["protected"]],
        "crumbs": _crumbs(("Training sets", reverse("training-sets")), (reference, "")),
    }
    return render(request, "features/training_set.html", context)


@login_required
def begin(request: HttpRequest) -> HttpResponse:
    """Labels and views first, by address; then what depends on them."""
    require(request.user, events.TRAINING_SET_REQUESTED)
    views = _views_in_force(request)
    asked = BeginningForm(request.GET if "labels" in request.GET else None, views=views)
    context = {
        "title": "Build a training set",
        "crumbs": _crumbs(("Training sets", reverse("training-sets")), ("New", "")),
    }
    labels = _labels(request, asked) if asked.is_bound and asked.is_valid() else None
    if labels is None:
        return render(request, "features/training_set_begin.html", {**context, "form": asked, "any": bool(views)})
    chosen = [one for one in views if one.view.reference in asked.cleaned_data["views"]]
    form = TrainingSetForm(request.POST or None, labels=labels, views=chosen, user=request.user)
    if request.method == "POST" and form.carry_out(request_training_set, actor=request.user):
        return answer(request, form.result)
    return render(request, "features/training_set_form.html", {**context, "form": form, "labels": labels})


def _labels(request: HttpRequest, asked: BeginningForm) -> DatasetVersion | None:
    """The version of labels that the first form names, where the person may read its rows."""
    rows: Any = DatasetVersion.objects.visible_to(request.user).select_related("dataset")
    found: DatasetVersion | None = rows.filter(reference=asked.cleaned_data["labels"].strip()).first()
    if found is None:
        asked.add_error("labels", "There is no such version here.")
        return None
    if not request.user.may("datasets.read_rows", found):
        raise PermissionDenied("Your roles show you what this table is, not its rows.")
    return found


def _views_in_force(request: HttpRequest) -> list[FeatureViewVersion]:
    rows: Any = FeatureViewVersion.objects.visible_to(request.user).select_related("view")
    return list(rows.filter(status=FeatureViewVersion.Status.PUBLISHED).order_by("view__entity", "view__name"))


def _fared(training_set: TrainingSet, document: dict[str, Any]) -> list[dict[str, Any]]:
    """The views of a built training set as the page shows them: by feature, how many labels have no value and why."""
    uses = {use.version.reference: use for use in training_set.uses.all()}
    labels = document["labels"]["rows"]
    shown = []
    for entry in document["views"]:
        features = [
            {
                **feature,
                "share": feature["missing"] / labels if labels else 0,
                "url": reverse("feature", args=[uses[entry["view"]].version.view.reference, feature["name"]]),
            }
            for feature in entry["features"]
        ]
        bars = [(one["column"], one["share"], labels) for one in features]
        shown.append({**entry, "version": uses[entry["view"]].version, "features": features, "bars": bars})
    return shown


def _asked(training_set: TrainingSet) -> list[dict[str, Any]]:
    """The same of one that isn't built: what was asked for."""
    uses = {use.version.reference: use for use in training_set.uses.all()}
    return [{**entry, "version": uses[entry["view"]].version, "features": []} for entry in training_set.views]


def _crumbs(*rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Features", reverse("features")), *rest]
