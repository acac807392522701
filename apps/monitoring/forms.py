from datetime import UTC, datetime, time, timedelta

from django import forms

from apps.core.doors.pages import ServiceForm


class SpanForm(ServiceForm, forms.Form):
    """Whole days, the last one included, and by which plan where there are several."""

    plan = forms.ChoiceField(label="By the plan of")
    start = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    end = forms.DateField(label="To, included", widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, plans, **kwargs):
        super().__init__(*args, **kwargs)
        self.plans = {plan.reference: plan for plan in plans}
        self.fields["plan"].choices = [(plan.reference, str(plan)) for plan in plans]
        if len(self.plans) < 2:
            del self.fields["plan"]

    def arguments(self):
        first, last = self.cleaned_data["start"], self.cleaned_data["end"]
        midnight = time(tzinfo=UTC)
        after = datetime.combine(last, midnight) + timedelta(days=1)
        chosen = self.plans.get(self.cleaned_data.get("plan"))
        return {"start": datetime.combine(first, midnight), "end": after, "plan": chosen}


class NoteForm(ServiceForm, forms.Form):
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 4}))
    revision = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(NoteForm):
    note = forms.CharField(label="Why it needs nobody's attention any more", widget=forms.Textarea(attrs={"rows": 4}))
