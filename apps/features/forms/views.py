from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.core.written import Line, Problem, numbered
from apps.features.services.reading import ViewUnreadable, Written, read

CODE = forms.Textarea(attrs={"class": "code", "rows": 28, "spellcheck": "false", "autocapitalize": "off"})


class ViewForm(ServiceForm, forms.Form):
    """A feature view as YAML. What is wrong stands by line beside what was typed; nothing typed is lost."""

    text = forms.CharField(label="The feature view, as YAML", strip=False, widget=CODE)
    note = forms.CharField(
        label="What changes, and why", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    problems: list[Problem]
    written: Written | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.problems, self.written = [], None

    def clean_text(self) -> str:
        typed: str = self.cleaned_data["text"]
        return typed.replace("\r\n", "\n").replace("\r", "\n")

    def check(self, actor: Any, view: Any = None) -> None:
        """Read what was typed, and keep nothing."""
        if not self.is_valid():
            return
        try:
            self.written = read(self.cleaned_data["text"], actor=actor, view=view)
        except ViewUnreadable as refusal:
            self.show(refusal)

    def show(self, refusal: Refused) -> None:
        if not isinstance(refusal, ViewUnreadable):
            super().show(refusal)
            return
        self.problems = refusal.problems
        count = len(refusal.problems)
        self.add_error("text", "One line has to be mended." if count == 1 else f"{count} lines have to be mended.")

    @property
    def listing(self) -> list[Line]:
        """What was typed, line by line, with the problems beside their lines."""
        return numbered(str(self.cleaned_data.get("text") or self["text"].value() or ""), self.problems)


class EditForm(ViewForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class PublicationForm(ServiceForm, forms.Form):
    note = forms.CharField(
        label="Why it is right", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class EndingForm(ServiceForm, forms.Form):
    """A draft given up, or a view archived."""

    note = forms.CharField(label="Why", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ServedForm(ServiceForm, forms.Form):
    """A button that asks for something, and says nothing."""
