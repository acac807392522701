import django_filters

from apps.pipelines.models import Pipeline, PipelineRun


class PipelineFilter(django_filters.FilterSet):
    model = django_filters.CharFilter(field_name="model__reference", label="Model")
    status = django_filters.ChoiceFilter(choices=Pipeline.Status.choices, empty_label="Any state")

    class Meta:
        model = Pipeline
        fields = ["model", "status", "name"]


class RunFilter(django_filters.FilterSet):
    pipeline = django_filters.CharFilter(field_name="pipeline__reference", label="Pipeline")
    model = django_filters.CharFilter(field_name="pipeline__model__reference", label="Model")
    status = django_filters.ChoiceFilter(choices=PipelineRun.Status.choices, empty_label="Any state")

    class Meta:
        model = PipelineRun
        fields = ["pipeline", "model", "status", "started_by"]
