from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.core.errors import Refused
from apps.pipelines.format import Definition

PREFIX = "parameter_"


class RunForm(ServiceForm, forms.Form):
    """A run to ask for: a field for each parameter of the version in force."""

    fresh = forms.BooleanField(
        label="Do everything anew",
        required=False,
        help_text="Else what has not changed since an earlier run is taken from there.",
    )
    note = forms.CharField(label="Why", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, definition: Definition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = definition.parameters
        fields = {f"{PREFIX}{name}": _field(name, value) for name, value in self.known.items()}
        self.fields = {**fields, **self.fields}

    def arguments(self) -> dict[str, Any]:
        said = self.cleaned_data
        given = {name: said[f"{PREFIX}{name}"] for name in self.known}
        changed = {name: value for name, value in given.items() if value != self.known[name]}
        return {"parameters": changed, "fresh": said["fresh"], "note": said["note"]}

    def show(self, refusal: Refused) -> None:
        for name, sentences in refusal.errors.items():
            field = name.replace("parameters.", PREFIX)
            self.add_error(field if field in self.fields else None, sentences[0])
        if not refusal.errors:
            self.add_error(None, str(refusal))


def _field(name: str, value: Any) -> forms.Field:
    if isinstance(value, bool):
        return forms.BooleanField(label=name, initial=value, required=False)
    if isinstance(value, int):
        return forms.IntegerField(label=name, initial=value)
    if isinstance(value, float):
        return forms.FloatField(label=name, initial=value)
    return forms.CharField(label=name, initial=value, required=False, max_length=2000)
