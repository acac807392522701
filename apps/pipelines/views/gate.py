"""The gate's answers as the author of a pull request reads them, and reports of tests."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from apps.core.doors.pages import listing, render, visible_or_404
from apps.core.templatetags.format import moment
from apps.evaluations.showing import VERDICTS, threshold, whom
from apps.inventory.models import ModelVersion
from apps.pipelines.gate_filters import GateCheckFilter
from apps.pipelines.models import GateCheck, TestReport

CRUMB = ("Gate checks", "/gate-checks/")
WHAT_TO_DO = {
    "failed": "Change the model or its data, and add a version; or ask for an exception, which has to be approved.",
    "inconclusive": "The data don't settle it: evaluate on more rows.",
    "unavailable": "Evaluate the version as it is now; what can't be measured needs an exception.",
}
KINDS = {
    "data_contract": "Data contract",
    "minimum_functionality": "Minimum functionality",
    "invariance": "Invariance",
    "directional": "Directional expectation",
    "other": "Other",
}
OF_A_CHECK = ("version__model", "policy__policy", "evaluation", "report", "checked_by")


@login_required
def index(request: HttpRequest) -> HttpResponse:
    rows = GateCheck.objects.visible_to(request.user).select_related(*OF_A_CHECK).order_by("-pk")
    context = {"title": "Gate checks", **listing(request, rows, GateCheckFilter)}
    return render(request, "pipelines/gate_checks.html", context)


@login_required
def show(request: HttpRequest, reference: str) -> HttpResponse:
    rows = GateCheck.objects.select_related(*OF_A_CHECK)
    check = visible_or_404(rows, request.user, reference=reference)
    tone, title = VERDICTS[check.outcome]
    context = {
        "check": check,
        "tone": tone if check.passes else "bad",
        "verdict": title,
        "advice": "" if check.passes else WHAT_TO_DO.get(check.outcome, ""),
        "gates": [_line(gate) for gate in check.gates],
        "facts": _facts(check),
        "crumbs": [*_way_to(check.version), (check.reference, "")],
    }
    return render(request, "pipelines/gate_check.html", context)


@login_required
def report(request: HttpRequest, reference: str) -> HttpResponse:
    rows = TestReport.objects.select_related("version__model", "reported_by")
    found = visible_or_404(rows, request.user, reference=reference)
    context = {
        "report": found,
        "tests": sorted(map(_test, found.tests), key=lambda test: test["outcome"] not in ("failed", "error")),
        "facts": [
            ("Tool", found.tool),
            ("Commit", found.commit or "—"),
            ("Branch", found.branch or "—"),
            ("Reported by", found.reported_by),
            ("Reported", moment(found.reported_at)),
        ],
        "crumbs": [*_way_to(found.version), (found.reference, "")],
    }
    return render(request, "pipelines/test_report.html", context)


def _line(gate: dict[str, Any]) -> dict[str, Any]:
    return {
        **gate,
        "threshold": threshold(gate["limit"]),
        "whom": whom(gate["select"]),
        "warns": gate["severity"] == "warn",
        "told": gate["outcome"] != "passed",
    }


def _test(test: dict[str, Any]) -> dict[str, Any]:
    figures = test.get("figures") or {}
    return {
        **test,
        "kind": KINDS.get(test["kind"], test["kind"]),
        "cases": figures.get("cases"),
        "failures": figures.get("failures"),
    }


def _facts(check: GateCheck) -> list[tuple[str, Any]]:
    return [
        ("Asked by", check.checked_by),
        ("Asked", moment(check.checked_at)),
        ("Commit", check.commit or "—"),
        ("Branch", check.branch or "—"),
        ("Policy", f"{check.policy.reference} {check.policy.policy.name}"),
    ]


def _way_to(version: ModelVersion) -> list[tuple[str, str]]:
    return [("Model inventory", "/models/"), (version.reference, version.get_absolute_url())]
