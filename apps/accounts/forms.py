from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.db.models import Q

from apps.accounts.models import BusinessUnit, Reset, User
from apps.accounts.roles import NOT_FOR_PEOPLE, ROLES
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


class PersonForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=120, help_text="As it is printed beside signatures.")
    title = forms.CharField(max_length=120, required=False, help_text="Their position, such as head of model risk.")
    units = forms.ModelMultipleChoiceField(
        BusinessUnit.objects.all(), required=False, widget=forms.CheckboxSelectMultiple, label="Business units"
    )


class InviteForm(PersonForm):
    email = forms.EmailField(label="E-mail address", help_text="They log in with it.")

    field_order = ["name", "email", "title", "units"]


class MachineForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=80, help_text="What the program is, such as scoring batch.")
    answerable = forms.ModelChoiceField(User.objects.people().filter(is_active=True), label="Who answers for it")
    units = forms.ModelMultipleChoiceField(
        BusinessUnit.objects.all(), required=False, widget=forms.CheckboxSelectMultiple, label="Business units"
    )


class UnitForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=80)
    legal_entity = forms.CharField(max_length=120, required=False)


class RoleForm(ServiceForm, forms.Form):
    role = forms.ChoiceField(
        choices=[(name, role.title) for name, role in ROLES.items() if name not in NOT_FOR_PEOPLE]
    )
    reason = forms.CharField(max_length=1000, widget=LONG)


class ResetForm(ServiceForm, forms.Form):
    what = forms.ChoiceField(choices=Reset.What.choices, label="What is to be given back")
    reason = forms.CharField(max_length=1000, widget=LONG)


class AccessForm(ServiceForm, forms.Form):
    root_reference = forms.CharField(max_length=40, label="Model or dataset", help_text="Such as MDL-0001.")
    reason = forms.CharField(max_length=1000, widget=LONG)


class ReasonForm(ServiceForm, forms.Form):
    reason = forms.CharField(max_length=1000, widget=LONG)


class EndAccessForm(ServiceForm, forms.Form):
    root_reference = forms.CharField(max_length=40, widget=forms.HiddenInput)


class SeenForm(ServiceForm, forms.Form):
    """A button about something one looked at."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class RevocationForm(SeenForm):
    reason = forms.CharField(max_length=1000)


class TokenForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=80, help_text="What will use it, such as notebook or pipeline.")
    expires_in_days = forms.IntegerField(min_value=1, initial=90, label="Days until it expires")


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=[("auto", "As the system has it"), ("light", "Light"), ("dark", "Dark")])


class FilterForm(forms.Form):
    q = forms.CharField(required=False, label="Name or address", widget=forms.TextInput(attrs={"type": "search"}))
    role = forms.ChoiceField(
        required=False,
        choices=[("", "Any"), *((name, role.title) for name, role in ROLES.items() if name != "system")],
    )
    unit = forms.ModelChoiceField(BusinessUnit.objects.all(), required=False, empty_label="Any")
    state = forms.ChoiceField(required=False, choices=[("", "Any"), ("open", "Open"), ("closed", "Closed")])

    def chosen(self, rows):
        """`rows` of people, narrowed to what was chosen."""
        said = self.cleaned_data if self.is_valid() else {}
        for text in (said.get("q") or "").split():
            rows = rows.filter(Q(name__icontains=text) | Q(email__icontains=text))
        if said.get("role"):
            rows = rows.filter(groups__name=said["role"])
        if said.get("unit"):
            rows = rows.filter(pk__in=said["unit"].memberships.values("user"))
        return rows.filter(is_active=said["state"] == "open") if said.get("state") else rows
