"""Accounts, as those see them who keep or audit them; and each person their own."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from apps.accounts import events, forms
from apps.accounts.models import ApiToken, Reset, RoleGrant
from apps.accounts.roles import ROLES
from apps.accounts.selectors import history, may_look, people_with_roles, waiting_for
from apps.accounts.services import access, people, resets, roles, tokens
from apps.core.doors.api import require
from apps.core.doors.pages import listing, render, visible_or_404

DEEDS = {
    "change": (events.PERSON_CHANGED, forms.PersonForm, people.change_person, "Kept."),
    "deactivate": (
        events.PERSON_DEACTIVATED,
        forms.ReasonForm,
        people.deactivate,
        "The account is closed; its sessions and keys ended.",
    ),
    "role": (
        events.ROLE_REQUESTED,
        forms.RoleForm,
        roles.request_role,
        "Asked for. Another administrator has to grant it.",
    ),
    "reset": (
        events.RESET_REQUESTED,
        forms.ResetForm,
        resets.request_reset,
        "Asked for. Another administrator has to carry it out.",
    ),
    "access": (events.ACCESS_GRANTED, forms.AccessForm, access.grant_access, "Granted."),
    "end-access": (events.ACCESS_ENDED, forms.EndAccessForm, access.end_access, "Ended."),
}
GRANT_DEEDS = {"grant": roles.grant_role, "decline": roles.decline_role, "revoke": roles.revoke_role}
RESET_DEEDS = {"carry-out": resets.carry_out_reset, "decline": resets.decline_reset}


@login_required
def index(request):
    if not may_look(request.user):
        raise PermissionDenied("Only administrators and auditors see everybody's accounts.")
    chosen = forms.FilterForm(request.GET or None)
    shown = listing(request, chosen.chosen(people_with_roles()))
    shown |= {
        "title": "People",
        "form": chosen,
        "waiting": waiting_for(request.user),
        "tabs": tabs("people", request.user),
    }
    return render(request, "accounts/people.html", shown)


@login_required
def show(request, reference):
    return _page(request, _person(request, reference))


@login_required
@require_POST
def do(request, reference, deed):
    """One of DEEDS about a person; what is refused is said on their page."""
    person = _person(request, reference)
    event, form_class, service, said = DEEDS[deed]
    require(request.user, event)
    form = form_class(request.POST)
    if form.carry_out(service, actor=request.user, user=person):
        messages.success(request, said)
        return redirect(person)
    return _page(request, person, form=form, deed=deed, status=422)


@login_required
@never_cache
def invite(request):
    require(request.user, events.PERSON_INVITED)
    form = forms.InviteForm(request.POST or None)
    if request.method == "POST" and form.carry_out(people.invite, actor=request.user):
        person, link = form.result
        return render(
            request, "accounts/link.html", {"title": f"{person.name} has an account", "person": person, "link": link}
        )
    shown = {
        "title": "Make an account",
        "form": form,
        "button": "Make the account",
        "crumbs": crumbs("New person", request.user),
    }
    return render(request, "accounts/form.html", shown)


@login_required
def add_machine(request):
    require(request.user, events.MACHINE_ADDED)
    form = forms.MachineForm(request.POST or None)
    if request.method == "POST" and form.carry_out(people.add_machine, actor=request.user):
        return redirect(form.result)
    shown = {
        "title": "Make a service account",
        "form": form,
        "button": "Make it",
        "crumbs": crumbs("New program", request.user),
    }
    return render(request, "accounts/form.html", shown)


@login_required
@require_POST
@never_cache
def machine_token(request, reference):
    machine = _person(request, reference)
    require(request.user, events.MACHINE_TOKEN_ISSUED)
    form = forms.TokenForm(request.POST)
    if not form.carry_out(tokens.issue_machine_token, actor=request.user, machine=machine):
        return _page(request, machine, form=form, deed="token", status=422)
    return render(request, "accounts/secret.html", {"title": "A new key", "made": form.result, "back": machine})


@login_required
@require_POST
def revoke_token(request, reference, number):
    person = _person(request, reference)
    token = ApiToken.objects.filter(user=person, pk=number).first()
    if token is None:
        raise Http404
    tokens.revoke_token(actor=request.user, token=token, now=timezone.now())
    messages.success(request, "The key is out of use.")
    return redirect(person)


@login_required
@require_POST
def decide_grant(request, reference, deed):
    grant = visible_or_404(RoleGrant, request.user, reference=reference)
    form = (forms.RevocationForm if deed == "revoke" else forms.SeenForm)(request.POST)
    if form.carry_out(GRANT_DEEDS[deed], actor=request.user, grant=grant):
        messages.success(request, f"{form.result.role_title}: {form.result.get_status_display().lower()}.")
        return redirect(grant.user)
    return _page(request, grant.user, form=form, deed="grant", status=422)


@login_required
@require_POST
@never_cache
def decide_reset(request, reference, deed):
    reset = visible_or_404(Reset, request.user, reference=reference)
    form = forms.SeenForm(request.POST)
    if not form.carry_out(RESET_DEEDS[deed], actor=request.user, reset=reset):
        return _page(request, reset.user, form=form, deed="grant", status=422)
    link = form.result[1] if deed == "carry-out" else ""
    if link:
        shown = {"title": f"{reset.user.name} can choose a password", "person": reset.user, "link": link}
        return render(request, "accounts/link.html", shown)
    messages.success(request, "Done." if deed == "carry-out" else "Declined.")
    return redirect(reset.user)


def tabs(current, user):
    """The pages about people that `user` may see, with the present one marked."""
    pages = [("units", "Business units", "/people/units/"), ("roles", "Roles", "/people/roles/")]
    if may_look(user):
        pages.insert(0, ("people", "People", "/people/"))
    return [{"label": label, "url": url, "current": name == current} for name, label, url in pages]


def crumbs(label, user):
    """The way back, for who may go there."""
    return [("People", "/people/"), (label, None)] if may_look(user) else [(label, None)]


def _person(request, reference):
    """The person, for who may look at accounts, and for themselves."""
    person = people_with_roles().filter(pk=int(reference.removeprefix("USR-"))).first()
    if person is None or not (may_look(request.user) or person == request.user):
        raise Http404
    return person


def _page(request, person, *, form=None, deed="", status=200):
    keeps = request.user.has_perm("accounts.manage_people")
    units = [membership.unit for membership in person.memberships.all()]
    blank = {
        "change": forms.PersonForm(initial={"name": person.name, "title": person.title, "units": units}),
        "role": forms.RoleForm(),
        "reset": forms.ResetForm(),
        "access": forms.AccessForm(),
        "deactivate": forms.ReasonForm(),
        "token": forms.TokenForm(),
    }
    shown = {
        "title": person.name,
        "crumbs": crumbs(person.name, request.user),
        "person": person,
        "units": units,
        "roles": [ROLES[group.name] for group in person.groups.all() if group.name in ROLES],
        "grants": RoleGrant.objects.filter(user=person)
        .select_related("requested_by", "confirmed_by")
        .order_by("-pk"),
        "resets": Reset.objects.filter(user=person).select_related("requested_by", "confirmed_by").order_by("-pk"),
        "tokens": person.tokens.all()[:50],
        "access": access.access_of(person),
        "log": history(request.user, person),
        "keeps": keeps,
        "forms": {**blank, **({deed: form} if form else {})},
        "failed": form if deed not in blank else None,
        "deed": deed,
        "now": timezone.now(),
    }
    return render(request, "accounts/person.html", shown, status=status)
