"""How lists of data are narrowed, in both doors."""

from django.db.models import Q
from django_filters import rest_framework as filters

from apps.datasets.models import Contract, Dataset, DatasetVersion, Erasure, Hold, Source


class DatasetFilters(filters.FilterSet):
    search = filters.CharFilter(method="containing", label="Name, reference or text")

    classification = filters.ChoiceFilter(choices=Dataset.Classification, label="Handled as", empty_label="Any way")

    class Meta:
        model = Dataset
        fields = ["search", "classification"]

    def containing(self, rows, name, value):
        return rows.filter(Q(name__icontains=value) | Q(reference__icontains=value) | Q(description__icontains=value))


class DatasetVersionFilters(filters.FilterSet):
    dataset = filters.CharFilter("dataset__reference")

    class Meta:
        model = DatasetVersion
        fields = ["digest", "status", "fitness"]


class HoldFilters(filters.FilterSet):
    dataset = filters.CharFilter("dataset__reference")

    class Meta:
        model = Hold
        fields = ["status"]


class SourceFilters(filters.FilterSet):
    search = filters.CharFilter(method="containing", label="Name, reference or text")
    dataset = filters.CharFilter("dataset__reference", label="Dataset")
    kind = filters.ChoiceFilter(field_name="sort", choices=Source.Kind, label="Kind", empty_label="Any kind")
    status = filters.ChoiceFilter(choices=Source.Status, label="Status", empty_label="Any status")

    class Meta:
        model = Source
        fields = ["search", "dataset", "kind", "status"]

    def containing(self, rows, name, value):
        return rows.filter(Q(name__icontains=value) | Q(reference__icontains=value) | Q(description__icontains=value))


class ContractFilters(filters.FilterSet):
    dataset = filters.CharFilter("dataset__reference")

    class Meta:
        model = Contract
        fields = ["status"]


class ErasureFilters(filters.FilterSet):
    dataset = filters.CharFilter("dataset__reference")

    class Meta:
        model = Erasure
        fields = ["status"]
