"""What people type to compare versions."""

from django import forms


class DifferenceForm(forms.Form):
    against = forms.CharField(max_length=80, label="Compare with", widget=forms.TextInput(attrs={"list": "versions"}))
    key = forms.CharField(
        max_length=4_000, required=False, label="Rows are named by", help_text="Columns, with commas between them."
    )
    column = forms.CharField(max_length=200, required=False, label="Column", help_text="A part of its name.")

    def keys(self):
        return [name.strip() for name in self.cleaned_data["key"].split(",") if name.strip()]
