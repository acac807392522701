from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.core import panels
from apps.core.doors.pages import listing, render, visible_or_404
from apps.features import events
from apps.features.filters import FeatureFilters
from apps.features.models import Feature
from apps.features.selectors.views import catalogue


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = catalogue().visible_to(request.user).order_by("version__view__name", "place", "pk")
    may_add = request.user.has_perm(events.VIEW_PROPOSED.permission)
    context = {
        "title": "Features",
        "new_url": reverse("propose-feature-view") if may_add else "",
        **listing(request, rows, FeatureFilters),
    }
    return render(request, "features/index.html", context)


@login_required
def show(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    found: Feature = visible_or_404(catalogue(), request.user, version__view__reference=reference, name=name)
    view = found.version.view
    context = {
        "feature": found,
        "version": found.version,
        "view": view,
        "definition": found.version.definition,
        "panels": panels.rendered("feature", found, request),
        "crumbs": [
            ("Features", reverse("features")),
            (view.reference, view.get_absolute_url()),
            (found.name, ""),
        ],
    }
    return render(request, "features/show.html", context)
