from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from apps.core.doors.pages import render, visible_or_404
from apps.files.sending import send
from apps.inventory.models import ModelVersion
from apps.inventory.views import CRUMB
from apps.jobs.models import Job
from apps.reports.api import file_name, report_name
from apps.reports.layout import sections
from apps.reports.markdown import markdown
from apps.reports.models import Document
from apps.reports.services import JOB, SIGNED, compose, compose_report, pinned, request_card, request_report

TYPES = {"json": "application/json", "md": "text/markdown; charset=utf-8"}


def _version(request, reference):
    rows = ModelVersion.objects.select_related("model__business_unit", "model__owner", "artifact__blob")
    return visible_or_404(rows, request.user, reference=reference)


@login_required
def show(request, reference):
    """The card as a page, with what can be taken away."""
    version = _version(request, reference)
    made = compose(version, timezone.now())
    jobs = Job.objects.filter(kind=JOB, subject_reference=version.reference).visible_to(request.user)
    model = version.model
    context = {
        "version": version,
        "card": made.card,
        "as_of": made.key.as_of,
        "sections": sections(made.card),
        "document": pinned(made.key),
        "job": jobs.first(),
        "crumbs": [
            CRUMB,
            (model.reference, model.get_absolute_url()),
            (version.number, version.get_absolute_url()),
            ("Model card", ""),
        ],
    }
    return render(request, "reports/show.html", context)


@login_required
def download(request, reference, ending):
    """The card to take away. A PDF that is not rendered yet is asked for, and the card's page shows how far it is."""
    version = _version(request, reference)
    now = timezone.now()
    made = compose(version, now)
    if ending == "pdf":
        document = pinned(made.key)
        if document is not None:
            return send(document.blob, file_name(version, "pdf"))
        request_card(actor=request.user, version=version, key=made.key, now=now)
        return redirect("card", reference=version.reference)
    if ending not in TYPES:
        raise Http404
    body = made.content if ending == "json" else markdown(made.card)
    return _attached(body, TYPES[ending], file_name(version, ending))


@login_required
def report(request, reference, ending):
    """A signed report to take away; a PDF that is not rendered yet is asked for, and its validation's page tells."""
    validation = visible_or_404(SIGNED, request.user, reference=reference)
    if ending == "json":
        return _attached(validation.report, TYPES["json"], report_name(validation, "json"))
    if ending != "pdf":
        raise Http404
    now = timezone.now()
    key, _ = compose_report(validation, now)
    document = pinned(key, Document.Kind.VALIDATION_REPORT)
    if document is not None:
        return send(document.blob, report_name(validation, "pdf"))
    request_report(actor=request.user, validation=validation, key=key, now=now)
    return redirect(validation)


def _attached(body, content_type, name):
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=content_type, headers=headers)
