import django_filters

from apps.monitoring.models import Alert, Batch


class AlertFilter(django_filters.FilterSet):
    model = django_filters.CharFilter(field_name="model__reference", label="Model")
    status = django_filters.ChoiceFilter(choices=Alert.Status.choices, empty_label="Any state")
    level = django_filters.ChoiceFilter(choices=Alert.Level.choices, empty_label="Any level")

    class Meta:
        model = Alert
        fields = ["model", "status", "level", "use"]


class BatchFilter(django_filters.FilterSet):
    model = django_filters.CharFilter(field_name="model__reference")

    class Meta:
        model = Batch
        fields = ["model", "sort"]
