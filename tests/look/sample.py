"""A version page and a page of every part, with made-up figures: what the look's tests look at."""

from types import SimpleNamespace

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from apps.core.rendering import ExplainedRadioSelect

RISA = SimpleNamespace(is_authenticated=True, printed_name="Risa Osei")
DIGEST = "sha256:9f3b5a7c1d2e4f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c641c0"


def nav(label, url, icon, key="", count=None, group="", current=False):
    return dict(label=label, url=url, icon=icon, key=key, count=count, group=group, current=current)


SHELL = {
    "user": RISA,
    "user_role": "Risk officer",
    "unread": 3,
    "quaestor_version": "1.0",
    "ledger_state": {"label": "Ledger verified 23 Nov 2026, 03:00 UTC", "tone": "good", "url": "#"},
    "navigation": [
        nav("Overview", "/", "layout-dashboard", "overview"),
        nav("Model inventory", "/models/", "boxes", "inventory", current=True),
        nav("Approvals", "/approvals/", "stamp", "approvals", count=4),
        nav("Findings", "/findings/", "flag", "findings", count=11),
        nav("Monitoring", "/monitoring/", "activity", "monitoring"),
        nav("Policies & gates", "/policies/", "file-check-corner", group="Govern"),
        nav("Regulations", "/regulations/", "scale", group="Govern"),
        nav("Audit log", "/audit/", "scroll-text", group="Govern"),
        nav("Reports", "/reports/", "download", group="Govern"),
    ],
}
CRUMBS = [("Model inventory", "/models/"), ("Credit", "/models/?unit=credit"), ("MDL-0042", "")]


def gate(name, value, threshold, margin, result, history, limit):
    return dict(name=name, value=value, threshold=threshold, margin=margin, result=result, runs=history, limit=limit)


GATES = [
    gate("AUC", 0.784, "≥ 0.750", "+0.034", "pass", [0.79, 0.788, 0.785, 0.786, 0.784], 0.75),
    gate("Gini", 0.568, "≥ 0.500", "+0.068", "pass", [0.58, 0.576, 0.57, 0.572, 0.568], 0.5),
    gate("KS statistic", 0.412, "≥ 0.350", "+0.062", "pass", [0.42, 0.417, 0.415, 0.413, 0.412], 0.35),
    gate("Brier score", 0.163, "≤ 0.170", "0.007 left", "near_limit", [0.151, 0.154, 0.158, 0.16, 0.163], None),
    gate("Population stability index", 0.118, "≤ 0.100", "0.018 over", "fail", [0.05, 0.06, 0.08, 0.1, 0.118], None),
    gate("Calibration slope", 0.97, "0.90 to 1.10", "within", "pass", [1.02, 1.01, 1.0, 0.99, 0.97], None),
    gate(
        "Selection-rate ratio, worst group",
        0.71,
        "≥ 0.800",
        "0.090 under",
        "fail",
        [0.81, 0.78, 0.75, 0.73, 0.71],
        0.8,
    ),
]
FAIRNESS = [
    ("Men (reference)", 1.0, 2140, None, None),
    ("Women", 0.86, 1864, 0.82, 0.9),
    ("Age under 25", 0.71, 231, 0.62, 0.79),
    ("Age 25 to 64", 1.0, 3371, 0.97, 1.03),
    ("Age 65 and over", 0.83, 402, 0.77, 0.9),
    {"label": "Not stated", "value": 0.9, "n": 12, "flagged": True},
]
STEPS = [
    dict(name="Proposed", state="done", lines=["12 Aug", "M. Okafor"]),
    dict(name="Documented", state="done", lines=["28 Aug", "M. Okafor"]),
    dict(name="Evidence", state="done", lines=["14 Oct", "4 runs"]),
    dict(name="Validation", state="done", lines=["09 Nov", "Independent"]),
    dict(name="Approval", state="now", lines=["due 27 Nov", "2 of 3 signed"]),
    dict(name="In use", state="todo", lines=["—"]),
    dict(name="Retired", state="todo", lines=["—"]),
]
PEOPLE = [
    dict(
        name="Ana Ruiz",
        role="First line: model owner, no vote",
        state="signed",
        says="Attested",
        at="18 Nov 2026, 10:12 UTC",
    ),
    dict(
        name="Jonas Weber",
        role="Second line: model risk",
        state="signed",
        says="Approved with conditions",
        at="20 Nov 2026, 15:47 UTC",
        digest=DIGEST,
    ),
    dict(name="You", role="Second line: risk officer", state="awaiting", says="Awaiting"),
]
LOG = [
    dict(at="20 Nov, 15:47", who="Jonas Weber", text="approved with conditions", digest=DIGEST, url="#"),
    dict(
        at="19 Nov, 09:30",
        who="Quaestor",
        text="evaluated version 3.2.0",
        note="7 gates, 2 fail",
        digest="41c09f3b5a7c",
    ),
    dict(at="18 Nov, 10:12", who="Ana Ruiz", text="attested the use", digest="77aa01bc9d3e"),
]
FACTS = [("Owner", "Ana Ruiz"), ("Unit", "Retail credit"), ("Algorithm", "Gradient boosting"), ("Next review", "")]


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        choices=[
            ("approve", "Approve"),
            ("conditions", "Approve with conditions"),
            ("back", "Send back"),
            ("reject", "Reject"),
        ],
        initial="back",
        widget=ExplainedRadioSelect(closed={"approve": "needs an exception", "conditions": "needs an exception"}),
    )
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}))
    password = forms.CharField(
        label="Password, to sign", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class EverythingForm(forms.Form):
    name = forms.CharField(help_text="As people in the business call it.")
    purpose = forms.CharField(widget=forms.Textarea, required=False)
    unit = forms.ChoiceField(choices=[("credit", "Retail credit"), ("markets", "Markets")])
    due = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), help_text="Ends at midnight.")
    uses = forms.MultipleChoiceField(
        choices=[("pd", "Origination"), ("ifrs", "Provisions")], widget=forms.CheckboxSelectMultiple
    )
    file = forms.FileField(required=False, label="Artefact", help_text="ONNX or skops, at most 200 MB.")
    agreed = forms.BooleanField(label="I have read the limitations")
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=3)

    def clean(self):
        self.add_error(None, "A model can't be its own challenger.")


class FilterForm(forms.Form):
    q = forms.CharField(label="Search", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    tier = forms.ChoiceField(required=False, choices=[("", "Any"), ("1", "Tier 1")])
    status = forms.ChoiceField(required=False, choices=[("", "Any"), ("live", "Live")])


def version(request):
    reason = "Applicants under 25 fall below the limit. Explain or mend before asking again."
    form = DecisionForm(initial={"decision": "back", "reason": reason})
    context = dict(crumbs=CRUMBS, steps=STEPS, gates=GATES, fairness=FAIRNESS, people=PEOPLE, log=LOG, facts=FACTS)
    return render(request, "version.html", {**SHELL, **context, "form": form, "digest": DIGEST})


def parts(request):
    windows = ["Jan", "Feb", "Mar", "Apr", "May", "Jun"]
    context = dict(
        crumbs=[("Parts", "")],
        form=EverythingForm({"revision": 3}),
        filters=FilterForm({"tier": "1"}, prefix="f"),
        results=["pass", "near_limit", "fail", "inconclusive", "unavailable"],
        statuses=["approved", "suspended", "rejected", "in_approval", "draft"],
        job=dict(pk=7, title="Evaluating 3.2.0", status="running", percent=40, message="Scoring, 40 of 100 parts"),
        waiting=dict(pk=8, title="Making the card", status="queued", percent=None),
        failed=dict(pk=9, title="Batch", status="failed", ended=True, failed=True, error="The file isn't a CSV."),
        tabs=[dict(label="Evidence", url="#", current=True), dict(label="Findings", url="#", count=2)],
        models=[("MDL-0042", "Retail PD scorecard", 1, "in_approval"), ("MDL-0007", "Waiver", 3, "approved")],
        windows=windows,
        drift=[dict(name="PSI", values=[0.02, 0.03, None, 0.06, 0.12, 0.2]), dict(name="Noise", values=[0.03] * 6)],
        small=[dict(title=name, values=[1, 2, 1.5, 3], limit=2.5) for name in ("age", "income", "region")],
        curve=[(0, 0), (0.1, 0.45), (0.3, 0.75), (0.6, 0.92), (1, 1)],
        bins=[(0.1, 0.12, 400, 0.1, 0.15), (0.4, 0.37, 300, 0.3, 0.43), (0.8, 0.83, 90, 0.72, 0.9)],
        ages=[("16 to 24", 0.2, 0.05), ("25 to 39", 0.4, 0.2), ("40 to 54", 0.3, 0.25), ("55 to 74", 0.1, 0.5)],
        portfolio=[("Tier 1", [2, 1, 1]), ("Tier 2", [5, 3, 0]), ("Tier 3", [9, 0, 2])],
        stages=["Live", "In approval", "Suspended"],
        texts=("auc: 0.75\nratio: 0.80\nn: 100", "auc: 0.75\nratio: 0.85\nn: 100"),
    )
    return render(request, "parts.html", {**SHELL, **context})


def refusal(request, status):
    sentence = "Ana Ruiz developed or owns this version and can't decide on it."
    return render(request, "errors/error.html", {**SHELL, "status": status, "sentence": sentence}, status=status)


def bare(request):
    return render(request, "log_in.html", {"form": DecisionForm()})


def broken(request):
    raise RuntimeError("as it happens")


def forbidden(request):
    raise PermissionDenied


def job(request):
    """The second time one asks, the job has ended."""
    done = request.headers.get("HX-Request") == "true"
    state = dict(pk=7, title="Evaluating 3.2.0", status="done" if done else "running", percent=40, ended=done)
    page = "parts/_job.html" if done else "job.html"
    return render(
        request, page, {**SHELL, "job": state, "url": "/job/", "result_url": "/", "result": "See the verdict"}
    )


def toast(request):
    answer = HttpResponse(status=204)
    answer["HX-Trigger"] = '{"toast": {"text": "Saved.", "tone": "good"}}'
    return answer


urlpatterns = [
    path("", version),
    path("parts/", parts),
    path("refused/<int:status>/", refusal),
    path("log-in/", bare),
    path("broken/", broken),
    path("forbidden/", forbidden),
    path("job/", job),
    path("toast/", toast),
]
