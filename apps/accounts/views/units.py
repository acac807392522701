"""Business units and the table of roles."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect

from apps.accounts import events
from apps.accounts.forms import UnitForm
from apps.accounts.models import BusinessUnit
from apps.accounts.roles import EXCLUDES, MAY, ROLES, permissions_of
from apps.accounts.services.units import add_unit, change_unit
from apps.accounts.views.people import crumbs, tabs
from apps.core.doors.api import require
from apps.core.doors.pages import render


@login_required
def index(request):
    units = BusinessUnit.objects.annotate(people=Count("memberships"))
    shown = {"title": "Business units", "units": units, "tabs": tabs("units", request.user)}
    return render(request, "accounts/units.html", shown)


@login_required
def add(request):
    require(request.user, events.UNIT_ADDED)
    form = UnitForm(request.POST or None)
    if request.method == "POST" and form.carry_out(add_unit, actor=request.user):
        messages.success(request, f"{form.result.name} is there now.")
        return redirect("units")
    shown = {
        "title": "Make a business unit",
        "form": form,
        "button": "Make it",
        "crumbs": crumbs("New unit", request.user),
    }
    return render(request, "accounts/form.html", shown)


@login_required
def change(request, number):
    require(request.user, events.UNIT_CHANGED)
    unit = BusinessUnit.objects.filter(pk=number).first()
    if unit is None:
        raise Http404
    form = UnitForm(request.POST or None, initial={"name": unit.name, "legal_entity": unit.legal_entity})
    if request.method == "POST" and form.carry_out(change_unit, actor=request.user, unit=unit):
        messages.success(request, "Kept.")
        return redirect("units")
    shown = {"title": unit.name, "form": form, "button": "Keep", "crumbs": crumbs(unit.name, request.user)}
    return render(request, "accounts/form.html", shown)


@login_required
def roles(request):
    """Who may do what: the table itself, for everybody to read."""
    rows = [
        {"name": name, "role": role, "excludes": [ROLES[other].title for other in EXCLUDES.get(name, ())]}
        | {"permissions": sorted(permissions_of(name))}
        for name, role in ROLES.items()
    ]
    return render(
        request,
        "accounts/roles.html",
        {"title": "Roles", "rows": rows, "rights": len(MAY), "tabs": tabs("roles", request.user)},
    )
