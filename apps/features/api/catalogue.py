from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets

from apps.features.filters import FeatureFilters
from apps.features.models import Feature
from apps.features.selectors.views import catalogue

NAME_PATTERN = r"[A-Z]+-[0-9]+(?::|%3A)[a-z][a-z0-9_]*"


class FeatureSerializer(serializers.ModelSerializer):
    """A feature as its view's version in force has it."""

    reference = serializers.CharField()
    view = serializers.CharField(source="version.view.reference")
    version = serializers.CharField(source="version.reference")
    entity = serializers.CharField(source="version.view.entity")
    source = serializers.CharField(source="version.view.source.reference")
    owner = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Feature
        fields = [
            *("reference", "name", "type", "description", "owner", "protected", "expression"),
            *("view", "version", "entity", "source"),
        ]


class FeatureViewSet(viewsets.ReadOnlyModelViewSet):
    """The catalogue: the features of every view in force. {reference} is FV-0001:utilisation."""

    queryset = catalogue().order_by("-pk")
    serializer_class = FeatureSerializer
    filterset_class = FeatureFilters
    lookup_url_kwarg = "reference"
    lookup_value_regex = NAME_PATTERN

    def get_queryset(self) -> Any:
        return super().get_queryset().visible_to(self.request.user)

    def get_object(self) -> Feature:
        view, _, name = self.kwargs["reference"].replace("%3A", ":").partition(":")
        found: Feature = get_object_or_404(self.get_queryset(), version__view__reference=view, name=name)
        return found

    @extend_schema(parameters=[OpenApiParameter("reference", str, "path", description="FV-0001:utilisation")])
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show a feature of a view in force."""
        return super().retrieve(request, *args, **kwargs)
