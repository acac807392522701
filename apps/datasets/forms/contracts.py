"""What people type about contracts."""

from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.core.written import Line, Problem, numbered
from apps.datasets.contracts import Terms
from apps.datasets.services.contracts import ContractUnreadable, read

CODE = forms.Textarea(attrs={"class": "code", "rows": 28, "spellcheck": "false", "autocapitalize": "off"})


class ContractForm(ServiceForm, forms.Form):
    """A contract as YAML. What is wrong stands by line beside what was typed; nothing typed is lost."""

    text = forms.CharField(label="The contract, as YAML (Open Data Contract Standard 3)", strip=False, widget=CODE)
    table = forms.CharField(
        label="Table",
        required=False,
        max_length=200,
        help_text="Which object of its schema this dataset is, where it has several.",
    )
    note = forms.CharField(
        label="What changes, and why", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    problems: list[Problem]
    terms: Terms | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems, self.terms = [], None

    def clean_text(self) -> str:
        typed: str = self.cleaned_data["text"]
        return typed.replace("\r\n", "\n").replace("\r", "\n")

    def check(self, actor: Any) -> None:
        """Read what was typed, and keep nothing."""
        if not self.is_valid():
            return
        try:
            self.terms, _ = read(self.cleaned_data["text"], actor=actor, table=self.cleaned_data["table"])
        except ContractUnreadable as refusal:
            self.show(refusal)

    def show(self, refusal: Refused) -> None:
        if not isinstance(refusal, ContractUnreadable):
            super().show(refusal)
            return
        self.problems = refusal.problems
        count = len(refusal.problems)
        self.add_error("text", "One line has to be mended." if count == 1 else f"{count} lines have to be mended.")

    @property
    def listing(self) -> list[Line]:
        """What was typed, line by line, with the problems beside their lines."""
        return numbered(str(self.cleaned_data.get("text") or self["text"].value() or ""), self.problems)


class ContractEditForm(ContractForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class AgreementForm(ServiceForm, forms.Form):
    note = forms.CharField(
        label="Why it is right", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ContractEndingForm(ServiceForm, forms.Form):
    """A draft given up, or a contract ended."""

    note = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    revision = forms.IntegerField(widget=forms.HiddenInput)
