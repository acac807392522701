from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import BusinessUnit, User
from apps.accounts.roles import FIRST_LINE
from apps.core.doors.pages import ServiceForm
from apps.inventory.models import Limitation, Model
from apps.inventory.tiering import axes_in_force
from apps.policies.rules.tiering import Axis

AXIS = "materiality."  # before the name of an axis, which may be that of another field
LONG = forms.Textarea(attrs={"rows": 4})


def asked(axis: Axis) -> forms.ChoiceField:
    """The question of an axis with its levels; none of them is chosen beforehand."""
    levels = [(level, spoken(level)) for level in axis.levels]
    return forms.ChoiceField(label=spoken(axis.name), choices=[("", "---------"), *levels], help_text=axis.question)


def spoken(word: str) -> str:
    return word.replace("_", " ").capitalize()


def people() -> Any:
    return User.objects.filter(is_active=True, account_kind=User.Kind.PERSON).order_by("name")


def first_line(*named: User | None) -> Any:
    """Who can own or develop a model: the first line, and of the others whoever is `named` there already."""
    part = Q(groups__name__in=FIRST_LINE) | Q(pk__in=[one.pk for one in named if one])
    return people().filter(part).distinct()


class DescriptionForm(ServiceForm, forms.Form):
    """What is said of a model."""

    name = forms.CharField(max_length=120)
    purpose = forms.CharField(max_length=20_000, widget=LONG, help_text="Which decision it serves, and for whom.")
    kind_of_model = forms.ChoiceField(label="Kind", choices=Model.Kind.choices)
    owner = forms.ModelChoiceField(people(), help_text="Answers for the model and attests its uses.")
    accountable_executive = forms.ModelChoiceField(people(), required=False)
    developers = forms.ModelMultipleChoiceField(
        people(), required=False, help_text="Barred from validating and approving it, for good."
    )
    legal_entity = forms.CharField(max_length=120, required=False)
    vendor = forms.CharField(max_length=120, required=False, help_text="Where it was bought or comes from outside.")
    contingency = forms.CharField(
        max_length=20_000, required=False, widget=LONG, help_text="What happens where the model can't be used."
    )
    next_review = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = first_line(user, self.initial.get("owner"))
        self.fields["developers"].queryset = first_line(user, *self.initial.get("developers", ()))
        for axis in axes_in_force(timezone.now()):
            self.fields[AXIS + axis.name] = asked(axis)
        after = list(self.fields).index("vendor") + 1
        self.order_fields([*list(self.fields)[:after], *(name for name in self.fields if name.startswith(AXIS))])

    def arguments(self) -> dict[str, Any]:
        said = {name: value for name, value in self.cleaned_data.items() if not name.startswith(AXIS)}
        stated = [name for name in self.cleaned_data if name not in said]
        materiality: dict[str, Any] = {name.removeprefix(AXIS): self.cleaned_data[name] for name in stated}
        if "exposure" in materiality:
            materiality["exposure"] = {"level": materiality["exposure"]}  # its amount is said elsewhere, and stays
        return {**said, "materiality": materiality}


class RegistrationForm(DescriptionForm):
    business_unit = forms.ModelChoiceField(BusinessUnit.objects.none())
    use = forms.CharField(label="First use", max_length=200)
    population = forms.CharField(
        max_length=4000, required=False, widget=LONG, help_text="Whom it is applied to: ages, products, countries."
    )
    boundaries = forms.CharField(max_length=4000, required=False, widget=LONG, help_text="Where its use ends.")

    field_order = ["name", "purpose", "kind_of_model", "business_unit", "owner"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        self.fields["business_unit"].queryset = BusinessUnit.objects.filter(pk__in=user.unit_ids)

    def arguments(self) -> dict[str, Any]:
        said = super().arguments()
        use = {"name": said.pop("use"), "population": said.pop("population"), "boundaries": said.pop("boundaries")}
        return {**said, "uses": [use]}


class ChangeForm(DescriptionForm):
    revision = forms.IntegerField(widget=forms.HiddenInput)


class IntakeForm(ServiceForm, forms.Form):
    decision = forms.ChoiceField(
        choices=[Model.Intake.choices[1], Model.Intake.choices[2]], widget=forms.RadioSelect, label="This is"
    )
    reason = forms.CharField(max_length=4000, widget=LONG)
    revision = forms.IntegerField(widget=forms.HiddenInput)


class UseForm(ServiceForm, forms.Form):
    name = forms.CharField(max_length=200, label="Use")
    population = forms.CharField(max_length=4000, required=False, widget=LONG)
    boundaries = forms.CharField(max_length=4000, required=False, widget=LONG)


class LimitationForm(ServiceForm, forms.Form):
    sort = forms.ChoiceField(choices=Limitation.Sort.choices, label="This is a")
    text = forms.CharField(max_length=4000, widget=LONG)


class DependencyForm(ServiceForm, forms.Form):
    upstream_kind = forms.ChoiceField(
        label="It rests on a",
        choices=[("model", "Model"), ("dataset", "Dataset"), ("external", "Source outside")],
    )
    upstream = forms.CharField(max_length=120, label="Reference or name", help_text="MDL-0001, DS-0001, or a name.")
    note = forms.CharField(max_length=4000, required=False, widget=LONG)


class EndingForm(ServiceForm, forms.Form):
    reason = forms.CharField(max_length=4000, required=False, widget=LONG)


class SavedViewForm(forms.Form):
    name = forms.CharField(max_length=60, label="Keep this view as")
    query = forms.CharField(max_length=1000, required=False, widget=forms.HiddenInput)
