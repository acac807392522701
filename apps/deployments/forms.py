from django import forms

from apps.core.doors.pages import ServiceForm
from apps.deployments.models import Environment


class ReleaseForm(ServiceForm, forms.Form):
    environment = forms.ChoiceField(choices=Environment.Name.choices, initial=Environment.Name.PRODUCTION)
    use = forms.ChoiceField(help_text="Only a use that was approved can be released into production.")

    def __init__(self, *args, version, **kwargs):
        super().__init__(*args, **kwargs)
        uses = version.model.uses.filter(ended_at=None).order_by("number")
        self.fields["use"].choices = [(use.name, use.name) for use in uses]


class StopForm(ServiceForm, forms.Form):
    reason = forms.CharField(label="Why it is stopped", widget=forms.Textarea(attrs={"rows": 3}))
    revision = forms.IntegerField(widget=forms.HiddenInput)
