from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.doors.api import GovernedViewSet, StrictSerializer, require
from apps.core.idempotency import answer_once
from apps.datasets.api.references import VersionField
from apps.datasets.models import Dataset
from apps.features import events
from apps.features.filters import TrainingSetFilters
from apps.features.models import TrainingSet
from apps.features.selectors.training import BESIDE
from apps.features.selectors.views import version_of
from apps.features.services.planning import Asked
from apps.features.services.training import request_training_set
from apps.jobs.doors import accepted
from apps.jobs.models import Job

NO_VIEW = "There is no such view in force, or you may not see it."


@extend_schema_field(serializers.CharField(help_text="FV-0001@2, or FV-0001 for the version in force."))
class ViewVersionField(serializers.Field):
    """The version of a view that a reference names, where the caller may see it."""

    def to_internal_value(self, data: Any) -> Any:
        user = self.context["request"].user
        found = version_of(data, user, of_view="in_force") if isinstance(data, str) else None
        if found is None:
            raise serializers.ValidationError(NO_VIEW)
        return found


@extend_schema_field(serializers.CharField(help_text="DS-0005."))
class DatasetField(serializers.Field):
    """The dataset that a reference names, where the caller may see it."""

    def to_internal_value(self, data: Any) -> Any:
        rows: Any = Dataset.objects.visible_to(self.context["request"].user)
        found = rows.filter(reference=data).first() if isinstance(data, str) else None
        if found is None:
            raise serializers.ValidationError("There is no such dataset, or you may not see it.")
        return found


class AskedSerializer(StrictSerializer):
    view = ViewVersionField()
    features = serializers.ListField(child=serializers.CharField(max_length=60), required=False, max_length=500)
    keys = serializers.DictField(child=serializers.CharField(max_length=200), required=False)
    prefix = serializers.RegexField(r"^[a-z][a-z0-9_]*\Z", max_length=30, required=False)
    source = VersionField(required=False)


class TrainingSetRequestSerializer(StrictSerializer):
    labels = VersionField()
    label_time = serializers.CharField(max_length=200, required=False)
    target = serializers.CharField(max_length=200, required=False)
    views = AskedSerializer(many=True, allow_empty=False)
    dataset = DatasetField(required=False)
    name = serializers.CharField(max_length=120, required=False)

    def validate_views(self, views: list[dict[str, Any]]) -> list[Asked]:
        return [Asked(**view) for view in views]


class TrainingSetSerializer(serializers.ModelSerializer):
    dataset = serializers.SlugRelatedField("reference", read_only=True)
    labels = serializers.SlugRelatedField("reference", read_only=True)
    version = serializers.SlugRelatedField("reference", read_only=True)
    requested_by = serializers.SlugRelatedField("email", read_only=True)
    protected = serializers.SerializerMethodField()
    record = serializers.JSONField(source="record.document", default=None, read_only=True)

    class Meta:
        model = TrainingSet
        fields = [
            *("reference", "status", "dataset", "version", "labels", "label_time", "target", "views", "protected"),
            *("job", "requested_by", "requested_at", "finished_at", "error", "document_digest", "record"),
        ]

    def get_protected(self, row: TrainingSet) -> list[str]:
        """The columns of the result that are flagged as protected."""
        return [one["column"] for use in row.uses.all() for one in use.features if one["protected"]]


class TrainingSetViewSet(GovernedViewSet):
    """Labels with features as they were known at each label's moment."""

    queryset = TrainingSet.objects.select_related(*BESIDE, "record").prefetch_related("uses").order_by("-pk")
    serializer_class = TrainingSetSerializer
    filterset_class = TrainingSetFilters

    @extend_schema(
        request=TrainingSetRequestSerializer,
        responses={
            202: inline_serializer(
                "TrainingSetAccepted",
                {
                    "job": serializers.JSONField(),
                    "training_set": serializers.CharField(),
                    "dataset": serializers.CharField(),
                },
            )
        },
    )
    def create(self, request: Request) -> Response:
        """Ask for a training set.

        A job joins the features as they were known at each label's moment; the result is a version of a dataset. What
        would let the future in is refused.
        """

        def produce() -> Response:
            require(request.user, events.TRAINING_SET_REQUESTED)
            body = TrainingSetRequestSerializer(data=request.data, context=self.get_serializer_context())
            body.is_valid(raise_exception=True)
            made = request_training_set(actor=request.user, now=timezone.now(), **body.validated_data)
            job = Job.objects.get(pk=made.job)
            return accepted(job, training_set=made.reference, dataset=made.dataset.reference)

        return answer_once(request, produce)
