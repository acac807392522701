from datetime import UTC, datetime, time, timedelta

from django import forms

from apps.core.doors.pages import ServiceForm


class SpanForm(ServiceForm, forms.Form):
    """Whole days, the last one included."""

    start = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To, included", widget=forms.DateInput(attrs={"type": "date"}))

    def arguments(self):
        first, last = self.cleaned_data["start"], self.cleaned_data["end"]
        midnight = time(tzinfo=UTC)
        after = datetime.combine(last, midnight) + timedelta(days=1)
        return {"start": datetime.combine(first, midnight), "end": after}


class NoteForm(ServiceForm, forms.Form):
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(NoteForm):
    note = forms.CharField(label="Why it needs nobody's attention any more", widget=forms.Textarea(attrs={"rows": 4}))
