"""What the list of findings can be narrowed by; one set for both doors."""

import django_filters
from django.db.models import Q
from django.utils import timezone

from apps.core.dates import today
from apps.findings.models import Finding

OPEN = "unclosed"


class FindingFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="containing", label="Search")
    status = django_filters.ChoiceFilter(
        method="standing", choices=[(OPEN, "All that are not closed"), *Finding.Status.choices], label="Status"
    )
    severity = django_filters.ChoiceFilter(choices=Finding.Severity.choices, label="Severity")
    origin = django_filters.ChoiceFilter(choices=Finding.Origin.choices, label="Origin")
    overdue = django_filters.ChoiceFilter(method="late", choices=[("yes", "Overdue")], label="Date")
    subject = django_filters.CharFilter(method="about", label="About (reference)")
    owner = django_filters.CharFilter("responsible__email", label="Owner's address")

    class Meta:
        model = Finding
        fields = ["search", "status", "severity", "origin", "overdue", "subject", "owner"]

    def containing(self, rows, name, value):
        return rows.filter(
            Q(title__icontains=value) | Q(reference__icontains=value) | Q(description__icontains=value)
        )

    def standing(self, rows, name, value):
        return rows.open() if value == OPEN else rows.filter(status=value)

    def late(self, rows, name, value):
        return rows.open().filter(due__lt=today(timezone.now()))

    def about(self, rows, name, value):
        return rows.filter(Q(subject_reference=value) | Q(root_reference=value))
