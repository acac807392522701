from django import forms

from apps.core.doors.pages import ServiceForm


class PlanForm(ServiceForm, forms.Form):
    reason = forms.CharField(max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    last_day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), label="Last day of use")
    fallback = forms.CharField(
        max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), help_text="What is done instead, from then on."
    )
    replacement = forms.CharField(max_length=80, required=False, help_text="The model that takes its place, if any.")
