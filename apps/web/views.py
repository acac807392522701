from django.contrib.auth.decorators import login_required
from django.utils import timezone

from apps.approvals.selectors import awaiting_asker
from apps.core import panels
from apps.core.doors.pages import render
from apps.web import selectors
from apps.web.waiting import waiting_for


@login_required
def overview(request):
    now = timezone.now()
    context = {
        "waiting": waiting_for(request.user, now, awaiting_asker(request, now)),
        "overdue": selectors.overdue(request.user, now),
        "portfolio": selectors.portfolio(request.user),
        "recent": selectors.recent(request.user),
        "panels": panels.rendered("dashboard", None, request),
        "crumbs": [],
    }
    return render(request, "web/overview.html", context)


@login_required
def search(request):
    words = request.GET.get("q", "")
    context = {"q": words, "found": selectors.search(request.user, words), "crumbs": []}
    return render(request, "web/search.html", context)
