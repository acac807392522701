import django_filters

from apps.deployments.models import Deployment, Environment


class DeploymentFilter(django_filters.FilterSet):
    """`at` asks what ran at a moment, whatever has become of it since."""

    model = django_filters.CharFilter(field_name="version__model__reference")
    version = django_filters.CharFilter(field_name="version__reference")
    environment = django_filters.ChoiceFilter(field_name="environment__name", choices=Environment.Name.choices)
    status = django_filters.ChoiceFilter(choices=Deployment.Status.choices)
    at = django_filters.IsoDateTimeFilter(method="ran_at")

    class Meta:
        model = Deployment
        fields = ["model", "version", "environment", "status"]

    def ran_at(self, rows, name, moment):
        return rows.live(moment)
