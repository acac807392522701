"""What the list of experiments can be narrowed by."""

import django_filters
from django.db.models import Q

from apps.tracking.models import Experiment


class ExperimentFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="containing", label="Search")
    status = django_filters.ChoiceFilter(choices=Experiment.Status.choices, label="State")

    class Meta:
        model = Experiment
        fields = ["search", "status"]

    def containing(self, rows, name, value):
        return rows.filter(Q(name__icontains=value) | Q(reference__icontains=value))
