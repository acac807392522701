"""What lists of the gate's answers and of reports of tests can be narrowed by; one set for both doors."""

import django_filters

from apps.evaluations.models import Verdict
from apps.pipelines.models import GateCheck, TestReport


class OfAVersionFilter(django_filters.FilterSet):
    model = django_filters.CharFilter("version__model__reference", label="Model (reference)")
    version = django_filters.CharFilter("version__reference", label="Version (reference)")
    commit = django_filters.CharFilter("commit", label="Commit")


class GateCheckFilter(OfAVersionFilter):
    outcome = django_filters.ChoiceFilter(choices=Verdict.Outcome.choices, label="Outcome")
    policy = django_filters.CharFilter("policy__reference", label="Policy (version)")

    class Meta:
        model = GateCheck
        fields = ["model", "version", "commit", "outcome", "policy"]


class TestReportFilter(OfAVersionFilter):
    __test__ = False

    class Meta:
        model = TestReport
        fields = ["model", "version", "commit"]
