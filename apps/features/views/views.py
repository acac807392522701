from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from apps.core import panels
from apps.core.doors.api import require
from apps.core.doors.pages import answer, listing, render, visible_or_404
from apps.core.written import compared, numbered
from apps.datasets.models import Dataset
from apps.features import events
from apps.features.filters import FeatureViewFilters
from apps.features.forms.views import EditForm, EndingForm, PublicationForm, ServedForm, ViewForm
from apps.features.models import FeatureView, FeatureViewVersion
from apps.features.selectors.views import draft_of, history, in_force, views_with_versions
from apps.features.services.materialising import request_materialisation
from apps.features.services.views import (
    archive_view,
    draft_version,
    edit_draft,
    propose_view,
    publish_version,
    withdraw_draft,
)

Status = FeatureViewVersion.Status
EXAMPLE = """\
name: Account behaviour
description: What an account shows, once a month.
entity: customer
keys: [customer_id]
source: {source}
event_time: observed_at
created_time: loaded_at
ttl: 90d
freshness: 35d
features:
  - name: balance
    type: number
    description: What is owed at the end of the month, in euro.
  - name: utilisation
    type: number
    description: Share of the limit that is used.
    expression: balance / nullif(credit_limit, 0)
  - name: balance_change
    type: number
    description: Against the month before.
    expression: |
      balance - lag(balance) OVER (PARTITION BY customer_id ORDER BY observed_at)
"""


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = views_with_versions().visible_to(request.user).order_by("-pk")
    context = {"title": "Feature views", "new_url": _new_url(request), **listing(request, rows, FeatureViewFilters)}
    context["lines"] = [
        {"view": view, "in_force": in_force(view), "draft": draft_of(view)} for view in context["rows"]
    ]
    return render(request, "features/views.html", {**context, "crumbs": _crumbs(("Views", ""))})


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    view = _view(request, reference)
    versions = history(view)
    current = next((version for version in versions if version.status == Status.PUBLISHED), None)
    draft = next((version for version in versions if version.is_draft), None)
    active = view.status == FeatureView.Status.ACTIVE
    context = {
        "view": view,
        "versions": versions,
        "current": current,
        "draft": draft,
        "shown": current or versions[0],
        "may_draft": draft is None and active and request.user.may(events.VERSION_DRAFTED.permission, view),
        "may_archive": active and request.user.may(events.VIEW_ARCHIVED.permission, view),
        "panels": panels.rendered("featureview", view, request),
        "crumbs": _crumbs_in(view),
    }
    return render(request, "features/view.html", context)


@login_required
def show_version(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version(request, reference, number)
    user = request.user
    may_change = version.is_draft and user.may(events.DRAFT_EDITED.permission, version)
    context = {
        "version": version,
        "view": version.view,
        "lines": numbered(version.text),
        "before": _before(version),
        "may_edit": may_change and version.author == user,
        "may_withdraw": may_change,
        "may_publish": version.is_draft
        and version.author != user
        and user.may(events.VERSION_PUBLISHED.permission, version),
        "crumbs": _crumbs_in(version.view, f"Version {number}"),
    }
    return render(request, "features/version.html", context)


@login_required
def diff(request: HttpRequest, reference: str) -> HttpResponse:
    view = _view(request, reference)
    versions = {version.number: version for version in history(view)}
    after = versions.get(_number(request, "to", max(versions)))
    before = versions.get(_number(request, "from", max(min(versions), (after.number if after else 1) - 1)))
    if before is None or after is None:
        raise Http404
    rows = compared(before.text, after.text)
    context = {
        "view": view,
        "before": before,
        "after": after,
        "versions": versions.values(),
        "rows": rows,
        "added": sum(row.kind == "added" for row in rows),
        "removed": sum(row.kind == "removed" for row in rows),
        "same_meaning": before.digest == after.digest,
        "crumbs": _crumbs_in(view, "Comparison"),
    }
    return render(request, "features/diff.html", context)


@login_required
def propose(request: HttpRequest) -> HttpResponse:
    require(request.user, events.VIEW_PROPOSED)
    seen = Dataset.objects.visible_to(request.user)
    source = seen.filter(reference=request.GET.get("source", "")).first() or seen.order_by("-pk").first()
    form = ViewForm(
        request.POST or None, initial={"text": EXAMPLE.format(source=source.reference if source else "DS-0001")}
    )
    context = {"title": "Propose a feature view", "crumbs": _crumbs(("Views", reverse("feature-views")), ("New", ""))}
    return _editor(request, form, propose_view, context)


@login_required
def draft(request: HttpRequest, reference: str) -> HttpResponse:
    view = _view(request, reference)
    require(request.user, events.VERSION_DRAFTED, view)
    versions = history(view)
    start = next((row for row in versions if row.status == Status.PUBLISHED), versions[0])
    form = ViewForm(request.POST or None, initial={"text": start.text})
    context = {"title": f"Next version of {view.name}", "crumbs": _crumbs_in(view, "Next version")}
    return _editor(request, form, draft_version, context, view=view)


@login_required
def edit(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version(request, reference, number)
    require(request.user, events.DRAFT_EDITED, version)
    version.require_open_to(events.DRAFT_EDITED)
    initial = {"text": version.text, "note": version.note, "revision": version.revision}
    form = EditForm(request.POST or None, initial=initial)
    context = {"title": f"Edit {version.reference}", "crumbs": _crumbs_in(version.view, f"Version {number}")}
    return _editor(request, form, edit_draft, context, version=version)


@login_required
def publish(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version(request, reference, number)
    require(request.user, events.VERSION_PUBLISHED, version)
    version.require_open_to(events.VERSION_PUBLISHED)
    form = PublicationForm(request.POST or None, initial={"revision": version.revision})
    if request.method == "POST" and form.carry_out(publish_version, actor=request.user, version=version):
        return answer(request, form.result)
    own = version.author == request.user
    context = {
        "version": version,
        "view": version.view,
        "form": form,
        "closed": "You wrote it, so somebody else has to review it." if own else "",
        "replaces": version.view.versions.filter(status=Status.PUBLISHED).first(),
        "lines": numbered(version.text),
        "crumbs": _crumbs_in(version.view, "Review"),
    }
    return render(request, "features/publish.html", context)


@login_required
def withdraw(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version(request, reference, number)
    require(request.user, events.DRAFT_WITHDRAWN, version)
    version.require_open_to(events.DRAFT_WITHDRAWN)
    form = EndingForm(request.POST or None, initial={"revision": version.revision})
    if request.method == "POST" and form.carry_out(withdraw_draft, actor=request.user, version=version):
        return answer(request, form.result)
    context = {
        "title": f"Withdraw {version.reference}",
        "lead": "The draft is given up and stays readable. A next version can be begun afterwards.",
        "button": "Withdraw the draft",
        "form": form,
        "crumbs": _crumbs_in(version.view, "Withdraw"),
    }
    return render(request, "features/end.html", context)


@login_required
def archive(request: HttpRequest, reference: str) -> HttpResponse:
    view = _view(request, reference)
    require(request.user, events.VIEW_ARCHIVED, view)
    view.require_open_to(events.VIEW_ARCHIVED)
    form = EndingForm(request.POST or None, initial={"revision": view.revision})
    if request.method == "POST" and form.carry_out(archive_view, actor=request.user, view=view):
        return answer(request, form.result)
    context = {
        "title": f"Archive {view.name}",
        "lead": "Nothing new is made of it, and its online values end. What was made of it stays.",
        "button": "Archive the view",
        "form": form,
        "crumbs": _crumbs_in(view, "Archive"),
    }
    return render(request, "features/end.html", context)


@login_required
def materialise(request: HttpRequest, reference: str) -> HttpResponse:
    view = _view(request, reference)
    require(request.user, events.MATERIALISATION_REQUESTED, view)
    version = in_force(view)
    if request.method == "POST" and version is not None:
        form = ServedForm(request.POST)
        if not form.carry_out(request_materialisation, actor=request.user, version=version):
            messages.error(request, " ".join(form.non_field_errors()))
    return redirect(view)


def _editor(
    request: HttpRequest, form: ViewForm, service: Any, context: dict[str, Any], **subject: Any
) -> HttpResponse:
    """The editor: checks without keeping, or carries out `service`; what was typed stays either way."""
    if request.method == "POST":
        if "check" in request.POST:
            form.check(request.user, subject.get("view") or getattr(subject.get("version"), "view", None))
        elif form.carry_out(service, actor=request.user, **subject):
            return answer(request, form.result)
    context |= {"form": form, "checked": form.written, "lines": form.listing if form.problems else []}
    return render(request, "features/edit.html", context)


def _view(request: HttpRequest, reference: str) -> FeatureView:
    found: FeatureView = visible_or_404(
        FeatureView.objects.select_related("source", "owner"), request.user, reference=reference
    )
    return found


def _version(request: HttpRequest, reference: str, number: int) -> FeatureViewVersion:
    rows = FeatureViewVersion.objects.select_related("view__source", "author", "published_by")
    found: FeatureViewVersion = visible_or_404(rows, request.user, view__reference=reference, number=number)
    return found


def _before(version: FeatureViewVersion) -> FeatureViewVersion | None:
    rows = version.view.versions.filter(number__lt=version.number).exclude(status=Status.WITHDRAWN)
    found: FeatureViewVersion | None = rows.order_by("-number").first()
    return found


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 9 else otherwise


def _new_url(request: HttpRequest) -> str:
    return reverse("propose-feature-view") if request.user.has_perm(events.VIEW_PROPOSED.permission) else ""


def _crumbs(*rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Features", reverse("features")), *rest]


def _crumbs_in(view: FeatureView, here: str = "") -> list[tuple[str, str]]:
    if not here:
        return _crumbs(("Views", reverse("feature-views")), (view.reference, ""))
    return _crumbs(("Views", reverse("feature-views")), (view.reference, view.get_absolute_url()), (here, ""))
