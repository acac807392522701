"""Erasing a person's rows, in the browser."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect
from django.urls import reverse

from apps.audit.selectors import story
from apps.core import subjects
from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.core.templatetags.format import moment
from apps.datasets import events
from apps.datasets.filters import ErasureFilters
from apps.datasets.forms.erasures import ConfirmationForm, ErasureForm
from apps.datasets.forms.keeping import ReasonForm
from apps.datasets.models import Dataset, Erasure
from apps.datasets.selectors.erasures import shown_record
from apps.datasets.selectors.keeping import held_by, standing_holds
from apps.datasets.services.erasures import confirm_erasure, decline_erasure, request_erasure
from apps.jobs.models import Job

TOLD = {
    events.ERASURE_REQUESTED.verb: "Asked for",
    events.ERASURE_SEARCHED.verb: "Searched",
    events.ERASURE_CONFIRMED.verb: "Confirmed",
    events.ERASURE_DECLINED.verb: "Declined",
    events.ERASURE_FAILED.verb: "Not carried out",
    events.ERASURE_DONE.verb: "Erased",
}


@login_required
def index(request):
    rows = Erasure.objects.visible_to(request.user).select_related("dataset", "requested_by").order_by("-pk")
    return render(request, "datasets/erasures.html", {"title": "Erasures", **listing(request, rows, ErasureFilters)})


@login_required
def ask(request, reference):
    dataset = visible_or_404(Dataset, request.user, reference=reference)
    require(request.user, events.ERASURE_REQUESTED, dataset)
    form = ErasureForm(request.POST or None, initial={"column": _usual_key(dataset)})
    if request.method == "POST" and form.carry_out(request_erasure, actor=request.user, dataset=dataset):
        return redirect(form.result[0])
    context = {
        "form": form,
        "title": "Erase a person's rows",
        "lead": "All versions are searched first. Another person confirms what was found before anything goes.",
        "button": "Search for the rows",
        "back": dataset.get_absolute_url(),
        "crumbs": _crumbs(dataset, "Erase"),
    }
    return render(request, "forms/page.html", context)


@login_required
def show(request, reference):
    erasure = _erasure(request, reference)
    record = shown_record(erasure, request.user)
    open_now = erasure.available_events(request.user)
    context = {
        "erasure": erasure,
        "found": [each for each in erasure.found if each["rows"]],
        "searched": len(erasure.found),
        "record": record,
        "touched": _touched(record),
        "held": held_by(standing_holds(erasure.dataset)) if erasure.status == Erasure.Status.FOUND else None,
        "job": _job(erasure),
        "facts": [
            ("Dataset", erasure.dataset.name),
            ("Key", erasure.column),
            ("Keys", erasure.keys),
            ("Asked for by", erasure.requested_by),
            ("Asked for", moment(erasure.requested_at)),
            ("Confirmed by", erasure.confirmed_by),
            ("Done", moment(erasure.done_at)),
        ],
        "told": story(erasure.reference, TOLD),
        "may_confirm": events.ERASURE_CONFIRMED in open_now,
        "may_decline": events.ERASURE_DECLINED in open_now,
        "crumbs": _crumbs(erasure.dataset, erasure.reference),
    }
    return render(request, "datasets/erasure.html", context)


@login_required
def confirm(request, reference):
    erasure = _erasure(request, reference)
    require(request.user, events.ERASURE_CONFIRMED, erasure)
    if request.method != "POST":
        erasure.require_open_to(events.ERASURE_CONFIRMED)
    form = ConfirmationForm(request.POST or None, initial={"revision": erasure.revision})
    if request.method == "POST" and form.carry_out(confirm_erasure, actor=request.user, erasure=erasure):
        return redirect(form.result[0])
    rows = [(each["version"], f"{each['rows']:,} rows") for each in erasure.found if each["rows"]]
    context = {
        "form": form,
        "title": "Erase these rows",
        "lead": "For good: each version gets a successor without them, and its own table and file are deleted.",
        "button": "Erase them",
        "danger": True,
        "facts": rows,
        "back": erasure.get_absolute_url(),
        "crumbs": _crumbs(erasure.dataset, erasure.reference),
    }
    return render(request, "forms/page.html", context)


@login_required
def decline(request, reference):
    erasure = _erasure(request, reference)
    require(request.user, events.ERASURE_DECLINED, erasure)
    if request.method != "POST":
        erasure.require_open_to(events.ERASURE_DECLINED)
    form = ReasonForm(request.POST or None, initial={"revision": erasure.revision})
    if request.method == "POST" and form.carry_out(decline_erasure, actor=request.user, erasure=erasure):
        return answer(request, form.result)
    context = {
        "form": form,
        "title": "Decline the erasure",
        "lead": f"{erasure}: the rows stay where they are.",
        "button": "Decline it",
        "back": erasure.get_absolute_url(),
        "crumbs": _crumbs(erasure.dataset, erasure.reference),
    }
    return render(request, "forms/page.html", context)


def _touched(record):
    """What rests on the erased versions, each with its address where there is one."""
    uses = record.get("uses", [])
    found = subjects.headings((use["kind"], use["reference"]) for use in uses)
    lines = [(use, found.get((use["kind"], use["reference"]), (use["title"], ""))[1]) for use in uses]
    return [{"use": use, "url": url} for use, url in lines]


def _job(erasure):
    """The job that is under way."""
    if erasure.status not in (Erasure.Status.SEARCHING, Erasure.Status.ERASING):
        return None
    return Job.objects.filter(pk=erasure.job).first()


def _usual_key(dataset):
    newest = dataset.versions.kept().in_order().first()
    return newest.metadata.get("id_column", "") if newest else ""


def _erasure(request, reference):
    rows = Erasure.objects.select_related("dataset", "requested_by", "confirmed_by")
    return visible_or_404(rows, request.user, reference=reference)


def _crumbs(dataset, here):
    return [("Datasets", reverse("datasets")), (dataset.reference, dataset.get_absolute_url()), (here, "")]
