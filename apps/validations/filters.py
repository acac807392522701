"""What the list of validations can be narrowed by on its page."""

import django_filters

from apps.validations.models import Validation


class ValidationFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Validation.Status.choices, label="Status")
    sort = django_filters.ChoiceFilter(choices=Validation.Sort.choices, label="Kind")
    conclusion = django_filters.ChoiceFilter(choices=Validation.Conclusion.choices, label="Conclusion")

    class Meta:
        model = Validation
        fields = ["status", "sort", "conclusion"]
