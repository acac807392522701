"""Contracts and checks in the browser."""

import json

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.core.written import numbered
from apps.datasets import events
from apps.datasets.contracts.compiling import Unfit
from apps.datasets.forms.contracts import AgreementForm, ContractEditForm, ContractEndingForm, ContractForm
from apps.datasets.models import CheckResult, Contract, Dataset, DatasetVersion
from apps.datasets.quality import described, differences, may
from apps.datasets.selectors.contracts import draft_of, in_force
from apps.datasets.selectors.failing import examples_of
from apps.datasets.selectors.tables import require_rows
from apps.datasets.services.checking import ask_check
from apps.datasets.services.contracts import (
    agree_contract,
    draft_contract,
    edit_contract,
    end_contract,
    withdraw_contract,
)
from apps.datasets.starting import starting_text
from apps.datasets.writing import as_yaml

Status = Contract.Status


@login_required
def index(request, reference):
    dataset = visible_or_404(Dataset, request.user, reference=reference)
    draft = draft_of(dataset)
    context = {
        "dataset": dataset,
        "title": f"Contracts of {dataset.name}",
        "crumbs": _crumbs(dataset, "Contracts"),
        "may_draft": draft is None and may(request.user, events.CONTRACT_DRAFTED, dataset),
        **listing(request, dataset.contracts.select_related("author", "agreed_by").order_by("-number")),
    }
    return render(request, "datasets/contracts/index.html", context)


@login_required
def show(request, reference):
    contract = _contract(request, reference)
    user, draft = request.user, contract.is_draft
    context = {
        "contract": contract,
        "dataset": contract.dataset,
        "terms": contract.terms,
        "checks": described(contract),
        "lines": numbered(contract.text),
        **differences(contract),
        "may_edit": draft and contract.author == user and may(user, events.CONTRACT_EDITED, contract),
        "may_withdraw": draft and may(user, events.CONTRACT_WITHDRAWN, contract),
        "may_agree": draft and contract.author != user and may(user, events.CONTRACT_AGREED, contract),
        "may_end": contract.status == Status.IN_FORCE and may(user, events.CONTRACT_ENDED, contract),
        "may_draft": contract.status == Status.IN_FORCE
        and draft_of(contract.dataset) is None
        and may(user, events.CONTRACT_DRAFTED, contract.dataset),
        "crumbs": _crumbs(contract.dataset, contract.reference),
    }
    return render(request, "datasets/contracts/show.html", context)


@login_required
def draft(request, reference):
    dataset = visible_or_404(Dataset, request.user, reference=reference)
    require(request.user, events.CONTRACT_DRAFTED, dataset)
    current = in_force(dataset)
    start = current.text if current else starting_text(dataset)
    form = ContractForm(request.POST or None, initial={"text": start, "table": current.table if current else ""})
    context = {"title": f"A contract for {dataset.name}", "crumbs": _crumbs(dataset, "New contract")}
    return _editor(request, form, draft_contract, context, dataset=dataset)


@login_required
def edit(request, reference):
    contract = _contract(request, reference)
    require(request.user, events.CONTRACT_EDITED, contract)
    contract.require_open_to(events.CONTRACT_EDITED)
    initial = {name: getattr(contract, name) for name in ("text", "table", "note", "revision")}
    form = ContractEditForm(request.POST or None, initial=initial)
    context = {"title": f"Edit {contract.reference}", "crumbs": _crumbs(contract.dataset, contract.reference)}
    return _editor(request, form, edit_contract, context, contract=contract)


@login_required
def agree(request, reference):
    contract = _contract(request, reference)
    form = AgreementForm(request.POST or None, initial={"revision": contract.revision})
    context = {
        "title": f"Put {contract.reference} into force",
        "lead": "Every version that is taken in from now on is held against it; the newest one is checked at once.",
        "action": "Put into force",
        "closed": "You wrote it, so somebody else has to agree to it." if contract.author == request.user else "",
        "checks": described(contract),
        **differences(contract),
    }
    return _step(request, contract, form, agree_contract, events.CONTRACT_AGREED, context)


@login_required
def withdraw(request, reference):
    contract = _contract(request, reference)
    form = ContractEndingForm(request.POST or None, initial={"revision": contract.revision})
    context = {
        "title": f"Withdraw {contract.reference}",
        "lead": "The draft is given up; its text stays readable, and another one can be begun.",
        "action": "Withdraw",
    }
    return _step(request, contract, form, withdraw_contract, events.CONTRACT_WITHDRAWN, context)


@login_required
def end(request, reference):
    contract = _contract(request, reference)
    form = ContractEndingForm(request.POST or None, initial={"revision": contract.revision})
    context = {
        "title": f"End {contract.reference}",
        "lead": "Versions that come are not checked any more. What was checked keeps its results.",
        "action": "End it",
    }
    return _step(request, contract, form, end_contract, events.CONTRACT_ENDED, context)


@login_required
def export(request, reference):
    """The contract as a file: YAML, or JSON by ?as=json."""
    contract = _contract(request, reference)
    wants_json = request.GET.get("as") == "json"
    document = contract.exported()
    body = json.dumps(document, ensure_ascii=False, indent=2) if wants_json else as_yaml(document)
    kind, ending = ("application/json", "json") if wants_json else ("application/yaml", "yaml")
    sent = HttpResponse(body, content_type=f"{kind}; charset=utf-8")
    sent["Content-Disposition"] = (
        f'attachment; filename="{contract.dataset.reference}-{contract.number}.odcs.{ending}"'
    )
    return sent


@login_required
@require_POST
def check(request, reference):
    version = visible_or_404(DatasetVersion, request.user, reference=reference)
    require(request.user, events.CHECK_ASKED, version)
    return redirect(ask_check(actor=request.user, version=version, now=timezone.now()))


@login_required
def failing(request, reference, number):
    version = visible_or_404(DatasetVersion, request.user, reference=reference)
    require_rows(request.user, version)
    version.require_kept()
    result = CheckResult.objects.filter(pk=number, inspection__version=version).select_related("inspection").first()
    if result is None:
        raise Http404
    try:
        found, why = examples_of(result), ""
    except Unfit as unfit:
        found, why = None, str(unfit)
    context = {
        "version": version,
        "result": result,
        "found": found,
        "why": why,
        "title": f"Rows that fail “{result.name}”",
        "crumbs": [
            *_crumbs(version.dataset, "")[:-1],
            (version.reference, version.get_absolute_url()),
            ("Failing rows", ""),
        ],
    }
    return render(request, "datasets/contracts/failing.html", context)


def _editor(request, form, service, context, **subject):
    """The editor: checks without keeping, or carries out `service`; what was typed stays either way."""
    if request.method == "POST":
        if "check" in request.POST:
            form.check(request.user)
        elif form.carry_out(service, actor=request.user, **subject):
            return answer(request, form.result)
    checked = form.terms if not form.errors else None
    context |= {"form": form, "checked": checked, "lines": form.listing if form.problems else []}
    return render(request, "datasets/contracts/edit.html", context)


def _step(request, contract, form, service, event, context):
    """A page with one decision on it."""
    require(request.user, event, contract)
    contract.require_open_to(event)
    if request.method == "POST" and form.carry_out(service, actor=request.user, contract=contract):
        return answer(request, form.result)
    context |= {"contract": contract, "form": form, "crumbs": _crumbs(contract.dataset, contract.reference)}
    return render(request, "datasets/contracts/step.html", context)


def _contract(request, reference):
    rows = Contract.objects.select_related("dataset", "author", "agreed_by")
    return visible_or_404(rows, request.user, reference=reference)


def _crumbs(dataset, here):
    return [("Datasets", reverse("datasets")), (dataset.reference, dataset.get_absolute_url()), (here, "")]
