from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import uses as registry
from apps.core.allowed import not_allowed
from apps.core.doors.api import StrictSerializer
from apps.core.errors import BadInput
from apps.datasets.api.uses import UsesSerializer
from apps.features.filters import FeatureFilters
from apps.features.models import Feature
from apps.features.selectors.online import MOST_KEYS, READ_VALUES, read_online, wanted
from apps.features.selectors.statistics import newest_made, statistics_of
from apps.features.selectors.training import training_sets_of
from apps.features.selectors.views import catalogue
from apps.features.uses import taken

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


class OnlineRequestSerializer(StrictSerializer):
    """Which features (FV-0001:balance, FV-0001@2:balance) and whole views (FV-0001), and of whom."""

    features = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=500)
    views = serializers.ListField(child=serializers.CharField(max_length=40), required=False, max_length=50)
    keys = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MOST_KEYS)

    def asked(self) -> dict[str, list[str]]:
        """The names of features by view; an empty list stands for all of them."""
        said = self.validated_data
        asked: dict[str, list[str]] = {}
        for place, named in enumerate(said.get("features", [])):
            view, colon, name = named.partition(":")
            if not colon:
                raise BadInput(errors={f"features[{place}]": ["A feature is named like FV-0001:balance."]})
            asked.setdefault(view, []).append(name)
        asked |= {view: [] for view in said.get("views", [])}
        if not asked:
            raise BadInput(errors={"features": ["Name features, or views."]})
        return asked


class OnlineSerializer(serializers.Serializer):
    """What is known of one key."""

    key = serializers.DictField()
    values = serializers.DictField()
    views = serializers.DictField()


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

    @extend_schema(
        responses={
            200: inline_serializer(
                "FeatureStatistics",
                {
                    "materialisation": serializers.CharField(allow_null=True),
                    "source": serializers.CharField(allow_null=True),
                    "as_of": serializers.DateTimeField(allow_null=True),
                    "newest_event": serializers.DateTimeField(allow_null=True),
                    "stale_since": serializers.DateTimeField(allow_null=True),
                    "statistics": serializers.DictField(),
                },
            )
        }
    )
    @action(detail=True)
    def statistics(self, request: Request, reference: str) -> Response:
        """Show what was counted of a feature's latest values, and how new they are.

        Frequent values are for those who may read rows.
        """
        feature = self.get_object()
        made = newest_made(feature.version)
        return Response(
            {
                "materialisation": made and made.reference,
                "source": made and made.source.reference,
                "as_of": made and made.as_of,
                "newest_event": made and made.newest_event,
                "stale_since": feature.version.view.stale_since,
                "statistics": statistics_of(feature, made, request.user),
            }
        )

    @extend_schema(responses=UsesSerializer)
    @action(detail=True)
    def uses(self, request: Request, reference: str) -> Response:
        """Show who uses a feature.

        The training sets that took it, and what rests on the versions that they became.
        """
        feature = self.get_object()
        rows = training_sets_of(feature.version.view, request.user, feature.name)
        made = [row.version.reference for row in rows if row.version]
        found, hidden = registry.seen(made, request.user) if made else ([], 0)
        uses = [*(taken(row, feature.reference) for row in rows), *found]
        return Response(UsesSerializer({"uses": [use.as_dict() for use in uses], "hidden": hidden}).data)

    @extend_schema(
        request=OnlineRequestSerializer,
        responses={
            200: inline_serializer(
                "OnlineValues", {"read_at": serializers.DateTimeField(), "results": OnlineSerializer(many=True)}
            )
        },
    )
    @action(detail=False, methods=["post"], filter_backends=())
    def online(self, request: Request) -> Response:
        """Read the latest values of features by key.

        Each with the moment of its event, its age, and whether it is past its time to live: then it has no value.
        """
        if not request.user.has_perm(READ_VALUES):
            raise not_allowed(request.user, READ_VALUES)
        body = OnlineRequestSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        found = read_online(wanted(body.asked(), request.user), body.validated_data["keys"], now)
        return Response({"read_at": now, "results": found})

    @extend_schema(parameters=[OpenApiParameter("reference", str, "path", description="FV-0001:utilisation")])
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Show a feature of a view in force."""
        return super().retrieve(request, *args, **kwargs)
