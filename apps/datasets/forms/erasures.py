"""What people type to have a person's rows erased."""

from django import forms

from apps.core.doors.pages import ServiceForm
from apps.datasets.erasing.keys import LONGEST, MOST


class ErasureForm(ServiceForm, forms.Form):
    column = forms.CharField(max_length=200, help_text="The one that names a person in the versions of this dataset.")
    keys = forms.CharField(
        max_length=MOST * (LONGEST + 2),
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
        help_text="One a line. They are kept nowhere: what is kept are salted digests.",
    )
    reason = forms.CharField(
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Who asked for it and on which ground. It stays in the ledger: no keys and no names.",
    )

    def arguments(self):
        return {**self.cleaned_data, "keys": self.cleaned_data["keys"].splitlines()}


class ConfirmationForm(ServiceForm, forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
