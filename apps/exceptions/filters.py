"""What the list of exemptions can be narrowed by; one set for both doors."""

import django_filters
from django.db.models import Q
from django.utils import timezone

from apps.exceptions.models import Exemption


class ExemptionFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=Exemption.Status.choices, label="Status")
    kind = django_filters.ChoiceFilter("sort", choices=Exemption.Sort.choices, label="Kind")
    live = django_filters.ChoiceFilter(method="counting", choices=[("yes", "Counts today")], label="In force")
    subject = django_filters.CharFilter(method="about", label="About (reference)")

    class Meta:
        model = Exemption
        fields = ["status", "kind", "live", "subject"]

    def counting(self, rows, name, value):
        return rows.live(timezone.now())

    def about(self, rows, name, value):
        return rows.filter(Q(subject_reference=value) | Q(root_reference=value))
