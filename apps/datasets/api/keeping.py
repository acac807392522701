"""How programs say how long data is kept, hold it, and dispose of it."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag
from apps.datasets import events
from apps.datasets.api.references import VersionField
from apps.datasets.api.shapes import DatasetVersionSerializer
from apps.datasets.filters import HoldFilters
from apps.datasets.models import Hold, Retention
from apps.datasets.selectors.keeping import retention_of
from apps.datasets.services.keeping import dispose_version, lift_hold, place_hold, set_retention


class RetentionSerializer(serializers.ModelSerializer):
    dataset = serializers.SlugRelatedField("reference", read_only=True)
    set_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Retention
        fields = ["dataset", "days", "reason", "set_by", "set_at", "revision"]


class RetentionBodySerializer(StrictSerializer):
    days = serializers.IntegerField(
        allow_null=True, help_text="From when a table was first taken in; null: for good."
    )
    reason = serializers.CharField(max_length=4_000)


class HoldSerializer(serializers.ModelSerializer):
    dataset = serializers.SlugRelatedField("reference", read_only=True)
    version = serializers.SlugRelatedField("reference", read_only=True)
    placed_by = serializers.SlugRelatedField("email", read_only=True)
    lifted_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Hold
        fields = [
            "reference",
            "dataset",
            "version",
            "status",
            "reason",
            "placed_by",
            "placed_at",
            "lifted_by",
            "lifted_at",
            "lifted_because",
            "revision",
        ]


class HoldBodySerializer(StrictSerializer):
    reason = serializers.CharField(max_length=4_000)
    version = VersionField(required=False, help_text="One version; without it, the whole dataset is held.")


class ReasonSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=4_000)


class KeepingOfDatasets:
    """A dataset's retention and legal holds, for its viewset."""

    bodies = {"set_retention": RetentionBodySerializer, "place_hold": HoldBodySerializer}

    @extend_schema(responses=RetentionSerializer)
    @action(detail=True)
    def retention(self, request, reference):
        """Show for how long a dataset's versions are kept.

        Days are null where they are kept for good, and so is who said so where nobody did.
        """
        dataset = self.get_object()
        said = retention_of(dataset) or Retention(dataset=dataset, reason="")
        return Response(RetentionSerializer(said).data, headers=etag(said))

    @extend_schema(request=RetentionBodySerializer, responses={201: RetentionSerializer})
    @retention.mapping.post
    def set_retention(self, request, reference):
        """Say for how long a dataset's versions are kept, and why."""
        return self.carry_out(set_retention, events.RETENTION_SET, answer=_retention, dataset=self.get_object())

    @extend_schema(responses=HoldSerializer(many=True))
    @action(detail=True, filter_backends=())
    def holds(self, request, reference):
        """List the legal holds that a dataset has had."""
        rows = self.get_object().holds.select_related("dataset", "version", "placed_by", "lifted_by")
        page = self.paginate_queryset(rows.order_by("-pk"))
        return self.get_paginated_response(HoldSerializer(page, many=True).data)

    @extend_schema(request=HoldBodySerializer, responses={201: HoldSerializer})
    @holds.mapping.post
    def place_hold(self, request, reference):
        """Place a legal hold on a dataset or on one of its versions.

        Nothing of it is disposed of or erased until another person lifts the hold.
        """
        return self.carry_out(place_hold, events.HOLD_PLACED, answer=_hold, dataset=self.get_object())


class DisposalOfVersions:
    """Disposing of a version, for its viewset."""

    bodies = {"disposal": ReasonSerializer}

    @extend_schema(request=ReasonSerializer, responses={201: DatasetVersionSerializer})
    @action(detail=True, methods=["post"])
    def disposal(self, request, reference):
        """Dispose of the rows of a version that is past its retention.

        Its digest and its history stay.
        """
        return self.carry_out(dispose_version, events.VERSION_DISPOSED, version=self.get_object())


class HoldViewSet(GovernedViewSet):
    queryset = Hold.objects.select_related("dataset", "version", "placed_by", "lifted_by").order_by("-pk")
    serializer_class = HoldSerializer
    filterset_class = HoldFilters

    def get_serializer_class(self):
        return ReasonSerializer if self.action == "lifting" else HoldSerializer

    @extend_schema(request=ReasonSerializer, responses={201: HoldSerializer})
    @action(detail=True, methods=["post"])
    def lifting(self, request, reference):
        """Lift a legal hold that another person placed."""
        return self.carry_out(lift_hold, events.HOLD_LIFTED, hold=self.get_object())


def _retention(row):
    return RetentionSerializer(row).data


def _hold(row):
    return HoldSerializer(row).data
