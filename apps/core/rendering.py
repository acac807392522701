"""Forms look the house's way wherever a template writes {{ form }}."""

from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.utils.html import format_html


class HouseForms(TemplatesSetting):
    """Reads templates/forms/; widgets stay Django's own. Needs "django.forms" among the installed apps."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class ExplainedRadioSelect(forms.RadioSelect):
    """Radio buttons of which some are closed, each with the reason beside it: {"approve": "needs an exception"}."""

    def __init__(self, *args: Any, closed: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.closed = closed or {}

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **kwargs)
        why = self.closed.get(str(value))
        if why:
            option["attrs"]["disabled"] = True
            option["label"] = format_html("{} <small>{}</small>", label, why)
        return option
