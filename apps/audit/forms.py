from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Q

from apps.core import dates
from apps.core.doors.pages import ServiceForm


class SelectionForm(forms.Form):
    """Which events to see, or to take along."""

    subject = forms.CharField(required=False, label="Subject", help_text="A reference, such as MDL-0001")
    actor = forms.CharField(required=False, label="Person", help_text="A name, an address or USR-3")
    verb = forms.CharField(required=False, label="What happened", help_text="A verb, or a room: findings.")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="To", widget=forms.DateInput(attrs={"type": "date"}))

    def clean_actor(self) -> list[str]:
        typed = self.cleaned_data["actor"].strip()
        if not typed or typed.startswith("USR-"):
            return [typed] if typed else []
        people = get_user_model().objects.filter(Q(email__iexact=typed) | Q(name__icontains=typed))
        found = [person.reference for person in people[:50]]
        if not found:
            raise forms.ValidationError("Nobody here has that name or address.")
        return found

    def selection(self) -> dict[str, Any]:
        """What was typed, as `apps.audit.selectors.select` wants it; nothing where it can't be used."""
        if not self.is_valid():
            return {}
        wanted = {name: value for name, value in self.cleaned_data.items() if value}
        if "since" in wanted:
            wanted["since"] = dates.end_of(wanted["since"] - timedelta(days=1))
        if "until" in wanted:
            wanted["until"] = dates.end_of(wanted["until"]) - timedelta(microseconds=1)
        return wanted


class ErasureForm(ServiceForm, forms.Form):
    reason = forms.CharField(
        label="Legal ground",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="It stays for ever, so don't repeat here what has to go.",
    )
