from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from apps.accounts.models import BusinessUnit, User
from apps.core.doors.api import GovernedViewSet, StrictSerializer, etag, require
from apps.core.doors.reading import read_json
from apps.core.idempotency import answer_once
from apps.datasets import events
from apps.datasets.api.contracts import ChecksOfVersions, ContractsOfDatasets
from apps.datasets.api.differences import DifferencesOfVersions
from apps.datasets.api.erasures import ErasuresOfDatasets
from apps.datasets.api.keeping import DisposalOfVersions, KeepingOfDatasets
from apps.datasets.api.shapes import DatasetVersionSerializer, with_what_is_shown
from apps.datasets.api.tags import TagsOfDatasets
from apps.datasets.api.uses import UsesOfDatasets, UsesOfVersions
from apps.datasets.filters import DatasetFilters, DatasetVersionFilters
from apps.datasets.models import Dataset, DatasetVersion
from apps.datasets.selectors.tables import preview, require_rows
from apps.datasets.selectors.tags import reference_of
from apps.datasets.services.tables import add_version, describe_dataset, known_version, prepare, register_dataset
from apps.files.sending import send
from apps.files.uploading import raise_refusal


class DatasetSerializer(serializers.ModelSerializer):
    business_unit = serializers.SlugRelatedField("name", read_only=True)
    owner = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Dataset
        fields = [
            "reference",
            "name",
            "description",
            "classification",
            "business_unit",
            "owner",
            "created_at",
            "revision",
        ]


class DatasetRegistrationSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    classification = serializers.ChoiceField(Dataset.Classification.choices, required=False)
    business_unit = serializers.SlugRelatedField("name", queryset=BusinessUnit.objects.all(), required=False)
    owner = serializers.SlugRelatedField("email", queryset=User.objects.filter(is_active=True), required=False)


class DatasetDescriptionSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    classification = serializers.ChoiceField(Dataset.Classification.choices, required=False)
    owner = serializers.SlugRelatedField("email", queryset=User.objects.filter(is_active=True), required=False)


class TableUploadSerializer(StrictSerializer):
    file = serializers.FileField(allow_empty_file=True, help_text="CSV (UTF-8, names in the first line) or Parquet.")
    metadata = serializers.CharField(required=False, allow_blank=True, help_text="A JSON object.")

    def validate_metadata(self, text: str) -> Any:
        try:
            return read_json(text or "{}", "metadata")
        except ValueError as error:
            raise serializers.ValidationError(f"This is not JSON: {error}.") from None


class DatasetViewSet(
    ContractsOfDatasets, ErasuresOfDatasets, TagsOfDatasets, KeepingOfDatasets, UsesOfDatasets, GovernedViewSet
):
    queryset = Dataset.objects.select_related("business_unit", "owner").order_by("-pk")
    serializer_class = DatasetSerializer
    filterset_class = DatasetFilters
    bodies = {
        "create": DatasetRegistrationSerializer,
        "partial_update": DatasetDescriptionSerializer,
        "add_version": TableUploadSerializer,
        **ContractsOfDatasets.bodies,
        **TagsOfDatasets.bodies,
        **KeepingOfDatasets.bodies,
        **ErasuresOfDatasets.bodies,
    }

    @extend_schema(request=DatasetRegistrationSerializer, responses={201: DatasetSerializer})
    def create(self, request):
        """Register a dataset."""
        return self.carry_out(register_dataset, events.DATASET_REGISTERED)

    @extend_schema(request=DatasetDescriptionSerializer, responses=DatasetSerializer)
    def partial_update(self, request, reference):
        """Change what is said of a dataset."""
        dataset = self.get_object()
        require(request.user, events.DATASET_DESCRIBED, dataset)
        revision = self.expected_revision(dataset)

        def describe(**described):
            return describe_dataset(revision=revision, **described)

        return self.carry_out(describe, events.DATASET_DESCRIBED, status=200, dataset=dataset)

    @extend_schema(responses=DatasetVersionSerializer(many=True))
    @action(detail=True, parser_classes=[MultiPartParser], filter_backends=())
    def versions(self, request, reference):
        """List a dataset's versions."""
        rows = with_what_is_shown(self.get_object().versions.all()).order_by("-number")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(DatasetVersionSerializer(page, many=True).data)

    @extend_schema(
        request={"multipart/form-data": TableUploadSerializer},
        responses={
            201: DatasetVersionSerializer,
            200: OpenApiResponse(DatasetVersionSerializer, description="These bytes are this version already."),
        },
    )
    @versions.mapping.post
    def add_version(self, request, reference):
        """Upload a table as a dataset's next version.

        The same bytes with the same metadata are the same version: 200 instead of 201.
        """
        dataset = self.get_object()
        require(request.user, events.VERSION_ADDED, dataset)
        upload, metadata = self._uploaded(request)
        known = known_version(dataset, upload.received, metadata)
        # read and stored before the key's transaction opens: it takes seconds
        prepared = known or prepare(upload.received, filename=upload.name, metadata=metadata)

        def produce():
            if known:
                return self._answer(known, made=False)
            version, made = add_version(actor=request.user, dataset=dataset, prepared=prepared, now=timezone.now())
            return self._answer(version, made=made)

        return answer_once(request, produce)

    def _uploaded(self, request):
        data = request.data
        raise_refusal(request)
        body = self.get_serializer(data=data)
        body.is_valid(raise_exception=True)
        return body.validated_data["file"], body.validated_data.get("metadata")

    def _answer(self, version, *, made):
        return Response(DatasetVersionSerializer(version).data, status=201 if made else 200, headers=etag(version))

    def get_serializer_class(self):
        return self.bodies.get(self.action, DatasetSerializer)


class DatasetVersionViewSet(
    ChecksOfVersions, DifferencesOfVersions, DisposalOfVersions, UsesOfVersions, GovernedViewSet
):
    queryset = with_what_is_shown(DatasetVersion.objects.all()).order_by("-pk")
    serializer_class = DatasetVersionSerializer
    filterset_class = DatasetVersionFilters
    bodies = {**DisposalOfVersions.bodies, **ChecksOfVersions.bodies}

    def get_object(self):
        """The version of that reference, or the one that the tag in it points to."""
        named = self.kwargs["reference"].replace("%40", "@")
        self.kwargs["reference"] = reference_of(named, self.request.user)
        return super().get_object()

    def get_serializer_class(self):
        return self.bodies.get(self.action, DatasetVersionSerializer)

    @extend_schema(responses={200: OpenApiTypes.OBJECT})
    @action(detail=True)
    def profile(self, request, reference):
        """Show what is drawn of each column.

        Mean, sd, histogram, frequent values where they are few.
        """
        version = self.get_object()
        require_rows(request.user, version)
        version.require_kept()
        return Response(version.profile.details)

    @extend_schema(responses={200: OpenApiResponse({"type": "array", "items": {"type": "object"}})})
    @action(detail=True)
    def rows(self, request, reference):
        """Show a table's first rows.

        For those who may read rows.
        """
        version = self.get_object()
        require_rows(request.user, version)
        return Response(preview(version))

    @extend_schema(responses={(200, "application/vnd.apache.parquet"): bytes})
    @action(detail=True)
    def table(self, request, reference):
        """Fetch the typed table as Parquet."""
        version = self.get_object()
        require_rows(request.user, version)
        version.require_kept()
        return send(version.table, f"{version.reference}.parquet")

    @extend_schema(responses={(200, "application/octet-stream"): bytes})
    @action(detail=True)
    def source(self, request, reference):
        """Fetch the file as it was uploaded."""
        version = self.get_object()
        require_rows(request.user, version)
        version.require_kept()
        return send(version.source, version.filename)
