from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password

from apps.accounts.models import User
from apps.core.doors.pages import ServiceForm

LONG = forms.Textarea(attrs={"rows": 3})


class ChosenPasswordForm(ServiceForm, forms.Form):
    password = forms.CharField(
        label="New password",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="The same again",
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_password(self):
        validate_password(self.cleaned_data["password"], self.user)
        return self.cleaned_data["password"]

    def clean(self):
        said = super().clean()
        if said.get("password") and said.get("password") != said.get("again"):
            self.add_error("again", "This is another one than above.")
        return said

    def arguments(self):
        return {"password": self.cleaned_data["password"]}
