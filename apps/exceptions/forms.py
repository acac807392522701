from django import forms

from apps.core.doors.pages import ServiceForm
from apps.exceptions.models import Exemption

PROSE = {"widget": forms.Textarea(attrs={"rows": 4}), "max_length": 20_000}


class DateInput(forms.DateInput):
    input_type = "date"


class ExemptionForm(ServiceForm, forms.Form):
    sort = forms.ChoiceField(label="Kind", choices=Exemption.Sort.choices)
    gate = forms.CharField(
        label="The gate it is from", required=False, max_length=120, help_text="Its name, as the gate policy has it."
    )
    reason = forms.CharField(label="Why it need not be met", **PROSE)
    compensating_controls = forms.CharField(label="What protects people meanwhile", **PROSE)
    expires_on = forms.DateField(label="Its last day", widget=DateInput())


class RevocationForm(ServiceForm, forms.Form):
    reason = forms.CharField(label="Reason", **PROSE)
    revision = forms.IntegerField(widget=forms.HiddenInput)
