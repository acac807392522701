from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from apps.accounts.roles import ROLES
from apps.approvals import events, forms, selectors
from apps.approvals.models import Approval, Condition, Delegation
from apps.approvals.readable import Section, people_in, sections, with_names
from apps.approvals.seats import Deciders, Seat, asked_stage
from apps.approvals.services import conditions, delegations, requests
from apps.approvals.services.decisions import decide, require_ready
from apps.audit.selectors import names, story
from apps.core import scope, subjects
from apps.core.dates import overdue
from apps.core.doors.api import require
from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.events import Event

CRUMB = ("Approvals", "/approvals/")
TOLD = {
    "approvals.approval_opened": "laid it before those who decide",
    "approvals.decision_signed": "decided and signed",
    "approvals.approval_returned": "found the record changed, so it went back",
    "approvals.approval_withdrawn": "took the request back",
    "approvals.approval_suspended": "suspended it",
    "approvals.suspension_lifted": "lifted the suspension",
}
SHOWN = {"mine": "Waiting for me", "open": "Open", "decided": "Decided"}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The inbox: what waits for me, what is open, what was decided."""
    waiting = selectors.awaiting_asker(request, timezone.now())
    shown = request.GET.get("show", "mine" if waiting else "open")
    rows = Approval.objects.visible_to(request.user)
    by_tab = {
        "mine": rows.filter(pk__in=[approval.pk for approval in waiting]),
        "open": rows.filter(status=Approval.Status.OPEN),
        "decided": rows.exclude(status=Approval.Status.OPEN),
    }
    shown = shown if shown in by_tab else "open"
    counts = {"mine": len(waiting), "open": by_tab["open"].count()}
    context = {
        "title": "Approvals",
        "shown": shown,
        "tabs": [
            {"label": label, "url": f"?show={key}", "current": key == shown, "count": counts.get(key)}
            for key, label in SHOWN.items()
        ],
        "may_delegate": request.user.has_perm(events.DELEGATION_MADE.permission),
        **listing(request, selectors.listed(by_tab[shown].order_by("-pk"))),
    }
    context["lines"] = [{"approval": approval, "stage": asked_stage(approval)} for approval in context["rows"]]
    return render(request, "approvals/index.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    """The approval: what is decided on, by whom, what they said; and the panel to decide in."""
    approval, now = _found(request, reference), timezone.now()
    deciders = selectors.deciders_shown(request, approval, now)
    seat = deciders.seat(request.user, approval)
    form = None if seat.obstacle else _decision_form(request, approval, seat, now)
    if request.method == "POST":
        if form is None:
            late = {**_page(request, approval, deciders, now), "unkept": request.POST.get("reason", "")}
            return render(request, "approvals/show.html", late, status=422)
        if form.sign_and_carry_out(decide, ready=require_ready, approval=approval):
            messages.success(request, f"Signed as {form.result.signature.reference}.")
            return redirect(approval)
        approval = _found(request, reference)
        deciders = selectors.deciders_shown(request, approval, now)
    context = {**_page(request, approval, deciders, now), "form": form}
    return render(request, "approvals/show.html", context)


def _decision_form(request: HttpRequest, approval: Approval, seat: Seat, now: datetime) -> forms.DecisionForm:
    return forms.DecisionForm(request.POST or None, approval=approval, signer=request.user, seat=seat, now=now)


def _page(request: HttpRequest, approval: Approval, deciders: Deciders, now: datetime) -> dict[str, Any]:
    user, stages, conditions = request.user, selectors.stages_of(approval, deciders), approval.conditions.all()
    scope.keep([approval, *conditions], deciders.root(approval))
    now_possible = approval.available_events(user)
    return {
        "approval": approval,
        "closed": deciders.closed(user, approval),
        "shortage": selectors.shortage_in(approval, stages),
        "people": selectors.people_of(stages, user),
        "stages": stages,
        "subtitle_of_panel": selectors.asked_of(approval, stages),
        "sections": _record(approval),
        "subject_url": _subject_url(approval),
        "conditions": [_condition(condition, user, now) for condition in conditions],
        "told": story(approval.reference, TOLD),
        "facts": [
            ("Reference", approval.reference),
            ("About", approval.subject_reference),
            ("Asked by", approval.opened_by),
            ("Route", approval.route_version),
            *([("Rests on since", ", ".join(approval.stand_ins))] if approval.stand_ins else []),
        ],
        "may": {
            "withdraw": user == approval.opened_by and events.APPROVAL_WITHDRAWN in now_possible,
            "suspend": events.APPROVAL_SUSPENDED in now_possible,
            "lift": events.SUSPENSION_LIFTED in now_possible,
        },
        "crumbs": [CRUMB, (approval.reference, "")],
    }


def _record(approval: Approval) -> list[Section]:
    """The frozen record for people to read, its people by name: one query, however many it names."""
    record = selectors.record_of(approval)
    return sections(with_names(record, names(people_in(record))))


def _condition(condition: Condition, user: Any, now: datetime) -> dict[str, Any]:
    events_now = condition.available_events(user)
    return {
        "row": condition,
        "overdue": condition.status != Condition.Status.VERIFIED and overdue(condition.due, now),
        "may_fulfil": events.CONDITION_FULFILLED in events_now,
        "may_verify": events.CONDITION_VERIFIED in events_now,
    }


def _subject_url(approval: Approval) -> str:
    subject = subjects.subject_of(approval.subject_kind)
    return subject.url(subject.find(approval.subject_reference))


def _found(request: HttpRequest, reference: str) -> Approval:
    found: Approval = visible_or_404(
        selectors.listed(Approval.objects.all()), request.user, reference=reference.replace("%40", "@")
    )
    return found


def reasoned(title: str, lead: str, button: str, service: Any, event: Event, *, danger: bool = False) -> Any:
    """A view that ends, suspends or restores an approval for a stated reason."""

    @login_required
    def view(request: HttpRequest, reference: str) -> HttpResponse:
        approval = _found(request, reference)
        require(request.user, event, approval)
        if request.method != "POST":
            approval.require_open_to(event)
        form = forms.ReasonForm(request.POST or None, initial={"revision": approval.revision})
        if request.method == "POST" and form.carry_out(service, actor=request.user, approval=approval):
            return redirect(approval)
        context = {"form": form, "title": title, "lead": lead, "button": button, "danger": danger}
        crumbs = [CRUMB, (approval.reference, approval.get_absolute_url()), (title, "")]
        return render(request, "forms/page.html", {**context, "back": approval.get_absolute_url(), "crumbs": crumbs})

    return view


withdraw = reasoned(
    "Take the request back",
    "Nothing is decided then; you can ask again.",
    "Take it back",
    requests.withdraw_approval,
    events.APPROVAL_WITHDRAWN,
)
suspend = reasoned(
    "Suspend the approval",
    "It does not count until somebody lifts the suspension. Everybody involved is told.",
    "Suspend it",
    requests.suspend_approval,
    events.APPROVAL_SUSPENDED,
    danger=True,
)
lift = reasoned(
    "Lift the suspension",
    "The approval counts again, as it did before.",
    "Lift it",
    requests.lift_suspension,
    events.SUSPENSION_LIFTED,
)

ON_A_CONDITION = {
    "fulfilment": (
        "Report it as fulfilled",
        forms.FulfilmentForm,
        conditions.fulfil_condition,
        events.CONDITION_FULFILLED,
    ),
    "verification": ("Verify it", forms.NoteForm, conditions.verify_condition, events.CONDITION_VERIFIED),
    "refusal": ("Say it is not fulfilled", forms.NoteForm, conditions.refuse_condition, events.CONDITION_REFUSED),
}


@login_required
def on_condition(request: HttpRequest, reference: str, number: int, deed: str) -> HttpResponse:
    """Report a condition as fulfilled, verify it, or refuse what was reported."""
    if deed not in ON_A_CONDITION:
        raise Http404
    title, form_class, service, event = ON_A_CONDITION[deed]
    approval = _found(request, reference)
    condition = approval.conditions.filter(number=number).first()
    if condition is None:
        raise Http404
    require(request.user, event, condition)
    if request.method != "POST":
        condition.require_open_to(event)
    form = form_class(request.POST or None, initial={"revision": condition.revision})
    if request.method == "POST" and form.carry_out(service, actor=request.user, condition=condition):
        return redirect(f"{approval.get_absolute_url()}#condition-{number}")
    context = {
        "form": form,
        "title": title,
        "lead": condition.text,
        "button": title,
        "danger": deed == "refusal",
        "back": approval.get_absolute_url(),
        "facts": [(name, value) for name, value in _reported(condition) if value],
        "crumbs": [CRUMB, (approval.reference, approval.get_absolute_url()), (f"Condition {number}", "")],
    }
    return render(request, "forms/page.html", context)


def _reported(condition: Condition) -> list[tuple[str, Any]]:
    return [
        ("Until", condition.due),
        ("Reported by", condition.fulfilled_by),
        ("They say", condition.note),
        ("Shown by", ", ".join(condition.evidence.get("references", ()))),
    ]


@login_required
def delegating(request: HttpRequest) -> HttpResponse:
    """Who decides in whose place; and lending one's own seat."""
    now, may = timezone.now(), request.user.has_perm(events.DELEGATION_MADE.permission)
    form = forms.DelegationForm(request.POST or None, principal=request.user) if may else None
    if request.method == "POST":
        require(request.user, events.DELEGATION_MADE)
        if form.carry_out(delegations.delegate, actor=request.user):
            messages.success(request, f"{form.result.deputy} decides in your place.")
            return redirect("delegations")
    rows = Delegation.objects.select_related("principal", "deputy").order_by("-pk")[:100]
    live = set(Delegation.objects.live(now).values_list("pk", flat=True))
    context = {
        "title": "Deciding in another's place",
        "form": form,
        "rows": [
            {"row": row, "role": ROLES[row.role].title, "live": row.pk in live, "ends": _ends(row, request.user, now)}
            for row in rows
        ],
        "crumbs": [CRUMB, ("Delegations", "")],
    }
    return render(request, "approvals/delegations.html", context)


def _ends(delegation: Delegation, user: Any, now: datetime) -> bool:
    return delegation.principal == user and delegation.ended_at is None and delegation.ends_at > now


@login_required
@require_POST
def end_delegation(request: HttpRequest, reference: str) -> HttpResponse:
    found = visible_or_404(Delegation, request.user, reference=reference)
    delegations.end_delegation(actor=request.user, delegation=found, now=timezone.now())
    return redirect(reverse("delegations"))
