from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.core.written import Line, numbered
from apps.policies.rules import CaseRun, Problem, run_cases
from apps.policies.services import CasesFailed, PolicyUnreadable, read

CODE = forms.Textarea(attrs={"class": "code", "rows": 28, "spellcheck": "false", "autocapitalize": "off"})


class PolicyForm(ServiceForm, forms.Form):
    """A policy as YAML. What is wrong stands by line beside what was typed; nothing typed is lost."""

    text = forms.CharField(label="The policy, as YAML", strip=False, widget=CODE)
    note = forms.CharField(
        label="What changes, and why", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    problems: list[Problem]
    runs: list[CaseRun] | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems, self.runs = [], None

    def clean_text(self) -> str:
        typed: str = self.cleaned_data["text"]
        return typed.replace("\r\n", "\n").replace("\r", "\n")

    def check(self) -> None:
        """Read what was typed and run its cases, and keep neither."""
        if not self.is_valid():
            return
        try:
            self.runs = run_cases(read(self.cleaned_data["text"]))
        except PolicyUnreadable as refusal:
            self.show(refusal)

    def show(self, refusal: Refused) -> None:
        if not isinstance(refusal, PolicyUnreadable):
            super().show(refusal)
            return
        self.problems = refusal.problems
        count = len(refusal.problems)
        self.add_error("text", "One line has to be mended." if count == 1 else f"{count} lines have to be mended.")

    @property
    def listing(self) -> list[Line]:
        """What was typed, line by line, with the problems beside their lines."""
        return numbered(str(self.cleaned_data.get("text") or self["text"].value() or ""), self.problems)


class EditForm(PolicyForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class PublicationForm(ServiceForm, forms.Form):
    effective_from = forms.DateTimeField(
        label="In force from",
        required=False,
        help_text="Leave it empty for now. Moments are in UTC.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    note = forms.CharField(
        label="Why it is right", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def show(self, refusal: Refused) -> None:
        if isinstance(refusal, CasesFailed):
            self.add_error(None, str(refusal))
        else:
            super().show(refusal)


class WithdrawalForm(ServiceForm, forms.Form):
    note = forms.CharField(label="Why it is given up", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    revision = forms.IntegerField(widget=forms.HiddenInput)
