"""Sources in the browser: what there is, one with its history, a new one, and taking a table now."""

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.audit.selectors import story
from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.core.templatetags.format import moment
from apps.datasets import events
from apps.datasets.filters import SourceFilters
from apps.datasets.forms.sources import EndForm, SourceForm
from apps.datasets.models import Dataset, Source
from apps.datasets.selectors.keeping import retention_of
from apps.datasets.selectors.sources import course, drift_in_words, parts_of, previous_extraction, with_last
from apps.datasets.services.sources import (
    describe_source,
    end_source,
    extracting,
    register_source,
    request_extraction,
)
from apps.datasets.sources.places import read_place

MEANINGS = {
    "file": "A CSV or Parquet file in a folder of the machine.",
    "folder": "All files of a folder whose names fit, as one table.",
    "postgresql": "A table, or what a query gives.",
    "sqlite": "A table of a database file, or what a query gives.",
    "duckdb": "A table of a database file, or what a query gives.",
    "s3": "A CSV or Parquet file in a bucket.",
    "http": "A CSV or Parquet file at an address.",
}
TOLD = {
    events.SOURCE_REGISTERED.verb: "Registered",
    events.SOURCE_DESCRIBED.verb: "Described anew",
    events.SOURCE_ENDED.verb: "Ended",
}
EXTRACTIONS_A_PAGE = 20


@login_required
def index(request):
    rows = with_last(Source.objects.visible_to(request.user).select_related("dataset", "owner")).order_by("-pk")
    may_add = request.user.has_perm(str(events.SOURCE_REGISTERED.permission))
    context = {
        "title": "Sources",
        "new_url": reverse("choose-source") if may_add else "",
        **listing(request, rows, SourceFilters),
    }
    return render(request, "datasets/sources/index.html", context)


@login_required
def choose(request):
    require(request.user, events.SOURCE_REGISTERED)
    asked = f"?dataset={request.GET['dataset']}" if request.GET.get("dataset") else ""
    kinds = [(kind, label, MEANINGS[kind]) for kind, label in Source.Kind.choices]
    context = {"title": "Add a source", "kinds": kinds, "query": asked, "crumbs": _crumbs("New")}
    return render(request, "datasets/sources/choose.html", context)


@login_required
def register(request, kind):
    require(request.user, events.SOURCE_REGISTERED)
    if kind not in Source.Kind.values:
        raise Http404
    dataset = Dataset.objects.visible_to(request.user).filter(reference=request.GET.get("dataset", "")).first()
    initial = {"dataset": dataset, "classification": dataset.classification} if dataset else {}
    form = SourceForm(request.POST or None, kind=kind, user=request.user, initial=initial)
    if request.method == "POST" and form.carry_out(register_source, actor=request.user):
        return answer(request, form.result)
    context = {
        "form": form,
        "title": f"Add a source: {Source.Kind(kind).label}",
        "lead": "Nothing is read yet: a table is taken when you ask for it, or when its time comes.",
        "button": "Add the source",
        "back": reverse("choose-source"),
        "crumbs": _crumbs("New"),
    }
    return render(request, "forms/page.html", context)


@login_required
def show(request, reference):
    source = _source(request, reference)
    rows = source.extractions.select_related("version", "asked_by").order_by("-number")
    page = listing(request, rows, page_size=EXTRACTIONS_A_PAGE)
    page["rows"] = [(extraction, drift_in_words(extraction.drift)) for extraction in page["rows"]]
    newest = previous_extraction(source)
    in_use = source.status == Source.Status.IN_USE
    context = {
        "source": source,
        "crumbs": _crumbs(source.reference),
        "facts": _facts(source, newest),
        "newest": newest,
        "parts": parts_of(newest) if newest else [],
        "minding": _minding(source),
        "query_text": source.place.get("query", ""),
        "course": course(source),
        "job": extracting(source),
        "last": source.extractions.order_by("-number").first(),
        "retention": retention_of(source.dataset),
        "told": story(source.reference, TOLD),
        "may_extract": in_use and request.user.may(str(events.EXTRACTION_ASKED.permission), source),
        "may_describe": in_use and request.user.may(str(events.SOURCE_DESCRIBED.permission), source),
        **page,
    }
    return render(request, "datasets/sources/show.html", context)


@login_required
def describe(request, reference):
    source = _source(request, reference)
    require(request.user, events.SOURCE_DESCRIBED, source)
    form = SourceForm(request.POST or None, kind=source.sort, user=request.user, source=source)
    if request.method == "POST" and form.carry_out(describe_source, actor=request.user, source=source):
        return answer(request, form.result)
    return _form_page(request, form, source, "Edit the source", "Save")


@login_required
def end(request, reference):
    source = _source(request, reference)
    require(request.user, events.SOURCE_ENDED, source)
    form = EndForm(request.POST or None, initial={"revision": source.revision})
    if request.method == "POST" and form.carry_out(end_source, actor=request.user, source=source):
        return answer(request, form.result)
    lead = "Nothing is taken from it any more. What was taken stays, and so does what was said of it."
    return _form_page(request, form, source, "End the source", "End it", lead=lead, danger=True)


@login_required
@require_POST
def extract(request, reference):
    source = _source(request, reference)
    require(request.user, events.EXTRACTION_ASKED, source)
    mode = request.POST.get("mode", "")
    request_extraction(
        actor=request.user, source=source, now=timezone.now(), mode=mode if mode in Source.Mode.values else ""
    )
    return redirect(source)


def _source(request, reference):
    rows = Source.objects.select_related("dataset", "owner", "created_by")
    return visible_or_404(rows, request.user, reference=reference)


def _form_page(request, form, source, title, button, *, lead="", danger=False):
    context = {
        "form": form,
        "title": title,
        "lead": lead or f"{source.reference} {source.name}",
        "button": button,
        "danger": danger,
        "back": source.get_absolute_url(),
        "crumbs": [*_crumbs(source.reference, source.get_absolute_url()), (title, "")],
    }
    return render(request, "forms/page.html", context)


def _facts(source, newest):
    known = ", ".join(f"{name}: {reference}" for name, reference in source.credentials.items())
    return [
        ("Reference", source.reference),
        ("Kind", source.get_sort_display()),
        ("Where", read_place(source.sort, source.place).origin),
        ("Secrets", known or "none"),
        ("What is taken", source.get_mode_display()),
        ("New rows are told by", source.cursor),
        ("Taken up to", newest.mark["value"] if newest and newest.mark else ""),
        ("When", source.schedule or "when somebody asks"),
        ("Next", moment(source.due_at) if source.due_at else ""),
        ("Registered", f"{moment(source.created_at)} by {source.created_by}"),
    ]


def _minding(source):
    return [
        ("Who answers for it", source.owner),
        ("Handled as", source.get_classification_display()),
        ("Legal basis", source.get_legal_basis_display()),
        ("Purpose", source.purpose),
        ("May be kept for", f"{source.retention_days:,} days"),
        ("Sensitive columns", ", ".join(source.sensitive_columns)),
    ]


def _crumbs(here, url=""):
    return [("Datasets", reverse("datasets")), ("Sources", reverse("sources")), (here, url)]
