"""What the inventory's lists can be narrowed by; one set for both doors."""

import django_filters
from django import forms
from django.db.models import Q

from apps.accounts.models import BusinessUnit
from apps.inventory.models import Model, ModelVersion


class ModelFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(
        method="containing", label="Search", widget=forms.TextInput(attrs={"type": "search"})
    )
    business_unit = django_filters.ModelChoiceFilter(
        queryset=BusinessUnit.objects.order_by("name"), to_field_name="name", label="Business unit", empty_label="All"
    )
    tier = django_filters.ChoiceFilter(
        choices=[(n, f"Tier {n}") for n in range(1, 6)], label="Tier", empty_label="All"
    )
    status = django_filters.ChoiceFilter(choices=Model.Status.choices, label="Status", empty_label="All")
    intake = django_filters.ChoiceFilter(choices=Model.Intake.choices, label="Intake", empty_label="All")
    kind = django_filters.ChoiceFilter("kind_of_model", choices=Model.Kind.choices, label="Kind", empty_label="All")
    owner = django_filters.CharFilter("owner__email", label="Owner's address", widget=forms.HiddenInput)
    version_status = django_filters.ChoiceFilter(
        "versions__status",
        choices=ModelVersion.Status.choices,
        distinct=True,
        label="A version is",
        empty_label="All",
    )

    class Meta:
        model = Model
        fields = ["search", "business_unit", "tier", "status", "intake", "kind", "owner", "version_status"]

    def containing(self, rows, name, value):
        return rows.filter(Q(name__icontains=value) | Q(reference__icontains=value) | Q(purpose__icontains=value))


class VersionFilter(django_filters.FilterSet):
    model = django_filters.CharFilter("model__reference")

    class Meta:
        model = ModelVersion
        fields = ["model", "status"]
