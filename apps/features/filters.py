"""How lists of features and their views are narrowed, in both doors."""

from django.db.models import Q
from django_filters import rest_framework as filters

from apps.features.definitions.shapes import Type
from apps.features.models import Feature, FeatureView, TrainingSet

YES_NO = [("true", "Protected"), ("false", "Not protected")]


class FeatureViewFilters(filters.FilterSet):
    search = filters.CharFilter(method="containing", label="Name or reference")
    entity = filters.CharFilter("entity", label="Entity")
    status = filters.ChoiceFilter(choices=FeatureView.Status, label="Status", empty_label="Any status")
    source = filters.CharFilter("source__reference", label="Source")
    owner = filters.CharFilter("owner__email", label="Owner's address")

    class Meta:
        model = FeatureView
        fields = ["search", "entity", "status", "source", "owner"]

    def containing(self, rows, name, value):
        return rows.filter(Q(name__icontains=value) | Q(reference__icontains=value))


class FeatureFilters(filters.FilterSet):
    search = filters.CharFilter(method="containing", label="Name or description")
    entity = filters.CharFilter("version__view__entity", label="Entity")
    type = filters.ChoiceFilter(
        choices=[(name, name) for name in Type.__args__], label="Type", empty_label="Any type"
    )
    protected = filters.ChoiceFilter(
        method="flagged", choices=YES_NO, label="Protected", empty_label="Protected or not"
    )
    owner = filters.CharFilter("owner__email", label="Owner's address")
    view = filters.CharFilter("version__view__reference", label="View")

    class Meta:
        model = Feature
        fields = ["search", "entity", "type", "protected", "owner", "view"]

    def containing(self, rows, name, value):
        found = Q(name__icontains=value) | Q(description__icontains=value) | Q(version__view__name__icontains=value)
        return rows.filter(found)

    def flagged(self, rows, name, value):
        return rows.filter(protected=value == "true")


class TrainingSetFilters(filters.FilterSet):
    status = filters.ChoiceFilter(choices=TrainingSet.Status, label="Status", empty_label="Any status")
    dataset = filters.CharFilter("dataset__reference", label="Dataset")
    labels = filters.CharFilter("labels__reference", label="Labels")
    view = filters.CharFilter(method="taking", label="View")

    class Meta:
        model = TrainingSet
        fields = ["status", "dataset", "labels", "view"]

    def taking(self, rows, name, value):
        path = "uses__version__reference" if "@" in value else "uses__version__view__reference"
        return rows.filter(**{path: value}).distinct()
