from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.core.written import Line, Problem, numbered
from apps.pipelines.services.writing import PipelineUnreadable, read

CODE = forms.Textarea(attrs={"class": "code", "rows": 32, "spellcheck": "false", "autocapitalize": "off"})


class PipelineForm(ServiceForm, forms.Form):
    """A pipeline as YAML. What is wrong stands by line beside what was typed; nothing typed is lost."""

    text = forms.CharField(label="The pipeline, as YAML", strip=False, widget=CODE)
    note = forms.CharField(
        label="What changes, and why", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    problems: list[Problem]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems, self.read = [], None

    def clean_text(self) -> str:
        typed: str = self.cleaned_data["text"]
        return typed.replace("\r\n", "\n").replace("\r", "\n")

    def check(self, actor: Any) -> None:
        """Read what was typed, and keep nothing."""
        if not self.is_valid():
            return
        try:
            self.read, _ = read(self.cleaned_data["text"], actor)
        except PipelineUnreadable as refusal:
            self.show(refusal)

    def show(self, refusal: Refused) -> None:
        if not isinstance(refusal, PipelineUnreadable):
            super().show(refusal)
            return
        self.problems = refusal.problems
        count = len(refusal.problems)
        self.add_error("text", "One line has to be mended." if count == 1 else f"{count} lines have to be mended.")

    @property
    def listing(self) -> list[Line]:
        """What was typed, line by line, with the problems beside their lines."""
        return numbered(str(self.cleaned_data.get("text") or self["text"].value() or ""), self.problems)


class EditForm(PipelineForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(ServiceForm, forms.Form):
    note = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    revision = forms.IntegerField(widget=forms.HiddenInput)


class PublicationForm(NoteForm):
    note = forms.CharField(
        label="What you looked at", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def show(self, refusal: Refused) -> None:
        if isinstance(refusal, PipelineUnreadable):
            for problem in refusal.problems:
                self.add_error(None, f"Line {problem.line}: {problem.message}")
        else:
            super().show(refusal)
