from django import forms

from apps.core.doors.pages import ServiceForm
from apps.notifications.models import Preference


class MailForm(ServiceForm, forms.Form):
    mail = forms.ChoiceField(choices=Preference.Mail.choices, label="Tell me by e-mail")


class WebhookForm(ServiceForm, forms.Form):
    address = forms.CharField(
        max_length=400, help_text="Begins with https://. What is sent is signed; the secret is shown once."
    )
    verbs = forms.CharField(
        required=False,
        label="Which events",
        help_text="Such as approvals.decision_signed, or findings. for a whole room; spaces between. Empty for all.",
    )

    def clean_verbs(self):
        return self.cleaned_data["verbs"].split()


class ActionForm(ServiceForm, forms.Form):
    """A button that changes something one looked at."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
