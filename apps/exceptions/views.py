from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from apps.audit.selectors import story
from apps.core import subjects
from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.exceptions import events, forms
from apps.exceptions.filters import ExemptionFilter
from apps.exceptions.models import Exemption
from apps.exceptions.services import propose_exemption, revoke_exemption

CRUMB = ("Exceptions", "/exceptions/")
TOLD = {
    "exceptions.exemption_proposed": "asked for it",
    "exceptions.exemption_granted": "granted it",
    "exceptions.exemption_refused": "ended the request",
    "exceptions.exemption_suspended": "suspended it",
    "exceptions.exemption_revoked": "revoked it",
    "exceptions.exemption_expired": "announced that its date has passed",
}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    rows = Exemption.objects.visible_to(request.user).select_related("proposed_by").order_by("-pk")
    context = {"title": "Exceptions", **listing(request, rows, ExemptionFilter)}
    context["lines"] = [(exemption, exemption.is_live(now)) for exemption in context["rows"]]
    return render(request, "exceptions/index.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    exemption = visible_or_404(Exemption.objects.with_approval(), request.user, reference=reference)
    subject = subjects.subject_of(exemption.subject_kind)
    context = {
        "exemption": exemption,
        "live": exemption.is_live(timezone.now()),
        "may_revoke": events.EXEMPTION_REVOKED in exemption.available_events(request.user),
        "subject_url": subject.url(subject.find(exemption.subject_reference)),
        "told": story(exemption.reference, TOLD),
        "facts": [
            ("About", exemption.subject_reference),
            ("Gate", exemption.gate),
            ("Last day", exemption.expires_on),
            ("Asked by", exemption.proposed_by),
        ],
        "crumbs": [CRUMB, (exemption.reference, "")],
    }
    return render(request, "exceptions/show.html", context)


@login_required
def propose(request: HttpRequest) -> HttpResponse:
    """Ask for an exemption of what ?subject= names."""
    require(request.user, events.EXEMPTION_PROPOSED)
    subject = subjects.named(request.GET.get("subject", ""), request.user)
    if subject is None:
        raise Http404
    require(request.user, events.EXEMPTION_PROPOSED, subject)
    form = forms.ExemptionForm(request.POST or None)
    if request.method == "POST" and form.carry_out(propose_exemption, actor=request.user, subject=subject):
        return answer(request, form.result)
    context = {
        "form": form,
        "title": "Ask for an exception",
        "lead": f"For {subject.reference}. Others decide on it, and it ends on its last day.",
        "button": "Ask for it",
        "back": subject.get_absolute_url(),
        "crumbs": [CRUMB, ("New", "")],
    }
    return render(request, "forms/page.html", context)


@login_required
def revoke(request: HttpRequest, reference: str) -> HttpResponse:
    exemption = visible_or_404(Exemption, request.user, reference=reference)
    require(request.user, events.EXEMPTION_REVOKED, exemption)
    form = forms.RevocationForm(request.POST or None, initial={"revision": exemption.revision})
    if request.method == "POST" and form.carry_out(revoke_exemption, actor=request.user, exemption=exemption):
        return answer(request, form.result)
    context = {
        "form": form,
        "title": "Revoke the exception",
        "lead": "Approvals that rest on it are suspended at once.",
        "button": "Revoke it",
        "danger": True,
        "back": exemption.get_absolute_url(),
        "crumbs": [CRUMB, (exemption.reference, exemption.get_absolute_url()), ("Revoke", "")],
    }
    return render(request, "forms/page.html", context)
