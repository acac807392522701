from django import forms

from apps.accounts.models import BusinessUnit
from apps.core.doors.pages import ServiceForm


class ModelForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=120)
    purpose = forms.CharField(widget=forms.Textarea, help_text="What decision it serves, and for whom.")
    business_unit = forms.ModelChoiceField(BusinessUnit.objects.none())

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["business_unit"].queryset = BusinessUnit.objects.filter(pk__in=user.unit_ids)
