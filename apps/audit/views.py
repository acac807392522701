import json
from typing import Any
from uuid import UUID

from django.apps import apps
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.audit import events
from apps.audit.api import download
from apps.audit.forms import ErasureForm, SelectionForm
from apps.audit.keys import trusted_keys
from apps.audit.models import Checkpoint, Export, Leaf
from apps.audit.proofs import NotSealed, inclusion_proof
from apps.audit.selectors import names, places, said, select, since, state, subject_link
from apps.audit.services import erase_payload, request_export, request_verification, told
from apps.audit.verifier import NAME as VERIFIER
from apps.audit.verifier import script
from apps.core.doors.pages import listing, render
from apps.core.errors import NotYet
from apps.core.events import Event

HOME = ("Audit log", "/audit/")


@login_required
def index(request: HttpRequest) -> HttpResponse:
    form = SelectionForm(request.GET or None)
    rows = select(places(request.user), form.selection() if form.is_bound else {}).order_by("-seq")
    context = listing(request, rows)
    known = names({leaf.entry.actor for leaf in context["rows"]})
    for leaf in context["rows"]:
        leaf.who = known.get(leaf.entry.actor, leaf.entry.actor)
        leaf.note = (said(leaf.entry) or {}).get("note", "")
    return render(
        request,
        "audit/index.html",
        {
            "title": "Audit log",
            **context,
            "form": form,
            "state": since(state()),
            "checkpoint": Checkpoint.objects.first(),
            "key": trusted_keys()[0],
            "may_export": may(request, events.LEDGER_EXPORTED),
            "job": waiting(request),
        },
    )


@login_required
def show(request: HttpRequest, seq: int) -> HttpResponse:
    leaf = place_or_404(request, seq)
    entry, content = leaf.entry, said(leaf.entry)
    sealed = Checkpoint.objects.filter(size__gt=seq).order_by("size").first()
    return render(
        request,
        "audit/show.html",
        {
            "title": entry.verb,
            "crumbs": [HOME, (f"Event {seq}", None)],
            "leaf": leaf,
            "entry": entry,
            "content": content,
            "changes": [change_of(change) for change in content["changes"]] if content else [],
            "erasure": getattr(entry, "erasure", None),
            "who": names([entry.actor]).get(entry.actor, entry.actor),
            "subject": subject_link(entry),
            "digest": f"sha256:{bytes(entry.digest).hex()}",
            "sealed": sealed,
            "may_erase": content is not None and may(request, events.PAYLOAD_ERASED, entry),
        },
    )


@login_required
def proof(request: HttpRequest, seq: int) -> HttpResponse:
    leaf = place_or_404(request, seq)
    try:
        text = inclusion_proof(leaf).text
    except NotSealed as error:
        raise NotYet(f"{error} Then its proof can be had.") from None
    return attached(text, f"event-{seq}.tlog-proof")


@login_required
def erase(request: HttpRequest, seq: int) -> HttpResponse:
    leaf = place_or_404(request, seq)
    if not may(request, events.PAYLOAD_ERASED, leaf.entry):
        raise Http404
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.carry_out(erase_payload, actor=request.user, entry=leaf.entry):
        return redirect(leaf)
    crumbs = [HOME, (f"Event {seq}", leaf.get_absolute_url()), ("Erase", None)]
    return render(request, "audit/erase.html", {"title": "Erase what it says", "crumbs": crumbs, "form": form})


@login_required
def exports(request: HttpRequest) -> HttpResponse:
    form = SelectionForm(request.POST if request.method == "POST" else request.GET or None)
    if request.method == "POST" and form.is_valid():
        made, job = request_export(actor=request.user, now=timezone.now(), selection=form.selection())
        return redirect(f"{reverse('audit-export-page', args=[made.reference])}?job={job.pk}")
    mine = [(row, told(row.selection)) for row in Export.objects.filter(requested_by=reference_of(request))[:50]]
    allowed = may(request, events.LEDGER_EXPORTED)
    crumbs = [HOME, ("Exports", None)]
    context = {"title": "Exports", "crumbs": crumbs, "form": form, "exports": mine, "may_export": allowed}
    return render(request, "audit/exports.html", context)


@login_required
def export(request: HttpRequest, reference: str) -> HttpResponse:
    found = export_or_404(request, reference)
    crumbs = [HOME, ("Exports", reverse("audit-exports")), (found.reference, None)]
    context = {"title": found.reference, "crumbs": crumbs, "export": found, "told": told(found.selection)}
    context |= {"made": found.made, "job": waiting(request), "key": trusted_keys()[0]}
    return render(request, "audit/export.html", context)


@login_required
def export_file(request: HttpRequest, reference: str) -> Any:
    found = export_or_404(request, reference)
    if not found.made:
        raise NotYet("The export is still being made. Try again in a moment.")
    return download(found)


@login_required
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    job = request_verification(actor=request.user, now=timezone.now())
    return redirect(f"{reverse('audit')}?job={job.pk}")


@login_required
def verifier(request: HttpRequest) -> HttpResponse:
    return attached(script(), VERIFIER)


def may(request: HttpRequest, event: Event, row: Any = None) -> bool:
    user: Any = request.user
    return bool(user.has_perm(event.permission) if row is None else user.may(event.permission, row))


def reference_of(request: HttpRequest) -> str:
    user: Any = request.user
    return str(user.reference)


def place_or_404(request: HttpRequest, seq: int) -> Leaf:
    leaf = places(request.user).filter(seq=seq).first()
    if leaf is None:
        raise Http404
    return leaf


def export_or_404(request: HttpRequest, reference: str) -> Export:
    found = Export.objects.filter(reference=reference, requested_by=reference_of(request)).first()
    if found is None:
        raise Http404
    return found


def attached(text: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def waiting(request: HttpRequest) -> dict[str, str] | None:
    """The job that the page waits for, by the number in its address."""
    try:
        job = UUID(request.GET.get("job", ""))
    except ValueError:
        return None
    return {"pk": str(job), "title": "Working", "status": "Begun", "url": reverse("job-progress", args=[job])}


def change_of(change: dict[str, Any]) -> dict[str, Any]:
    """One row's change as a table: the fields that moved, with what they were and are."""
    before, after = change.get("before") or {}, change.get("after") or {}
    fields = [(name, shown(before.get(name)), shown(after.get(name))) for name in sorted({*before, *after})]
    return {
        "kind": in_words(change["kind"]),
        "reference": change["reference"],
        "is_new": "before" not in change,
        "fields": fields,
    }


def in_words(kind: str) -> str:
    """ "modelversion" -> "model version"; a kind that the product no longer has stays as it is."""
    return next((str(each._meta.verbose_name) for each in apps.get_models() if each._meta.model_name == kind), kind)


def shown(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)
