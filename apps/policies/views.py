from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from apps.core.doors.api import require
from apps.core.doors.pages import answer, render, visible_or_404
from apps.core.written import compared, numbered
from apps.policies import events
from apps.policies.forms import EditForm, PolicyForm, PublicationForm, WithdrawalForm
from apps.policies.installing import default_texts
from apps.policies.models import Policy, PolicyVersion
from apps.policies.rules import KINDS, TITLES, run_cases
from apps.policies.selectors import MEANINGS, history, overview
from apps.policies.services import (
    draft_version,
    edit_draft,
    propose_policy,
    publish_version,
    withdraw_draft,
)

STARTS = {
    "gate_policy": "gates_binary_classification",
    "tiering_method": "tiering",
    "approval_route": "approval_tier_1",
    "monitoring_limits": "monitoring_binary_classification",
    "finding_deadlines": "finding_deadlines",
}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    context = {"title": "Policies", "kinds": overview(timezone.now()), "may_propose": _may(request, "add_policy")}
    return render(request, "policies/index.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    policy = visible_or_404(Policy, request.user, reference=reference)
    now = timezone.now()
    versions = history(policy)
    current = next((version for version in versions if version.counts_at(now)), None)
    draft = next((version for version in versions if version.is_draft), None)
    context = {
        "policy": policy,
        "versions": versions,
        "current": current,
        "coming": next((v for v in versions if v.effective_from and v.effective_from > now), None),
        "draft": draft,
        "rules": (current or versions[0]).rules,
        "shown": current or versions[0],
        "may_draft": draft is None and _may(request, "add_policyversion"),
        "crumbs": _crumbs((policy.reference, "")),
    }
    return render(request, "policies/show.html", context)


@login_required
def show_version(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    before = _before(version)
    context = {
        "version": version,
        "policy": version.policy,
        "rules": version.rules,
        "lines": numbered(version.text),
        "runs": run_cases(version.rules),
        "before": before,
        "in_force": version.counts_at(timezone.now()),
        "may_edit": version.is_draft and version.author == request.user and _may(request, "change_policyversion"),
        "may_withdraw": version.is_draft and _may(request, "change_policyversion"),
        "may_publish": version.is_draft and version.author != request.user and _may(request, "publish_policyversion"),
        "crumbs": _crumbs((version.policy.reference, version.policy.get_absolute_url()), (f"Version {number}", "")),
    }
    return render(request, "policies/version.html", context)


@login_required
def diff(request: HttpRequest, reference: str) -> HttpResponse:
    policy = visible_or_404(Policy, request.user, reference=reference)
    versions = {version.number: version for version in history(policy)}
    after = versions.get(_number(request, "to", max(versions)))
    before = versions.get(_number(request, "from", max(min(versions), (after.number if after else 1) - 1)))
    if before is None or after is None:
        raise Http404
    rows = compared(before.text, after.text)
    context = {
        "policy": policy,
        "before": before,
        "after": after,
        "versions": versions.values(),
        "rows": rows,
        "added": sum(row.kind == "added" for row in rows),
        "removed": sum(row.kind == "removed" for row in rows),
        "same_meaning": before.digest == after.digest,
        "crumbs": _crumbs((policy.reference, policy.get_absolute_url()), ("Comparison", "")),
    }
    return render(request, "policies/diff.html", context)


@login_required
def propose(request: HttpRequest) -> HttpResponse:
    require(request.user, events.POLICY_PROPOSED)
    kind = request.GET.get("kind", "")
    start = default_texts()[STARTS[kind]] if kind in KINDS else ""
    form = PolicyForm(request.POST or None, initial={"text": start})
    context = {"title": "Propose a policy", "crumbs": _crumbs(("Propose", "")), "kinds": TITLES.items(), "kind": kind}
    if request.method == "GET" and kind not in KINDS:
        return render(request, "policies/choose.html", {**context, "kinds": _kinds()})
    return _editor(request, form, propose_policy, context)


@login_required
def draft(request: HttpRequest, reference: str) -> HttpResponse:
    policy = visible_or_404(Policy, request.user, reference=reference)
    require(request.user, events.VERSION_DRAFTED, policy)
    versions = history(policy)
    start = next((v for v in versions if v.status == PolicyVersion.Status.PUBLISHED), versions[0])
    form = PolicyForm(request.POST or None, initial={"text": start.text})
    crumbs = _crumbs((policy.reference, policy.get_absolute_url()), ("Next version", ""))
    return _editor(
        request, form, draft_version, {"title": f"Next version of {policy.name}", "crumbs": crumbs}, policy=policy
    )


@login_required
def edit(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    require(request.user, events.DRAFT_EDITED, version)
    version.require_open_to(events.DRAFT_EDITED)
    initial = {"text": version.text, "note": version.note, "revision": version.revision}
    form = EditForm(request.POST or None, initial=initial)
    crumbs = _crumbs((version.policy.reference, version.policy.get_absolute_url()), (f"Version {number}", ""))
    return _editor(
        request, form, edit_draft, {"title": f"Edit {version.reference}", "crumbs": crumbs}, version=version
    )


@login_required
def publish(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    require(request.user, events.VERSION_PUBLISHED, version)
    version.require_open_to(events.VERSION_PUBLISHED)
    form = PublicationForm(request.POST or None, initial={"revision": version.revision})
    if request.method == "POST" and form.carry_out(publish_version, actor=request.user, version=version):
        return answer(request, form.result)
    runs = run_cases(version.rules)
    context = {
        "title": f"Publish {version.reference}",
        "version": version,
        "policy": version.policy,
        "form": form,
        "runs": runs,
        "closed": _why_closed(request, version, runs),
        "replaces": version.policy.versions.filter(status=PolicyVersion.Status.PUBLISHED).first(),
        "crumbs": _crumbs((version.reference, version.get_absolute_url()), ("Publish", "")),
    }
    return render(request, "policies/publish.html", context)


@login_required
def withdraw(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    version = _version_or_404(request, reference, number)
    require(request.user, events.DRAFT_WITHDRAWN, version)
    version.require_open_to(events.DRAFT_WITHDRAWN)
    form = WithdrawalForm(request.POST or None, initial={"revision": version.revision})
    if request.method == "POST" and form.carry_out(withdraw_draft, actor=request.user, version=version):
        return answer(request, form.result)
    crumbs = _crumbs((version.reference, version.get_absolute_url()), ("Withdraw", ""))
    context = {"title": f"Withdraw {version.reference}", "version": version, "form": form, "crumbs": crumbs}
    return render(request, "policies/withdraw.html", context)


def _kinds() -> list[tuple[str, str, str]]:
    """Each kind of policy: its name, what it is called, and what it is for."""
    return [(kind, title, MEANINGS[kind]) for kind, title in TITLES.items()]


def _editor(
    request: HttpRequest, form: PolicyForm, service: Any, context: dict[str, Any], **subject: Any
) -> HttpResponse:
    """The editor: checks without keeping, or carries out `service`; what was typed stays either way."""
    if request.method == "POST":
        if "check" in request.POST:
            form.check()
        elif form.carry_out(service, actor=request.user, **subject):
            return answer(request, form.result)
    checked = form.runs is not None and not form.errors
    context |= {"form": form, "checked": checked, "lines": form.listing if form.problems else []}
    return render(request, "policies/edit.html", context)


def _why_closed(request: HttpRequest, version: PolicyVersion, runs: list[Any]) -> str:
    if version.author == request.user:
        return "You wrote it, so somebody else has to publish it."
    if not runs:
        return "It has no example case yet. A policy shows by at least one what it means."
    if not all(run.passed for run in runs):
        return "It can't be published while one of its cases fails."
    return ""


def _version_or_404(request: HttpRequest, reference: str, number: int) -> PolicyVersion:
    policy = visible_or_404(Policy, request.user, reference=reference)
    found: PolicyVersion = visible_or_404(PolicyVersion, request.user, policy=policy, number=number)
    return found


def _before(version: PolicyVersion) -> PolicyVersion | None:
    found: PolicyVersion | None = (
        version.policy.versions.filter(number__lt=version.number)
        .exclude(status=PolicyVersion.Status.WITHDRAWN)
        .order_by("-number")
        .first()
    )
    return found


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 9 else otherwise


def _crumbs(*rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Policies", reverse("policies")), *rest]


def _may(request: HttpRequest, permission: str) -> bool:
    return request.user.has_perm(f"policies.{permission}")
