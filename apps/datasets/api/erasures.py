"""How programs ask for a person's rows to be erased."""

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action

from apps.core.doors.api import GovernedViewSet, StrictSerializer, require
from apps.core.idempotency import answer_once
from apps.datasets import events
from apps.datasets.api.keeping import ReasonSerializer
from apps.datasets.filters import ErasureFilters
from apps.datasets.models import Erasure
from apps.datasets.selectors.erasures import shown_record
from apps.datasets.services.erasures import confirm_erasure, decline_erasure, request_erasure
from apps.jobs.doors import accepted

UNDER_WAY = OpenApiResponse({"type": "object"}, description="The job that does it, and the erasure beside it.")


class FoundRowsSerializer(serializers.Serializer):
    version = serializers.CharField()
    rows = serializers.IntegerField()


class ErasureSerializer(serializers.ModelSerializer):
    dataset = serializers.SlugRelatedField("reference", read_only=True)
    found = FoundRowsSerializer(many=True)
    not_searched = serializers.ListField(child=serializers.CharField())
    record = serializers.SerializerMethodField()
    requested_by = serializers.SlugRelatedField("email", read_only=True)
    confirmed_by = serializers.SlugRelatedField("email", read_only=True)

    class Meta:
        model = Erasure
        fields = [
            "reference",
            "dataset",
            "column",
            "keys",
            "status",
            "reason",
            "found",
            "not_searched",
            "record",
            "failure",
            "requested_by",
            "requested_at",
            "confirmed_by",
            "confirmed_at",
            "declined_because",
            "done_at",
            "revision",
        ]

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_record(self, erasure: Erasure) -> dict[str, object]:
        """What was done: versions [{version, digest, rows, left, successor}], uses, same, derived, hidden."""
        return shown_record(erasure, self.context["request"].user)


class ErasureBodySerializer(StrictSerializer):
    column = serializers.CharField(max_length=200, help_text="The column that names a person.")
    keys = serializers.ListField(
        child=serializers.CharField(max_length=200),
        max_length=1_000,
        help_text="As text. Kept as salted digests only.",
    )
    reason = serializers.CharField(max_length=4_000)


class EmptySerializer(StrictSerializer):
    pass


class ErasuresOfDatasets:
    """A dataset's erasures, for its viewset."""

    bodies = {"request_erasure": ErasureBodySerializer}

    @extend_schema(responses=ErasureSerializer(many=True))
    @action(detail=True, filter_backends=())
    def erasures(self, request, reference):
        """List the erasures of a dataset."""
        rows = self.get_object().erasures.select_related("dataset", "requested_by", "confirmed_by").order_by("-pk")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ErasureSerializer(page, many=True, context={"request": request}).data)

    @extend_schema(request=ErasureBodySerializer, responses={202: UNDER_WAY})
    @erasures.mapping.post
    def request_erasure(self, request, reference):
        """Ask for a person's rows to be erased from all versions of a dataset, by key.

        A job searches the versions; another person confirms what was found.
        """
        return _ordered(self, request_erasure, events.ERASURE_REQUESTED, dataset=self.get_object())


class ErasureViewSet(GovernedViewSet):
    queryset = Erasure.objects.select_related("dataset", "requested_by", "confirmed_by").order_by("-pk")
    serializer_class = ErasureSerializer
    filterset_class = ErasureFilters
    bodies = {"confirmation": EmptySerializer, "refusal": ReasonSerializer}

    def get_serializer_class(self):
        return self.bodies.get(self.action, ErasureSerializer)

    @extend_schema(request=EmptySerializer, responses={202: UNDER_WAY})
    @action(detail=True, methods=["post"])
    def confirmation(self, request, reference):
        """Confirm that the rows which were found are erased.

        Not by who asked for it. Each version that has such rows gets a successor without them, and its own bytes go.
        """
        return _ordered(self, confirm_erasure, events.ERASURE_CONFIRMED, erasure=self.get_object())

    @extend_schema(request=ReasonSerializer, responses={201: ErasureSerializer})
    @action(detail=True, methods=["post"])
    def refusal(self, request, reference):
        """Decline an erasure, or take one's own request back."""
        return self.carry_out(decline_erasure, events.ERASURE_DECLINED, erasure=self.get_object())


def _ordered(view, service, event, **subject):
    """Carry out a service that gives an erasure and a job, and answer 202 with both."""
    request = view.request

    def produce():
        (row,) = subject.values()
        require(request.user, event, row)
        row.require_open_to(event)
        body = view.get_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        erasure, job = service(actor=request.user, now=timezone.now(), **subject, **body.validated_data)
        return accepted(job, erasure=ErasureSerializer(erasure, context={"request": request}).data)

    return answer_once(request, produce)
