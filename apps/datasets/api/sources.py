from django.utils import timezone
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action

from apps.accounts.models import User
from apps.core.doors.api import GovernedViewSet, StrictSerializer, require
from apps.core.idempotency import answer_once
from apps.datasets import events
from apps.datasets.filters import SourceFilters
from apps.datasets.models import Dataset, Extraction, Source
from apps.datasets.services.sources import describe_source, end_source, register_source, request_extraction
from apps.jobs.api import JobSerializer
from apps.jobs.doors import accepted

PEOPLE = User.objects.filter(is_active=True, account_kind=User.Kind.PERSON)


class SourceSerializer(serializers.ModelSerializer):
    dataset = serializers.SlugRelatedField("reference", read_only=True)
    kind = serializers.ChoiceField(source="sort", choices=Source.Kind.choices)
    owner = serializers.SlugRelatedField("email", read_only=True)
    created_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Source
        fields = [
            *("reference", "dataset", "name", "description", "kind", "place", "credentials", "mode", "cursor"),
            *("metadata", "schedule", "due_at", "owner", "classification", "legal_basis", "purpose"),
            *(
                "retention_days",
                "sensitive_columns",
                "status",
                "ended_reason",
                "created_by",
                "created_at",
                "revision",
            ),
        ]


class ColumnTypeSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.CharField()


class PartSerializer(serializers.Serializer):
    """`digest` is the sha256 of the kept file, `content` that of what its rows say."""

    rows = serializers.IntegerField()
    bytes = serializers.IntegerField(source="blob.size")
    digest = serializers.CharField(source="blob_id")
    content = serializers.CharField()

    def get_fields(self):
        return {"from": serializers.CharField(source="name"), **super().get_fields()}


class ExtractionSerializer(serializers.ModelSerializer):
    source = serializers.SlugRelatedField("reference", read_only=True)
    version = serializers.SlugRelatedField("reference", read_only=True)
    asked_by = serializers.SlugRelatedField("email", read_only=True)
    schema = ColumnTypeSerializer(many=True)
    parts = PartSerializer(many=True)

    class Meta:
        model = Extraction
        fields = [
            *(
                "reference",
                "source",
                "outcome",
                "mode",
                "origin",
                "version",
                "rows",
                "new_rows",
                "repeated",
                "copies",
            ),
            *("cursor", "mark", "schema", "drift", "fingerprint", "parts", "notes", "error", "job"),
            *("asked_by", "asked_at", "ended_at"),
        ]


class VisibleDataset(serializers.SlugRelatedField):
    """A dataset by its reference, where the caller may see it."""

    def get_queryset(self):
        return super().get_queryset().visible_to(self.context["request"].user)


class SaidOfASource(StrictSerializer):
    description = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    credentials = serializers.DictField(
        child=serializers.CharField(max_length=200),
        required=False,
        help_text="Where each secret is: env:QUAESTOR_SOURCE_NAME or file:name. Never the secret.",
    )
    mode = serializers.ChoiceField(Source.Mode.choices, required=False)
    cursor = serializers.CharField(max_length=200, allow_blank=True, required=False)
    metadata = serializers.DictField(required=False, help_text="Which column plays which part, as for an upload.")
    schedule = serializers.CharField(
        max_length=80,
        allow_blank=True,
        required=False,
        help_text="Five fields as cron has them, or hourly, daily, weekly, monthly.",
    )
    owner = serializers.SlugRelatedField("email", queryset=PEOPLE, required=False)
    classification = serializers.ChoiceField(Dataset.Classification.choices, required=False)
    purpose = serializers.CharField(max_length=20_000, allow_blank=True, required=False)
    sensitive_columns = serializers.ListField(
        child=serializers.CharField(max_length=200), required=False, max_length=2_000
    )


class NewSourceSerializer(SaidOfASource):
    dataset = VisibleDataset("reference", queryset=Dataset.objects.all())
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(Source.Kind.choices)
    place = serializers.DictField(help_text="Where it is; the fields are those of its kind.")
    legal_basis = serializers.ChoiceField(Source.LegalBasis.choices)
    retention_days = serializers.IntegerField(min_value=1)


class SourceChangeSerializer(SaidOfASource):
    name = serializers.CharField(max_length=120, required=False)
    place = serializers.DictField(required=False)
    legal_basis = serializers.ChoiceField(Source.LegalBasis.choices, required=False)
    retention_days = serializers.IntegerField(min_value=1, required=False)


class EndingSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=20_000)


class ExtractionRequestSerializer(StrictSerializer):
    mode = serializers.ChoiceField(Source.Mode.choices, required=False)


ACCEPTED = {202: inline_serializer("ExtractionAccepted", {"job": JobSerializer()})}


class SourceViewSet(GovernedViewSet):
    """Where datasets' tables are taken from."""

    queryset = Source.objects.select_related("dataset", "owner", "created_by").order_by("-pk")
    serializer_class = SourceSerializer
    filterset_class = SourceFilters
    bodies = {
        "create": NewSourceSerializer,
        "partial_update": SourceChangeSerializer,
        "ending": EndingSerializer,
        "extract": ExtractionRequestSerializer,
    }

    def get_serializer_class(self):
        return self.bodies.get(self.action, SourceSerializer)

    @extend_schema(request=NewSourceSerializer, responses={201: SourceSerializer})
    def create(self, request):
        """Say where a dataset's tables are taken from."""
        return self.carry_out(register_source, events.SOURCE_REGISTERED)

    @extend_schema(request=SourceChangeSerializer, responses=SourceSerializer)
    def partial_update(self, request, reference):
        """Change what is said of a source, or where it is."""
        source = self.get_object()
        require(request.user, events.SOURCE_DESCRIBED, source)
        revision = self.expected_revision(source)

        def describe(**said):
            return describe_source(revision=revision, **said)

        return self.carry_out(describe, events.SOURCE_DESCRIBED, status=200, source=source)

    @extend_schema(request=EndingSerializer, responses={201: SourceSerializer})
    @action(detail=True, methods=["post"])
    def ending(self, request, reference):
        """Take nothing from a source any more."""
        return self.carry_out(end_source, events.SOURCE_ENDED, source=self.get_object())

    @extend_schema(responses=ExtractionSerializer(many=True))
    @action(detail=True, filter_backends=())
    def extractions(self, request, reference):
        """List what was taken from a source."""
        rows = self.get_object().extractions.select_related("source", "version", "asked_by")
        rows = rows.prefetch_related("parts__blob").order_by("-number")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ExtractionSerializer(page, many=True).data)

    @extend_schema(request=ExtractionRequestSerializer, responses=ACCEPTED)
    @extractions.mapping.post
    def extract(self, request, reference):
        """Have a table taken from a source.

        While one is being taken, that job is the answer. Its result names the extraction and the version.
        """
        source = self.get_object()
        require(request.user, events.EXTRACTION_ASKED, source)

        def produce():
            body = self.get_serializer(data=request.data)
            body.is_valid(raise_exception=True)
            said = body.validated_data
            return accepted(request_extraction(actor=request.user, source=source, now=timezone.now(), **said))

        return answer_once(request, produce)
