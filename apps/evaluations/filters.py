from django_filters import rest_framework as filters

from apps.evaluations.models import Evaluation, Result
from apps.measures.definitions import Family


class ResultFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(field_name="family", choices=[(str(family), family.title()) for family in Family])

    class Meta:
        model = Result
        fields = ["measure", "attribute", "status"]


class EvaluationFilter(filters.FilterSet):
    version = filters.CharFilter(field_name="version__reference")

    class Meta:
        model = Evaluation
        fields = ["status", "dry_run"]
