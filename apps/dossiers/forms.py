from typing import Any

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.signatures.forms import SigningForm

LONG = forms.Textarea(attrs={"rows": 4})


class SubmissionForm(ServiceForm, forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(ServiceForm, forms.Form):
    reason = forms.CharField(
        max_length=4000, widget=LONG, help_text="What has to change, or the questions to answer."
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class AttestationForm(SigningForm):
    statement = forms.CharField(
        max_length=4000,
        widget=LONG,
        help_text="For whom it is used and within which limits. You sign the uses stated.",
    )

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
