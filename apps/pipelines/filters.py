import django_filters

from apps.pipelines.models import Pipeline


class PipelineFilter(django_filters.FilterSet):
    model = django_filters.CharFilter(field_name="model__reference", label="Model")
    status = django_filters.ChoiceFilter(choices=Pipeline.Status.choices, empty_label="Any state")

    class Meta:
        model = Pipeline
        fields = ["model", "status", "name"]
